"""What HTTP asks of every face alike."""

"""What every face does alike: statuses of errors, a log without secrets, HEAD, Accept-Language."""

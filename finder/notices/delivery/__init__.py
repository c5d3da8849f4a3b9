"""What goes out: composed when a person is told something, kept in an outbox, and sent from there until it has arrived."""

"""What leaves: sealed once, put into mailboxes, delivered."""

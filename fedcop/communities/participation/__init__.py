"""What is counted of what members are expected to contribute, and the reminder that each gets in private from their own server."""

"""What of it other servers are told, and tell."""

"""Communities: groups of people who share a practice, here or on another server."""

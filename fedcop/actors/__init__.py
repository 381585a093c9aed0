"""People, groups and applications as the network sees them, of this instance or of another."""

"""Other servers: what they run, what was decided about them, which were away."""

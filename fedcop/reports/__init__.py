"""What people report to those who answer for a community or for this instance, and what became of it."""

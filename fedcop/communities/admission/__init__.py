"""How one becomes a member and stops being one: asking, deciding, inviting."""

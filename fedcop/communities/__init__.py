"""Communities of practice: each a Group, with members, roles and an audience."""

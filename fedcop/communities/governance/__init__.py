"""Who may do what in a community: roles and mandates."""

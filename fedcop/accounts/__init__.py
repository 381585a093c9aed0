"""Who may log in here: accounts, sessions, invitations. Knows nothing of pages, and a profile is the actor's."""

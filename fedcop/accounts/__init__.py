"""Who may log in here: sign-up, sessions, invitations, one-time links."""

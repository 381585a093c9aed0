"""The command `fedcop`: composition root."""

"""What people do to each other and say of themselves: profiles, follows, blocks, mutes. Who may log in is in `accounts`."""

"""What people do to each other: profiles, follow, block, mute."""

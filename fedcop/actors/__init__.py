"""People, groups and applications as the network sees them; says nothing of who may log in or what they write."""

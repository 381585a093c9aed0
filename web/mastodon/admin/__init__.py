"""The administration of Mastodon's client API, for those who hold the role: what they may do on the pages, no more, and by the same services."""

"""The client API of Mastodon, as apps call it: HTTP only. What there is and what differs stands in README.md."""

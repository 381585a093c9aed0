"""Backups that the server makes by itself, and the list of them. What lies in one, and how it is brought back, is cli/archive.py."""

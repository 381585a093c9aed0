"""Threads and replies: writing, reading, reacting, moderating, and how they travel. Not who may read them (communities/access.py)."""

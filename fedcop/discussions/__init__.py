"""Threads and replies, reactions, drafts, and what was said before one came."""

"""Polls: a thread or an answer may ask to choose (decisions/0024-polls.md). Counts are those of the author's server; here nobody sees who chose what."""

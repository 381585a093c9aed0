"""Calls to all: a letter from those who facilitate a community to its members, which is a thread of the community too."""

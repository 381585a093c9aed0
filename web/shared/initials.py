"""Whose letters and colour stand where there is no picture: the same on the pages and in apps."""

from __future__ import annotations

import hashlib

TINTS = 8


def initials(name: str) -> str:
    """Give one or two letters for a face without picture."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalnum()]
    return ("".join(word[0] for word in (words[:1] + words[1:][-1:])) or "?").upper()


def tint(uri: str) -> int:
    """Give the number of a colour that stays with an actor."""
    return hashlib.blake2s(uri.encode(), digest_size=2).digest()[0] % TINTS

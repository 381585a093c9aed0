"""Whose letters and colour stand where there is no picture: the same on the pages and in apps."""

from __future__ import annotations

import hashlib

from fedcop.actors.models import Actor

TINTS = 8


def initials(actor: Actor) -> str:
    """Give one or two letters for a face without picture."""
    name = actor.display_name or actor.name
    words = [word for word in name.replace("-", " ").split() if word[:1].isalnum()]
    return ("".join(word[0] for word in (words[:1] + words[1:][-1:])) or "?").upper()


def tint(actor: Actor) -> int:
    """Give the number of a colour that stays with an actor."""
    return hashlib.blake2s(actor.uri.encode(), digest_size=2).digest()[0] % TINTS

"""Suggests the name of a community: the part before the @ of its address. Pure; actors/rules.py says which names may be borne."""

from __future__ import annotations

import re
import unicodedata

from fedcop.core.spelling import apart

LONGEST_SUGGESTION = 40
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})


def suggest(title: str) -> str:
    """Make a name of a title: "Santé des sols" becomes "sante_des_sols"."""
    folded = apart(title.lower().translate(_LIGATURES))
    words = re.findall(r"[a-z0-9]+", "".join(char for char in folded if not unicodedata.combining(char)))
    name = ""
    for word in words:
        longer = f"{name}_{word}" if name else word
        if len(longer) > LONGEST_SUGGESTION:
            break
        name = longer
    name = name or "".join(words)[:LONGEST_SUGGESTION]
    return name if len(name) >= 2 else ""

"""Tells an `Update` that says nothing of a post but that it bears no name any more (`fc:anonymous`): it brings no copy of it to anybody."""

from __future__ import annotations

from typing import Any

ANONYMOUS = "fc:anonymous"
KEYS = frozenset(("@context", "id", "type", "attributedTo", "proof", ANONYMOUS))
"""All that the object of one may have: whoever may say nothing any more can be let say this."""


def is_wordless(activity: dict[str, Any]) -> bool:
    """Tell whether an activity is one."""
    thing = activity.get("object")
    said = activity.get("type") == "Update" and isinstance(thing, dict) and thing.get(ANONYMOUS) is True
    return said and set(thing or ()) <= KEYS

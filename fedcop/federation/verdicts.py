"""How the handling of a received activity ends."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of an activity."""

    DONE = "done"
    IGNORED = "ignored"
    REFUSED = "refused"


class Verdict(Exception):
    """An end that comes with a reason for the people who run the server."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Ignore(Verdict):
    """Nothing wrong with it, and nothing to do here."""


class Forget(Ignore):
    """As Ignore, and what it says is not for us: its words are not kept for those who run the server either."""


class Refuse(Verdict):
    """It may not be done."""


class TryAgain(Verdict):
    """Something that it needs cannot be had now; later perhaps."""

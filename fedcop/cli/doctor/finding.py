"""One thing that the doctor found: how bad, in a sentence, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass

AMISS, NOTE = "amiss", "note"  # something to mend; something to know


@dataclass(frozen=True)
class Finding:
    """A sentence on what is so, and one on what to do."""

    says: str
    mend: str = ""
    state: str = AMISS


def note(says: str, mend: str = "") -> Finding:
    """Give what one should know and may leave as it is."""
    return Finding(says, mend, NOTE)

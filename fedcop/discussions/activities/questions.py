"""What a Question of another server asks. Pure; polling.py takes votes."""

from __future__ import annotations

from datetime import datetime

from activitypub.vocab import Collection, Object, Question
from fedcop.discussions.polls.service import FoundPoll

MAX_OPTIONS = 100
LONGEST = 255
MOST_VOTES = 2**31 - 1


def read_poll(thing: Object) -> FoundPoll | None:
    """Read the poll of a document; None if it lets nobody choose."""
    if not isinstance(thing, Question):
        return None
    options = [one for one in (thing.one_of or thing.any_of)[:MAX_OPTIONS] if isinstance(one, Object) and one.name]
    if not options:
        return None
    counts = [_total(one) for one in options]
    closed = thing.closed
    return FoundPoll(
        options=tuple((one.name or "")[:LONGEST] for one in options),
        multiple=not thing.one_of,
        counts=() if all(count is None for count in counts) else tuple(count or 0 for count in counts),
        voters_count=_sane(thing.voters_count),
        ends_at=thing.end_time,
        closed_at=closed if isinstance(closed, datetime) else thing.end_time or thing.updated if closed else None,
    )


def _total(option: Object) -> int | None:
    found = option.replies
    return _sane(found.total_items) if isinstance(found, Collection) else None


def _sane(number: int | None) -> int | None:
    return None if number is None else max(0, min(number, MOST_VOTES))

"""What a Question of another server asks. Asks nobody; polling.py takes votes."""

from __future__ import annotations

from datetime import datetime

from activitypub.vocab import Collection, Object, Question
from fedcop.core import budgets
from fedcop.core.clock import now
from fedcop.discussions.polls.service import FoundPoll

MAX_OPTIONS = budgets.POLL_OPTIONS_RECEIVED
LONGEST = 255
MOST_VOTES = 2**31 - 1


def read_poll(thing: Object) -> FoundPoll | None:
    """Read the poll of a document; None if it lets nobody choose, or not so that a vote, which bears a name, says for what."""
    if not isinstance(thing, Question):
        return None
    options = [one for one in thing.one_of or thing.any_of if isinstance(one, Object) and one.name]
    names = tuple(one.name or "" for one in options)
    if not 0 < len(set(names)) == len(names) <= MAX_OPTIONS or max(map(len, names)) > LONGEST:
        return None
    counts = [_total(one) for one in options]
    return FoundPoll(
        options=names,
        multiple=not thing.one_of,
        counts=() if all(count is None for count in counts) else tuple(count or 0 for count in counts),
        voters_count=_sane(thing.voters_count),
        ends_at=thing.end_time,
        closed_at=_closed_at(thing),
    )


def _closed_at(thing: Question) -> datetime | None:
    """Tell when its author ended it; some say only that it is over."""
    if isinstance(thing.closed, datetime) or not thing.closed:
        return thing.closed or None
    said = [moment for moment in (thing.end_time, thing.updated) if moment is not None and moment <= now()]
    return said[0] if said else now()


def _total(option: Object) -> int | None:
    found = option.replies
    return _sane(found.total_items) if isinstance(found, Collection) else None


def _sane(number: int | None) -> int | None:
    return None if number is None else max(0, min(number, MOST_VOTES))

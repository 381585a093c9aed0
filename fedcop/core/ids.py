"""Identifiers: sortable 64-bit integers for rows, and unguessable tokens. Not for URIs of activities."""

from __future__ import annotations

import secrets
import threading
import weakref
from datetime import UTC, datetime, timedelta

from fedcop.core.clock import EPOCH, Clock, current_clock, milliseconds

SEQUENCE_BITS = 16
NOTIFICATION_BITS = 11  # Mastodon clients read these as JavaScript numbers: below 2^53 until the year 2109
HALF = 1 << SEQUENCE_BITS - 1
ROOMS = 64  # in each millisecond, so that processes at work at once never make the same id
HELD = 48  # of them, the first ones, are for processes that serve: see rooms.py; a command draws one of the others


class _Mint:
    """Strictly increasing numbers `(ms << bits) | (room << own) | sequence`, one run per clock."""

    def __init__(self, bits: int, own: int) -> None:
        self._bits = bits
        self._own = own  # bits that count within a room
        self._last: weakref.WeakKeyDictionary[Clock, int] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def new(self) -> int:
        clock = current_clock.get()
        with self._lock:
            base = milliseconds(clock.now()) << self._bits
            last = self._last.get(clock, 0)
            self._last[clock] = result = self._roomy(clock, base, last) if clock.shared else max(base, last + 1)
        return result

    def begin_after(self, last: int) -> None:
        clock = current_clock.get()
        with self._lock:
            self._last[clock] = max(last, self._last.get(clock, 0))

    def _roomy(self, clock: Clock, base: int, last: int) -> int:
        room = _room << self._own
        if last < base + room:
            # We begin in the lower half, so that a full half is left for ids of the same millisecond. Not at its beginning: who held
            # this room before us, on a machine whose clock is ahead, has been there.
            return base + room + clock.spread(1 << (self._own - 1))
        # Should that run over, or the clock go back, ids run ahead of time rather than repeat, or enter the room of another.
        further, ours = last + 1, ((last >> self._bits) << self._bits) + room
        return further if ours < further < ours + (1 << self._own) else ours + (1 << self._bits)


_room = HELD + secrets.randbelow(ROOMS - HELD)
_rows = _Mint(SEQUENCE_BITS, own=9)  # with the rooms one bit less than there are: decision 22 turns the highest
_notifications = _Mint(NOTIFICATION_BITS, own=5)


def enter_room(room: int | None) -> None:
    """Make the ids of this process in a room that is its alone; None: in one of those that commands draw."""
    global _room  # noqa: PLW0603 - one process, one room, whatever sites it opens
    _room = HELD + secrets.randbelow(ROOMS - HELD) if room is None else room


def begin_after(last: int) -> None:
    """Make rows' ids above one that is there already, though the clock may have been set back since."""
    _rows.begin_after(last)


def new_id() -> int:
    """A new id for a row: grows with time, strictly within a process, distinct between processes."""
    return _rows.new()


def new_notification_id() -> int:
    """A new id below 2^53."""
    return _notifications.new()


def id_at(moment: datetime) -> int:
    """The lowest id of `moment`: a border for pages by time."""
    return milliseconds(moment) << SEQUENCE_BITS


def start_of(row_id: int) -> int:
    """The lowest id of the same millisecond."""
    return (row_id >> SEQUENCE_BITS) << SEQUENCE_BITS


def new_id_at(moment: datetime) -> int:
    """An id that sorts among those made at `moment`, with as much room above it; whether it is taken is for the caller to look."""
    return id_at(moment) | (_rows.new() & (HALF - 1))


def next_of_ours(last: int) -> int:
    """The first id after another one that only this process takes: one in 64, none in the upper half of a millisecond (decision 22)."""
    further = last + 1
    if further & HALF:
        further = ((further >> SEQUENCE_BITS) + 1) << SEQUENCE_BITS
    return further + (_room - further) % ROOMS


def read_id(text: str) -> int | None:
    """The id that a text spells, or None: whatever people or peers send, a database can take it."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None
    return found if found is not None and found < 1 << 63 else None


def moment_of(row_id: int) -> datetime:
    """When an id was made."""
    return (EPOCH + timedelta(milliseconds=row_id >> SEQUENCE_BITS)).astimezone(UTC)


def new_token(size: int = 32) -> str:
    """An unguessable text that fits in a URL."""
    return secrets.token_urlsafe(size)

"""The number of a post that was published before it is stored here: it sorts by when that was."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from fedcop.core import ids
from fedcop.core.behind import as_written, behind
from fedcop.core.current import surroundings
from fedcop.core.database import dialect, rows

MOMENTS = 4096  # whose last number is kept in mind: of more than are being written in this process


class Given:
    """The last number given here at each moment: whose post cannot be seen by others yet, or was undone."""

    def __init__(self, _site: object) -> None:
        self.last: OrderedDict[int, int] = OrderedDict()


async def number_at(published: datetime) -> int:
    """Give a number that no post has, among those of the moment when it was published.

    Many servers tell whole seconds: a lively thread has many posts of one moment, and drawing lots among the 65,536 numbers of
    a millisecond soon draws one twice. They follow one another instead, as they came. On PostgreSQL others may be storing a post of the same
    moment just now: each process goes on to its own next number there (core/rooms.py), so that nobody waits for anybody.
    """
    given, begin = surroundings().part(Given).last, ids.id_at(published)
    seen = await _last_of(begin)
    last = max(seen, given.get(begin, 0))
    if dialect() == "sqlite":
        return _note(given, begin, last + 1 if last else ids.new_id_at(published))
    number, place = ids.next_of_ours(max(last, begin - 1)), begin
    while ids.start_of(number) != place:  # that millisecond is full: we go on in the next one
        place = ids.start_of(number)
        seen = await _last_of(place)
        number = ids.next_of_ours(max(seen, number - 1, given.get(place, 0)))
    _note(given, place, number)
    return _note(given, begin, number)


def _note(given: OrderedDict[int, int], begin: int, number: int) -> int:
    given[begin] = number
    given.move_to_end(begin)
    if len(given) > MOMENTS:
        given.popitem(last=False)
    return number


async def _last_of(begin: int) -> int:
    """Find the last number of a millisecond that can be seen, once in a transaction: those that wait to be written got theirs here."""
    waiting = behind()
    if waiting is not None:
        if (number_at, begin) in waiting.notes:
            return 0
        waiting.notes[number_at, begin] = True
    end = begin + (1 << ids.SEQUENCE_BITS)
    with as_written():
        last = await rows("SELECT id FROM post WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1", begin, end)
    return int(last[0]["id"]) if last else 0

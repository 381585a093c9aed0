"""The number of a post that was published before it is stored here: it sorts by when that was."""

from __future__ import annotations

from datetime import datetime

from fedcop.core.behind import as_written, behind
from fedcop.core.database import dialect, rows
from fedcop.core.ids import end_at, id_at, new_id_at


async def number_at(published: datetime) -> int:
    """Give a number that no post has, among those of the moment when it was published.

    Many servers tell whole seconds: a lively thread has many posts of one moment, and drawing lots among the 65,536 numbers of
    a millisecond soon draws one twice. They follow one another instead, as they came. On PostgreSQL others may be storing a post of the same
    moment just now, in this process or in another one: we wait until theirs can be seen, since whoever chooses alike is refused, and tried
    again only minutes later.
    """
    if dialect() == "postgres":
        await rows("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", f"posts of {id_at(published)}")
    begin, end = id_at(published), end_at(published)
    waiting = behind()
    if waiting is None:
        return await _next_of(published, begin, end)
    # Of several posts in one go: those that wait to be written got their numbers here.
    with as_written():
        given = waiting.notes.get((number_at, begin)) or await _next_of(published, begin, end) - 1
    waiting.notes[number_at, begin] = given + 1
    return given + 1


async def _next_of(published: datetime, begin: int, end: int) -> int:
    last = await rows("SELECT id FROM post WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1", begin, end)
    return int(last[0]["id"]) + 1 if last else new_id_at(published)

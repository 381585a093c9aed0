"""The number of a post that was published before it is stored here: it sorts by when that was."""

from __future__ import annotations

from datetime import datetime

from fedcop.core.database import dialect, rows
from fedcop.core.ids import end_at, id_at, new_id_at
from fedcop.discussions.models import Post


async def number_at(published: datetime) -> int:
    """Give a number that no post has, among those of the moment when it was published.

    Many servers tell whole seconds: a lively thread has many posts of one moment, and drawing lots among the 65,536 numbers of
    a millisecond soon draws one twice. They follow one another instead, as they came. On PostgreSQL others may be storing a post of the same
    moment just now, in this process or in another one: we wait until theirs can be seen, since whoever chooses alike is refused, and tried
    again only minutes later.
    """
    if dialect() == "postgres":
        await rows("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", f"posts of {id_at(published)}")
    last = await Post.filter(id__gte=id_at(published), id__lt=end_at(published)).order_by("-id").first().only("id")
    return new_id_at(published) if last is None else last.id + 1

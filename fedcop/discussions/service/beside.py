"""On PostgreSQL a thread may be narrowed or moved just as an answer to it is stored: whoever stores it makes sure that it is as it was read.

Else the answer would stay readable by those who read the thread before. Nothing is asked on its own: it is a part of the statement that stores
the answer (core/behind.py), which is undone where the thread has changed, and whose delivery is judged again. On SQLite nobody else writes meanwhile.
Whoever tells others of posts holds them meanwhile, so that a deletion comes before or after, never in between. Not for: who may read what (communities/access.py).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from fedcop.core.behind import Kind, Said, behind, later
from fedcop.core.database import dialect, fetch, rows
from fedcop.core.errors import Unavailable
from fedcop.core.i18n import N_
from fedcop.discussions.models import Post


class _Read(NamedTuple):
    """A post as it was read; `audience`: None where it does not matter."""

    id: int
    community_id: int | None
    audience: str | None


async def stand_beside(post: Post, parent: Post | None) -> None:
    """Let a new post be stored only where its thread, and what it answers, are as they were read."""
    waiting = behind()
    if waiting is None or dialect() == "sqlite":
        return
    waiting.notes[stand_beside, post.id] = True
    if parent is None:
        return
    read = [_Read(parent.id, parent.community_id, parent.audience)]
    if parent.id != parent.root_id:
        read.append(_Read(parent.root_id, parent.community_id, None))
    # What was stored in this very transaction nobody else sees.
    await later(READ, *(one for one in read if (stand_beside, one.id) not in waiting.notes))


async def hold_threads(root_ids: Collection[int]) -> None:
    """Let nobody store an answer in these threads until this transaction ends: before one asks which answers there are, or touches any of them (PostgreSQL).

    Whoever stores an answer holds the thread first, too: so it comes before, and is found, or after, and sees what has changed.
    """
    if dialect() == "postgres":
        await rows("SELECT id FROM post WHERE id IN (?) ORDER BY id FOR NO KEY UPDATE", sorted(root_ids))


async def held(post_ids: Collection[int]) -> list[Post]:
    """Load posts and hold them until the end of the transaction: nobody changes them meanwhile, and others may hold them as well (PostgreSQL)."""
    share = "" if dialect() == "sqlite" else " FOR SHARE"
    return await fetch(Post, f"SELECT * FROM post WHERE id IN (?) ORDER BY id{share}", sorted(post_ids))  # noqa: S608 - our own words


async def _said(read: Sequence[_Read]) -> list[Said]:
    wanted: dict[int, _Read] = {}
    for one in read:
        known = wanted.setdefault(one.id, one)
        if known.community_id != one.community_id or (
            known.audience and one.audience and known.audience != one.audience
        ):
            raise Unavailable(
                N_("The database is busy. Please try again."), code="database-busy"
            )  # it changed between two of a round
        if one.audience:
            wanted[one.id] = one
    lines = ", ".join(["(?::bigint, ?::bigint, ?::text)"] * len(wanted))
    query = (
        f"SELECT p.id FROM post p JOIN (VALUES {lines}) AS v (id, community_id, audience) ON p.id = v.id"  # noqa: S608 - our own words
        " AND p.community_id IS NOT DISTINCT FROM v.community_id AND (v.audience IS NULL OR p.audience = v.audience)"
        " ORDER BY p.id FOR NO KEY UPDATE OF p"
    )
    return [Said(query, [value for one in wanted.values() for value in one], expects=len(wanted))]


async def _nobody_asks(_read: Sequence[_Read]) -> None:
    """Where it is not a part of one statement, there is nothing to be sure of."""


READ = Kind(frozenset({"post"}), 5, _nobody_asks, _said)

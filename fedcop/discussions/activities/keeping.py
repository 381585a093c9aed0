"""Keeps the bytes of what others did in threads, as they came: contextHistory serves them and the group passes them on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fedcop.actors.models import Actor
from fedcop.communities.models import ThreadActivity
from fedcop.core.behind import Kind, Said, as_written, behind, later
from fedcop.core.clock import now
from fedcop.core.database import one_by_one, rows
from fedcop.core.ids import new_id
from fedcop.discussions.models import Post

Keep = Callable[..., Awaitable[int]]


async def keep_new(*, uri: str, body: bytes, kind: str, actor: Actor, post: Post) -> int:
    """Keep the bytes of what brought a post that is new here, as `keep` does, with others that come in one go."""
    number = new_id()
    await later(KEPT, (number, uri, post.root_id, post.id, post.community_id, actor.id, kind[:20], body, now()))
    return number


async def _said(lines: Sequence[Sequence[object]]) -> list[Said]:
    columns = "id, uri, root_id, post_id, community_id, actor_id, kind, body, created_at"
    places = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(lines))
    query = f"INSERT INTO thread_activity ({columns}) VALUES {places}"  # noqa: S608 - our own words
    return [Said(query, [value for line in lines for value in line])]


KEPT = Kind(frozenset({"thread_activity"}), 10, one_by_one(_said), _said)


async def keep(*, uri: str, body: bytes, kind: str, actor: Actor, post: Post) -> int:
    """Keep the bytes of an activity of a thread, and give the number of its row; the first copy counts."""
    if behind() is not None:
        with as_written():  # what waits is what brought other posts
            known = await rows("SELECT id FROM thread_activity WHERE uri = ?", uri)
        return int(known[0]["id"]) if known else await keep_new(uri=uri, body=body, kind=kind, actor=actor, post=post)
    kept = await rows(
        "INSERT INTO thread_activity (id, uri, root_id, post_id, community_id, actor_id, kind, body, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uri) DO NOTHING RETURNING id",
        new_id(), uri, post.root_id, post.id, post.community_id, actor.id, kind[:20], body, now(),
    )  # fmt: skip
    return int(kept[0]["id"]) if kept else (await ThreadActivity.get(uri=uri)).id

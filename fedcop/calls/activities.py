"""Calls on the wire: a thread with `fc:call`, which says to whom. Who does not know the word reads a thread like any other."""

from __future__ import annotations

from typing import Any

from activitypub.uris import same_origin
from activitypub.vocab import Object, Thing
from fedcop.actors import queries as actors
from fedcop.calls import queries, segments, service
from fedcop.communities import queries as communities
from fedcop.discussions.models import Post

WORD = "fc:call"


async def to_object(post: Post) -> dict[str, Any]:
    """Say to whom a call goes."""
    made = (await queries.of_posts([post.id])).get(post.id)
    return {WORD: made.segment} if made is not None else {}


def claims(thing: Thing) -> bool:
    """Tell whether a document is a call by somebody of the server on which its community lives: only that one judges who may call."""
    if not isinstance(thing, Object) or segments.read(thing.extra.get(WORD)) is None:
        return False
    return bool(thing.author and thing.audience and same_origin(thing.author, thing.audience[0]))


async def read_object(thing: Thing, post: Post) -> None:
    """Note a call of a community elsewhere, as its server sent it; where it was not for that community it is a thread."""
    segment = segments.read(thing.extra.get(WORD)) if isinstance(thing, Object) else None
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    author = await actors.by_id(post.author_id)
    if segment is None or community is None or author is None or community.actor.local:
        return
    if author.host == community.actor.host and post.depth == 0:
        await service.record(post, community, segment)

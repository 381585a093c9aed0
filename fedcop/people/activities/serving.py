"""What other servers may fetch of our people: documents and collections by path. Gives nothing that a stranger may not have."""

from __future__ import annotations

from typing import Any

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.federation.documents.serving import Asking, Collected, Document, Listing, nothing
from fedcop.people import queries
from fedcop.people.activities.documents import to_person, to_tombstone


async def give_person(asking: Asking) -> dict[str, Any] | None:
    """Give one of our people, or the tombstone of one who was."""
    actor = await actors.local_by_name(asking.path["name"], "Person")
    if actor is None or actor.suspended_at is not None or _is_other_spelling(asking, actor):
        return None
    return to_tombstone(actor) if actor.gone_at is not None else await to_person(actor)


def _is_other_spelling(asking: Asking, actor: Actor) -> bool:
    """The document's address is spelt in one way; other spellings are pages, not ids."""
    return asking.path["name"] != actor.name


async def _living(asking: Asking) -> Actor | None:
    actor = await actors.local_by_name(asking.path["name"], "Person")
    return None if actor is None or actor.gone_at or actor.suspended_at else actor


async def give_followers(asking: Asking) -> Collected | None:
    """Give how many follow; who they are is theirs to say."""
    actor = await _living(asking)
    return Collected(nothing, await queries.count_followers(actor)) if actor else None


async def give_following(asking: Asking) -> Collected | None:
    """Give how many are followed."""
    actor = await _living(asking)
    return Collected(nothing, await queries.count_following(actor)) if actor else None


async def give_empty(asking: Asking) -> Collected | None:
    """Give the outbox and the pinned posts: in fedcop, communities publish, people do not. Lemmy asks for an outbox all the same."""
    return Collected(nothing, 0) if await _living(asking) else None


SERVES: dict[str, Document | Listing] = {
    "/u/{name}": Document(give_person),
    "/u/{name}/followers": Listing(give_followers),
    "/u/{name}/following": Listing(give_following),
    "/u/{name}/outbox": Listing(give_empty),
    "/u/{name}/featured": Listing(give_empty),
}

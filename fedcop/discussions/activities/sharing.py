"""What people of ours share with those who follow them: an Announce of a public post, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activitypub.uris import PUBLIC
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.jobs import ordered
from fedcop.discussions.activities import mapping
from fedcop.discussions.activities.outgoing import Place, place_of
from fedcop.discussions.facts import Shared, Unshared
from fedcop.federation.sending import audience, outbox
from fedcop.people import queries as people


@ordered
async def publish_shared(fact: Shared) -> None:
    """Announce to those who follow the person, and to whom the post is by."""
    place, actor = await place_of(fact.post_id), await actors.by_id(fact.actor_id)
    if place is None or actor is None or not actor.local or place.post.audience != "public":
        return
    await outbox.publish(
        _announce(place, actor, fact.share_id),
        actor=actor,
        inboxes=audience.inboxes_of(await _share_readers(place, actor)),
        post_id=place.post.id,
    )


@ordered
async def publish_unshared(fact: Unshared) -> None:
    """Undo of an Announce."""
    place, actor = await place_of(fact.post_id), await actors.by_id(fact.actor_id)
    if place is None or actor is None or not actor.local:
        return
    inner = {**_announce(place, actor, 0), "id": fact.uri}
    activity = mapping.activity("Undo", fact.activity_id, actor, object=inner, to=inner["to"], cc=inner["cc"])
    await outbox.publish(activity, actor=actor, inboxes=audience.inboxes_of(await _share_readers(place, actor)))


async def _share_readers(place: Place, actor: Actor) -> Sequence[Actor]:
    return [*await people.follower_actors(actor), place.author, *([place.group] if place.group else [])]


def _announce(place: Place, actor: Actor, number: int) -> dict[str, Any]:
    cc = [actor.followers_uri or f"{actor.uri}/followers", place.author.uri]
    return mapping.activity("Announce", number, actor, object=place.post.uri, to=[PUBLIC], cc=cc)

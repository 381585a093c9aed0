"""Reactions of people of ours, told to the network: each may run twice and then sends the same activity again."""

from __future__ import annotations

from typing import Any

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import relay
from fedcop.core.jobs import ordered
from fedcop.discussions.activities import mapping
from fedcop.discussions.activities.outgoing import Place, place_of, publish
from fedcop.discussions.facts import Reacted, Unreacted
from fedcop.discussions.models import Reaction


@ordered
async def publish_reacted(fact: Reacted) -> None:
    """Like for what others count as one, EmojiReact for the rest; our own word for it stands beside."""
    place, actor = await place_of(fact.post_id), await actors.by_id(fact.actor_id)
    reaction = await Reaction.get_or_none(id=fact.reaction_id)
    if place is None or actor is None or reaction is None or not actor.local:
        return
    activity = {**_reaction(place, actor, fact.kind), "id": reaction.uri}
    await publish(place, activity, actor=actor, form=relay.VOTE, direct=[place.author])


@ordered
async def publish_unreacted(fact: Unreacted) -> None:
    """Undo of a reaction."""
    place, actor = await place_of(fact.post_id), await actors.by_id(fact.actor_id)
    if place is None or actor is None or not actor.local:
        return
    inner = {**_reaction(place, actor, fact.kind), "id": fact.uri}
    activity = mapping.activity(
        "Undo", fact.activity_id, actor, object=inner, to=inner["to"], cc=inner["cc"], group=place.group
    )
    await publish(place, activity, actor=actor, form=relay.VOTE, direct=[place.author])


def _reaction(place: Place, actor: Actor, kind: str) -> dict[str, Any]:
    emoji = mapping.EMOJI.get(kind)
    more: dict[str, Any] = {mapping.REACTION: kind} | ({"content": emoji} if emoji else {})
    return mapping.activity(
        "EmojiReact" if emoji else "Like",
        0,
        actor,
        object=place.post.uri,
        to=[place.author.uri],
        cc=[place.group.uri] if place.group else [],
        group=place.group,
        **more,
    )

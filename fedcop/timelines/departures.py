"""What members sorted for themselves: in the copy of their data, and gone when they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.actors.facts import ActorGone
from fedcop.timelines.models import FollowedTag, ListEntry, PersonalList


async def forget(fact: ActorGone) -> None:
    """Forget what somebody sorted who is gone for good (reaction)."""
    await FollowedTag.filter(actor_id=fact.actor_id).delete()
    await PersonalList.filter(owner_id=fact.actor_id).delete()
    await ListEntry.filter(actor_id=fact.actor_id).delete()


async def sorted_by(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the tags that a person follows, and their lists (part of the export)."""
    tags = await FollowedTag.filter(actor_id=actor_id).order_by("tag")
    yield "followed_tags.json", [{"tag": one.tag, "since": one.followed_at} for one in tags]
    made = await PersonalList.filter(owner_id=actor_id).order_by("id").prefetch_related("entries__actor")
    yield (
        "lists.json",
        [
            {
                "title": one.title,
                "replies": one.replies,
                "exclusive": one.exclusive,
                "holds": [entry.actor.uri for entry in one.entries],
            }
            for one in made
        ],
    )

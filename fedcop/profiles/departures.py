"""What a profile showed: in the copy of one's data, and gone with whom it was of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from tortoise.expressions import Q

from fedcop.actors.facts import ActorGone
from fedcop.profiles.models import Recommendation, ShownTag


async def forget(fact: ActorGone) -> None:
    """Forget what somebody showed who is gone for good, and who showed them (reaction)."""
    await ShownTag.filter(actor_id=fact.actor_id).delete()
    await Recommendation.filter(Q(actor_id=fact.actor_id) | Q(target_id=fact.actor_id)).delete()


async def shown_by(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give what a person's profile shows (part of the export)."""
    tags = await ShownTag.filter(actor_id=actor_id).order_by("id")
    chosen = await Recommendation.filter(actor_id=actor_id).order_by("id").select_related("target")
    yield (
        "shown_on_profile.json",
        {
            "tags": [{"tag": one.tag, "since": one.shown_at} for one in tags],
            "recommended": [{"who": one.target.uri, "since": one.shown_at} for one in chosen],
        },
    )

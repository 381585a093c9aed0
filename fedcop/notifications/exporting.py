"""What a member's copy of their data says of notifications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.actors import queries as actors
from fedcop.notifications.models import Notification, NotificationRequest, QuietThread


async def told(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give everything that a member was told, oldest first, whom they let through, and of which discussions they want to hear no more."""
    found = await Notification.filter(account__actor_id=actor_id).order_by("id")
    yield (
        "notifications.json",
        [
            {
                "kind": one.kind,
                "at": one.created_at.isoformat(),
                "read": one.read_at is not None,
                **({"set_aside": True} if one.filtered else {}),
                **one.detail,
            }
            for one in found
        ],
    )
    let = NotificationRequest.filter(account__actor_id=actor_id, accepted_at__isnull=False).order_by("id")
    people = await actors.many(one.from_actor_id for one in await let)
    yield "notifications_accepted_from.json", [{"uri": one.uri} for one in people.values()]
    quiet = QuietThread.filter(account__actor_id=actor_id).order_by("id")
    yield "quiet_discussions.json", [{"discussion": one.root_id, "since": one.since} for one in await quiet]

"""What a member's copy of their data says of the devices that show notifications; neither addresses nor keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.push.models import PushSubscription


async def devices(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give which devices show what, and since when."""
    found = await PushSubscription.filter(account__actor_id=actor_id).order_by("id")
    yield (
        "devices.json",
        [
            {
                "device": one.device,
                "is_app": one.token_id is not None,
                "since": one.created_at.isoformat(),
                "last": one.used_at.isoformat() if one.used_at else None,
                "topics": one.topics,
            }
            for one in found
        ],
    )

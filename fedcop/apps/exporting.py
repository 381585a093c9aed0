"""What a copy of one's data says of applications: which ones one let in, and how far one has read in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.apps.models import AppToken, ReadingMark


async def connected(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the applications without any secret, and the marks."""
    tokens = await AppToken.filter(account__actor_id=actor_id).order_by("id").select_related("app", "acts_as")
    marks = await ReadingMark.filter(account__actor_id=actor_id).order_by("id")
    yield (
        "apps.json",
        {
            "apps": [
                {
                    "name": token.app.name,
                    "website": token.app.website,
                    "signed_in_as": token.acts_as.uri if token.acts_as is not None else None,  # a community
                    "scopes": token.scopes.split(),
                    "since": token.created_at,
                    "used_at": token.used_at,
                }
                for token in tokens
            ],
            "read_up_to": {mark.timeline: {"id": str(mark.last_read_id), "at": mark.updated_at} for mark in marks},
        },
    )

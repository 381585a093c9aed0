"""What a copy of one's data says of the letters that one chose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.accounts.models import Account
from fedcop.digests import queries


async def chosen(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the day, the hour, and how often one hears of each community."""
    account = await Account.get_or_none(actor_id=actor_id)
    if account is None:
        return
    hour = await queries.chosen_hour(account)
    yield (
        "letters.json",
        {
            "weekday": hour.weekday,
            "hour": hour.hour,
            "time_zone": hour.zone,
            "communities": [
                {"community": community.actor.uri, "rhythm": rhythm}
                for community, rhythm in await queries.homes(account)
            ],
        },
    )

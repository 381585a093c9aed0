"""What a copy of one's data says of the calls that one refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.accounts.models import Account
from fedcop.calls.models import CallRefusal


async def refused(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Name the communities of which one wants no calls."""
    account = await Account.get_or_none(actor_id=actor_id)
    if account is None:
        return
    found = await CallRefusal.filter(account_id=account.id).select_related("community__actor").order_by("id")
    yield "refused_calls.json", [one.community.actor.uri for one in found]

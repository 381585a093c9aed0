"""What a copy of one's data says of the addresses at which one begins discussions by mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.accounts.models import Account
from fedcop.letterbox.models import PostingAddress


async def addresses(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Name the communities for which one has an address; not the address: whoever finds the copy could write by it."""
    account = await Account.get_or_none(actor_id=actor_id)
    if account is None:
        return
    found = await PostingAddress.filter(account_id=account.id).select_related("community__actor").order_by("id")
    yield "addresses_by_mail.json", [{"community": one.community.actor.uri, "since": one.made_at} for one in found]

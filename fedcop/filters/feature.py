"""What filters plug in: the copy of one's data. That they changed, service.py says to whoever looks at that moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.accounts.models import Account
from fedcop.core.feature import Feature
from fedcop.filters import words


async def exported(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give what a member filters (part of the export)."""
    account = await Account.get_or_none(actor_id=actor_id)
    yield "filters.json", words.stored(words.read(account)) if account is not None else []


FEATURE = Feature(name="filters", exports=(exported,))

"""Remembers the feed that a member chose, on all their devices. The lists themselves are never stored."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.accounts.models import Account
from fedcop.core.database import atomic
from fedcop.timelines.queries import ORDERS, WHOSE


@dataclass(frozen=True)
class Choice:
    """Two controls: whose threads, in which order."""

    whose: str = "mine"
    order: str = "activity"


def choice_of(account: Account) -> Choice:
    """What a member chose last."""
    feed = (account.preferences or {}).get("feed") or {}
    whose, order = str(feed.get("whose")), str(feed.get("order"))
    return Choice(whose=whose if whose in WHOSE else "mine", order=order if order in ORDERS else "activity")


@atomic
async def choose(account: Account, *, whose: str, order: str) -> Choice:
    """Remember what a member chose; what is not among the choices changes nothing."""
    before = choice_of(account)
    after = Choice(whose=whose if whose in WHOSE else before.whose, order=order if order in ORDERS else before.order)
    if after != before:
        fresh = await Account.get(id=account.id)
        fresh.preferences = {**(fresh.preferences or {}), "feed": {"whose": after.whose, "order": after.order}}
        await fresh.save(update_fields=["preferences"])
        account.preferences = fresh.preferences
    return after

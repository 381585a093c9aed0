"""How far somebody has read, as their applications say: kept for all of them alike. The last word counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fedcop.accounts.models import Account
from fedcop.apps.models import ReadingMark
from fedcop.core import clock
from fedcop.core.clock import EPOCH
from fedcop.core.database import atomic

TIMELINES = ("home", "notifications")


async def of(account: Account, wanted: Collection[str]) -> list[ReadingMark]:
    """Give the marks of the lists asked for; where nothing was read yet, one at zero."""
    found = {mark.timeline: mark for mark in await ReadingMark.filter(account_id=account.id)}
    return [found.get(name) or _zero(name) for name in TIMELINES if name in wanted]


def _zero(timeline: str) -> ReadingMark:
    return ReadingMark(id=0, timeline=timeline, last_read_id=0, version=0, updated_at=EPOCH)


@atomic
async def move(account: Account, to: Mapping[str, int]) -> list[ReadingMark]:
    """Set the marks of some lists and give them."""
    for timeline in TIMELINES:
        if timeline in to:
            mark, made = await ReadingMark.get_or_create(
                account_id=account.id,
                timeline=timeline,
                defaults={"last_read_id": to[timeline], "updated_at": clock.now()},
            )
            if not made:
                mark.last_read_id, mark.updated_at = to[timeline], clock.now()
                mark.version += 1
                await mark.save(update_fields=["last_read_id", "updated_at", "version"])
    return await of(account, list(to))

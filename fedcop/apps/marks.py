"""How far somebody has read, as their applications say: kept for all of them alike. The last word counts.

Of a community each application keeps its own: several people in charge are at work there, each in their own place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from fedcop.accounts.models import Account
from fedcop.apps.models import AppToken, ReadingMark
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


def of_token(token: AppToken, wanted: Collection[str]) -> list[ReadingMark]:
    """Give the marks of an application in the name of a community."""
    kept = token.marks or {}
    return [_read(name, kept[name]) if name in kept else _zero(name) for name in TIMELINES if name in wanted]


def _read(timeline: str, kept: Mapping[str, str]) -> ReadingMark:
    at = datetime.fromisoformat(kept["at"])
    return ReadingMark(
        id=0, timeline=timeline, last_read_id=int(kept["id"]), version=int(kept["version"]), updated_at=at
    )


@atomic
async def move_of_token(token_id: int, to: Mapping[str, int]) -> list[ReadingMark]:
    """Set the marks of an application in the name of a community and give them; of one that has ended meanwhile none."""
    token = await AppToken.filter(id=token_id).select_for_update().first()
    if token is None:
        return []
    kept, now = dict(token.marks or {}), clock.now().isoformat()
    for name in TIMELINES:
        if name in to:
            version = int(kept[name]["version"]) + 1 if name in kept else 1
            kept[name] = {"id": str(to[name]), "version": str(version), "at": now}
    token.marks = kept
    await token.save(update_fields=["marks"])
    return of_token(token, list(to))

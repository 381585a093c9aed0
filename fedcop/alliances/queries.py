"""Reads agreements. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from fedcop.alliances.models import Alliance
from fedcop.core import clock
from fedcop.core.errors import NotFound

_HOLDS = "state = 'active' AND from_at <= ? AND (until_at IS NULL OR until_at > ?)"


def _holding(moment: datetime) -> QuerySet[Alliance]:
    """Those that hold at a moment, whether or not the timetable has looked at the last one's date already."""
    return Alliance.filter(Q(until_at=None) | Q(until_at__gt=moment), state="active", from_at__lte=moment)


async def allied_hosts() -> frozenset[str]:
    """Name the servers with which an agreement holds now."""
    return frozenset(str(host) for host in await _holding(clock.now()).values_list("host", flat=True))


async def is_allied(host: str) -> bool:
    """Tell whether an agreement with a server holds now."""
    return await _holding(clock.now()).filter(host=host).exists()


async def allied(hosts: Collection[str]) -> set[str]:
    """Name those of some servers with which an agreement holds now."""
    found = await _holding(clock.now()).filter(host__in=list(hosts)).values_list("host", flat=True)
    return {str(host) for host in found}


def allied_sql(host: str) -> tuple[str, list[Any]]:
    """Give the SQL condition, with its parameters, that is true where an agreement holds with `host`, a column of the query."""
    now = clock.now()
    return f"EXISTS (SELECT 1 FROM alliance WHERE alliance.host = {host} AND {_HOLDS})", [now, now]  # noqa: S608


async def holding(*, limit: int = 500) -> list[Alliance]:
    """List the agreements that hold now, by server."""
    return await _holding(clock.now()).order_by("host", "id").limit(limit)


async def with_hosts(hosts: list[str]) -> dict[str, Alliance]:
    """Find the agreement that counts with each of several servers: the one that holds, else the newest."""
    found: dict[str, Alliance] = {}
    moment = clock.now()
    for one in await Alliance.filter(host__in=hosts or [""]).order_by("id"):
        before = found.get(one.host)
        if before is None or not holds(before, moment):
            found[one.host] = one
    return found


def holds(alliance: Alliance, moment: datetime) -> bool:
    """Tell whether an agreement holds at a moment."""
    begun = alliance.state == "active" and alliance.from_at <= moment
    return begun and (alliance.until_at is None or alliance.until_at > moment)


async def page(*, after: int = 0, limit: int = 40) -> list[Alliance]:
    """List all agreements, newest first; one more than `limit` means more."""
    found = Alliance.filter(id__lt=after) if after else Alliance.all()
    return await found.order_by("-id").limit(limit + 1)


async def waiting() -> int:
    """Count the proposals of others that wait for our answer."""
    return await Alliance.filter(state="proposed", ours=False).count()


async def by_id(alliance_id: int) -> Alliance:
    """Find an agreement, or raise NotFound."""
    found = await Alliance.get_or_none(id=alliance_id)
    if found is None:
        raise NotFound(code="no-alliance")
    return found


async def by_uri(uri: str) -> Alliance | None:
    """Find an agreement by the id of its Offer."""
    return await Alliance.get_or_none(uri=uri)

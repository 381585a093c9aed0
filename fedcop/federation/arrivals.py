"""What is delivered at one moment is stored in one transaction: a commit costs as much for one activity as for fifty.

Whoever delivers is answered once what they sent is stored for good, not before. Not for: whether it may be stored (inbox.py).
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import dataclass, field

from fedcop.core import facts
from fedcop.core.database import atomic, rows, to_json
from fedcop.core.errors import Unavailable
from fedcop.core.site import Site
from fedcop.federation.facts import DeliveryAccepted
from fedcop.federation.models import InboxItem

TOGETHER = 50  # in one transaction; more would keep others from writing for long


@dataclass(frozen=True, eq=False)
class _Arrival:
    item: InboxItem
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Arrivals:
    """Those that wait to be stored. `site.part(Arrivals)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._waiting: list[_Arrival] = []
        self._storing: asyncio.Task[None] | None = None

    async def store(self, item: InboxItem) -> None:
        """Store an activity and promise its processing, together with those that came meanwhile; one that is here already changes nothing."""
        arrival = _Arrival(item)
        self._waiting.append(arrival)
        if self._storing is None or self._storing.done():
            # In a context of its own: it stores what others send, too.
            self._storing = asyncio.get_running_loop().create_task(
                self._store(), name="transaction arrivals", context=Context()
            )
        await arrival.stored  # who hangs up meanwhile has sent it all the same

    async def _store(self) -> None:
        async with self._site.entered():
            while self._waiting:
                some, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                await self._store_some(some)

    async def _store_some(self, some: list[_Arrival]) -> None:
        try:
            await _insert([one.item for one in some])
        except Exception as error:  # noqa: BLE001 - whoever delivered it is told
            # One of them may be what the database does not take; where it is away, to try each would be to wait for each.
            if len(some) > 1 and not isinstance(error, Unavailable):
                for one in some:
                    await self._store_some([one])
                return
            for one in some:
                if not one.stored.done():
                    one.stored.set_exception(error)
        else:
            for one in some:
                if not one.stored.done():
                    one.stored.set_result(None)


@atomic
async def _insert(items: list[InboxItem]) -> None:
    columns = "id, uri, actor_uri, host, key_id, genuine, request, body, received_at, outcome, reason"
    values: list[object] = []
    for one in items:
        values += [one.id, one.uri, one.actor_uri, one.host, one.key_id, one.genuine, to_json(one.request), one.body]
        values += [one.received_at, one.outcome, one.reason]
    lines = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(items))
    stored = await rows(
        f"INSERT INTO inbox_item ({columns}) VALUES {lines} ON CONFLICT (uri) DO NOTHING RETURNING id",  # noqa: S608 - our own words
        *values,
    )
    new = {int(row["id"]) for row in stored}
    # On PostgreSQL each lane is held until the end: in one order everywhere, or two processes wait for each other.
    arrived = sorted((one for one in items if one.id in new), key=lambda one: one.host)
    await facts.record(*(DeliveryAccepted(one.id, one.host) for one in arrived))

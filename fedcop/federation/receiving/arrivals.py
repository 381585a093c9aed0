"""What is delivered at one moment is stored in one transaction: a commit costs as much for one activity as for fifty.

Whoever delivers is answered once what they sent is stored for good, not before. Not for: whether it may be stored (inbox.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from fedcop.core import facts
from fedcop.core.database import atomic, execute, from_json, rows, to_json
from fedcop.core.ids import new_id
from fedcop.core.pressing import Pressing
from fedcop.core.site import Site
from fedcop.core.together import Together
from fedcop.federation.facts import DeliveryAccepted


@dataclass(frozen=True)
class Arrival:
    """What is to be stored of a delivery: the columns of an InboxItem, without the cost of one."""

    uri: str
    actor_uri: str
    host: str
    key_id: str
    genuine: bool
    request: Mapping[str, object]
    body: bytes
    received_at: datetime
    signed_at: datetime | None = None  # of what is done again when it is said later than the last time
    domain: str = ""  # where its key is not known
    again: str = (
        ""  # the uri it has if its own is taken by other words, or by the same said before; "": an id is used once
    )
    id: int = field(default_factory=new_id)


SIGNED = "signed"  # in `request`
FAST = timedelta(hours=1)  # the clock of another server, at most
TOGETHER = 50  # in one transaction; more would keep others from writing for long


class Arrivals:
    """Those that wait to be stored. `site.part(Arrivals)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._insert = Together[Arrival, None](site, "arrivals", lambda items: _insert(items), most=TOGETHER)

    async def store(self, item: Arrival) -> None:
        """Store an activity and promise its processing, together with those that came meanwhile; one that is here already changes nothing."""
        self._site.part(Pressing).note()
        await self._insert(item)


@atomic
async def _insert(items: list[Arrival]) -> list[None]:
    new = await _inserted(items)
    taken = [one for one in items if one.again and one.id not in new]
    if taken and (said_anew := await _said_anew(taken)):
        new |= await _inserted([replace(one, uri=one.again) for one in said_anew])
    # On PostgreSQL each lane is held until the end: in one order everywhere, or two processes wait for each other.
    arrived = sorted((one for one in items if one.id in new), key=lambda one: one.host)
    await facts.record(*(DeliveryAccepted(one.id, one.host) for one in arrived))
    return [None] * len(items)


async def _inserted(items: list[Arrival]) -> set[int]:
    """Store what has a uri that is not here yet, and give the ids of these."""
    columns = "id, uri, actor_uri, host, domain, key_id, genuine, request, body, received_at, outcome, reason"
    values: list[object] = []
    # Like the lanes: another process may be given the same ones, in another order.
    for one in sorted(items, key=lambda item: item.uri):
        values += [one.id, one.uri, one.actor_uri, one.host, one.domain, one.key_id, one.genuine]
        values += [to_json(one.request), one.body, one.received_at, "waiting", ""]
    lines = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(items))
    stored = await rows(
        f"INSERT INTO inbox_item ({columns}) VALUES {lines} ON CONFLICT (uri) DO NOTHING RETURNING id",  # noqa: S608 - our own words
        *values,
    )
    return {int(row["id"]) for row in stored}


async def _said_anew(taken: list[Arrival]) -> list[Arrival]:
    """Those whose id came before with other bytes, or with the same signed earlier; what is merely sent or brought twice is not among them."""
    places = ", ".join("?" * len(taken))
    held = await rows(
        f"SELECT uri, actor_uri, body, request, received_at FROM inbox_item WHERE uri IN ({places})",  # noqa: S608 - our own words
        *(one.uri for one in taken),
    )
    before, found = {str(row["uri"]): row for row in held}, list[Arrival]()
    for one in taken:
        row = before.get(one.uri)
        if row is None:
            continue
        if one.signed_at is None:
            found += [one] if bytes(row["body"]) != one.body else []
        elif row["actor_uri"] == one.actor_uri and bytes(row["body"]) == one.body and one.signed_at > _last_said(row):
            row["request"] = to_json(one.request)  # and the next one is compared with this one
            await execute("UPDATE inbox_item SET request = ? WHERE uri = ?", row["request"], one.uri)
            found.append(one)
    return found


def _last_said(row: Mapping[str, Any]) -> datetime:
    """When something was signed last, by the clock of who did; where that was not written down, as late as a fast clock may say."""
    said = from_json(row["request"]).get(SIGNED)
    return datetime.fromisoformat(said) if said else row["received_at"] + FAST

"""What goes to each inbox next, with all that sending it takes: read for all inboxes that ask at the same moment, in as many statements as for one.

Not for: sending it (sender.py), or the health of inboxes (destinations.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from activitypub.signatures import Scheme, Signer
from fedcop.core import database
from fedcop.core.site import Site, site
from fedcop.core.together import Together
from fedcop.federation import keyring
from fedcop.federation.models import Destination, OutgoingActivity
from fedcop.federation.peers import presence, servers

TOGETHER = 400  # placeholders in one statement; SQLite's oldest limit is 999


@dataclass(frozen=True)
class Parcel:
    """The oldest activity in a mailbox; `unsent` says why it must not leave, "" where it may; `away`: nor does it before somebody has looked who the server is."""

    destination: Destination
    outgoing: OutgoingActivity
    signer: Signer | None
    scheme: Scheme
    unsent: str
    away: bool


class Parcels:
    """Those that are asked for. `site.part(Parcels)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self._load = Together[int, Parcel | None](site, "parcels", lambda ids: _load(ids), most=TOGETHER)

    async def next(self, destination_id: int) -> Parcel | None:
        """Give what goes to an inbox next; None where nothing waits, or those in charge let it wait."""
        return await self._load(destination_id)


async def _load(destination_ids: list[int]) -> list[Parcel | None]:
    marks = ", ".join("?" * len(destination_ids))
    rows = await database.rows(
        "SELECT d.*, s.scheme, (SELECT e.outgoing_id FROM mailbox_entry e WHERE e.destination_id = d.id"  # noqa: S608 - marks
        " ORDER BY e.outgoing_id LIMIT 1) AS oldest FROM destination d LEFT JOIN server s ON s.host = d.host"
        f" WHERE d.id IN ({marks}) AND s.paused_since IS NULL",
        *destination_ids,
    )
    rows = [row for row in rows if row["oldest"] is not None]
    if not rows:
        return [None] * len(destination_ids)
    waiting = {one.id: one for one in await OutgoingActivity.filter(id__in={int(row["oldest"]) for row in rows})}
    signers = await keyring.signers_of(one.sender_id for one in waiting.values())
    hosts: dict[int, set[str]] = {}
    for row in rows:
        hosts.setdefault(int(row["oldest"]), set()).add(str(row["host"]))
    allowed = {one.id: await still_for(one, hosts[one.id]) for one in waiting.values()}
    made: dict[int, Parcel] = {}
    for row in rows:
        outgoing = waiting.get(int(row["oldest"]))
        if outgoing is not None:
            destination, signer = database.row_of(Destination, row), signers.get(outgoing.sender_id)
            unsent = await _why_not(destination.host, signer, allowed[outgoing.id])
            scheme = Scheme(row["scheme"] or Scheme.CAVAGE)
            away = await presence.is_away(destination.host)
            made[destination.id] = Parcel(destination, outgoing, signer, scheme, unsent, away)
    return [made.get(one) for one in destination_ids]


async def _why_not(host: str, signer: Signer | None, allowed: Collection[str]) -> str:
    if signer is None:
        return "the sender no longer exists"
    if not await servers.may_talk(host):
        return "we do not talk to this server"
    return "" if host in allowed else "nobody there may read it any more"


async def still_for(outgoing: OutgoingActivity, hosts: Collection[str]) -> Collection[str]:
    """Ask the features once more which of these hosts an activity is for: rights may have ended since it was put into mailboxes."""
    for feature in site().features:
        for may_leave in feature.sendable:
            hosts = await may_leave(outgoing, hosts) if hosts else hosts
    return hosts

"""One line for each server we deliver to: when it was last heard, what waits, since when it fails, why; and to pause or try it.

Asks nobody: it reads what sender and inbox wrote down. Decisions about what is exchanged at all are in overseeing.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from fedcop.core import clock
from fedcop.core.database import after_commit, atomic, moment, rows
from fedcop.core.errors import Conflict, NotFound
from fedcop.core.i18n import N_
from fedcop.federation.models import Destination, Server
from fedcop.federation.sending import destinations
from fedcop.federation.sending.wake import wake_sender

PAGE = 40
MAX_SOFTWARE = 100


@dataclass(frozen=True)
class Line:
    """How deliveries to one server go; several inboxes of one server are one line."""

    host: str
    software: str
    version: str
    policy: str
    waiting: int
    delivered_at: datetime | None  # it took something
    received_at: datetime | None  # something came from it, within the month that such things are kept
    failing_since: datetime | None
    dormant_since: datetime | None
    retry_at: datetime | None
    paused_since: datetime | None
    error: str  # why it fails, or why it refused the last one for good; in the sender's words: see reasons.py

    @property
    def last_contact(self) -> datetime | None:
        """When anything last went either way."""
        return max((at for at in (self.delivered_at, self.received_at) if at is not None), default=None)


_LINES = (
    "SELECT d.host, MAX(s.software) AS software, MAX(s.version) AS version, MAX(s.policy) AS policy,"
    " SUM((SELECT COUNT(*) FROM mailbox_entry e WHERE e.destination_id = d.id)) AS waiting,"
    " MAX(d.delivered_at) AS delivered_at, MIN(d.failing_since) AS failing_since,"
    " MIN(d.dormant_since) AS dormant_since, MIN(d.retry_at) AS retry_at, MAX(s.paused_since) AS paused_since,"
    " MAX(d.last_error) AS error,"
    " (SELECT i.received_at FROM inbox_item i WHERE i.host = d.host ORDER BY i.id DESC LIMIT 1) AS received_at"
    " FROM destination d LEFT JOIN server s ON s.host = d.host"
    " WHERE d.host > ? AND d.host LIKE ? GROUP BY d.host"
)
_TROUBLED = (
    " HAVING MIN(d.failing_since) IS NOT NULL OR MAX(s.paused_since) IS NOT NULL OR MAX(d.last_error) <> ''"
    " OR SUM((SELECT COUNT(*) FROM mailbox_entry e WHERE e.destination_id = d.id)) > 0"
)


async def lines(*, words: str = "", troubled: bool = True, after: str = "", limit: int = PAGE) -> list[Line]:
    """List servers by name, or only those at which something waits, fails, was refused or is paused; one more than `limit` means more."""
    part = re.sub(r"[^\w.:-]|_", "", words.lower())
    sql = f"{_LINES}{_TROUBLED if troubled else ''} ORDER BY d.host LIMIT ?"
    return [
        Line(
            host=row["host"],
            software=row["software"] or "",
            version=row["version"] or "",
            policy=row["policy"] or "open",
            waiting=int(row["waiting"]),
            delivered_at=moment(row["delivered_at"]),
            received_at=moment(row["received_at"]),
            failing_since=moment(row["failing_since"]),
            dormant_since=moment(row["dormant_since"]),
            retry_at=moment(row["retry_at"]),
            paused_since=moment(row["paused_since"]),
            error=row["error"],
        )
        for row in await rows(sql, after, f"%{part}%", limit + 1)
    ]


@dataclass(frozen=True)
class Software:
    """One version of one program on servers that we met."""

    name: str
    version: str
    servers: int
    seen_at: datetime | None  # when a server with it last took something from us


async def software_met() -> list[Software]:
    """List which programs the servers run that we met, as they say themselves."""
    found = await rows(
        "SELECT s.software, s.version, COUNT(DISTINCT s.id) AS servers, MAX(d.delivered_at) AS seen_at"
        " FROM server s LEFT JOIN destination d ON d.host = s.host WHERE s.software <> ''"
        " GROUP BY s.software, s.version ORDER BY s.software, s.version LIMIT ?",
        MAX_SOFTWARE,
    )
    return [Software(row["software"], row["version"], int(row["servers"]), moment(row["seen_at"])) for row in found]


@atomic
async def try_now(host: str) -> None:
    """Let all that waits for a server be tried at once, whatever its clock says."""
    if not await Destination.exists(host=host):
        raise NotFound(code="no-destination")
    if await Server.exists(host=host, paused_since__not_isnull=True):
        raise Conflict(N_("Deliveries to this server are paused. Resume them first."), code="paused")
    await Destination.filter(host=host).update(retry_at=None, dormant_since=None)
    await after_commit(wake_sender)


@atomic
async def pause(host: str) -> None:
    """Send nothing to a server until resumed: all that is for it waits, however long, in order; pausing twice keeps the first date."""
    if not await destinations.begin_anew(host):
        raise NotFound(code="no-destination")
    server = await Server.get_or_none(host=host) or await Server.create(host=host, created_at=clock.now())
    if server.paused_since is None:
        server.paused_since = clock.now()
        await server.save(update_fields=["paused_since"])


@atomic
async def resume(host: str) -> None:
    """Send again what waits for a server, its clock set to zero."""
    if not await Server.exists(host=host):
        raise NotFound(code="no-destination")
    if await Server.filter(host=host, paused_since__not_isnull=True).update(paused_since=None):
        await destinations.begin_anew(host)
        await after_commit(wake_sender)

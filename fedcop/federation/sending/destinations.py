"""The health of the inboxes we deliver to: one retry clock each, dormant after a week, awake again at the first sign of life.

Not for: deciding who gets what (audience.py) or sending (sender.py).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activitypub.uris import host_of
from fedcop.actors.models import Actor
from fedcop.core import database
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.ids import new_id
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity, Refusal, Server
from fedcop.federation.peers import presence
from fedcop.federation.sending import copies

# A short stumble (a restart) is forgiven in seconds; a long one costs the peer a few requests a day.
BACKOFF = (3, 10, 30, 60, 300, 900, 3_600, 14_400, 43_200, 86_400)  # seconds; the last one repeats
DORMANT_AFTER = timedelta(days=7)  # no queue grows for a server that is silent so long; it is still probed daily
FORGOTTEN_AFTER = timedelta(days=30)  # then what waited is dropped, and the peer may read our collections instead
AWAKE_TRIES = 5  # failures in a row, some minutes, since it was last heard of: only then its silence counts
LEASE = timedelta(seconds=45)  # how long a killed worker can hold a mailbox
TURN = timedelta(seconds=10)  # as long as silent servers are waited for
CROWDED = "too many servers of its domain do not answer: it waits for its turn"
LEASED = "UPDATE destination SET leased_until = ? WHERE id IN ({}) RETURNING id, host"
NEVER, AGAIN = "d.retry_at IS NULL", "d.retry_at <= ?"
FREE = (
    "(d.leased_until IS NULL OR d.leased_until <= ?)"
    " AND d.id NOT IN (?)"  # leases are told by the clock, which may be set forward while one is served
    " AND NOT EXISTS (SELECT 1 FROM server s WHERE s.host = d.host AND s.paused_since IS NOT NULL)"
)
FILLED = (
    "WITH RECURSIVE filled(id) AS (SELECT * FROM (SELECT MIN(e.destination_id) AS id FROM mailbox_entry e) AS o UNION ALL"
    " SELECT (SELECT MIN(e.destination_id) FROM mailbox_entry e WHERE e.destination_id > f.id) FROM filled f WHERE f.id IS NOT NULL)"
)
SET_BACK = ("failures", "failing_since", "last_error", "dormant_since", "retry_at", "leased_until")


async def destinations_for(inboxes: Iterable[str]) -> list[Destination]:
    """Give the rows of these inboxes, made where they are new; call inside a transaction."""
    found: list[Destination] = []
    for chunk in database.in_chunks(sorted(inboxes)):
        known = {d.inbox: d for d in await Destination.filter(inbox__in=chunk)}
        missing = [Destination(id=new_id(), inbox=inbox, host=host_of(inbox)) for inbox in chunk if inbox not in known]
        if missing:
            await Destination.bulk_create(missing, ignore_conflicts=True)
            known = {d.inbox: d for d in await Destination.filter(inbox__in=chunk)}
        found.extend(known.values())
    return found


def wait_after(failures: int) -> timedelta:
    """Give how long to wait after the nth failure in a row, a tenth earlier or later so that clocks spread."""
    seconds = BACKOFF[min(failures, len(BACKOFF)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))  # noqa: S311 - no secret hangs on it


async def claim_due(limit: int, *, running: Collection[int] = (), failed: bool | None = None) -> dict[int, str]:
    """Lease up to `limit` mailboxes in which something waits, whose clock has run down, that nobody paused and that are not served here; give their ids and hosts.

    `failed`: only those that did not answer last time, or only the others.
    """
    moment = now()
    found = await database.rows(
        due_sql(failed, database.dialect()),
        moment + LEASE,
        *([] if failed is False else [moment]),
        moment,
        list(running) or [0],
        limit,
    )
    return {int(row["id"]): str(row["host"]) for row in found}


def due_sql(failed: bool | None, dialect: str) -> str:
    """Write the statement of `claim_due`: asked each second, it must not walk through all inboxes there are.

    SQLite, left alone, does, or makes a filter of them all: there each mailbox with something in it is a hop in an index. PostgreSQL
    compares two indexes, as long as nobody wants an order.
    """
    if failed is False and dialect == "sqlite":
        mine = f"d.id = f.id AND {NEVER} AND {FREE}"
        found = f"SELECT f.id FROM filled f WHERE EXISTS (SELECT 1 FROM destination d WHERE {mine}) LIMIT ?"  # noqa: S608 - our own words
        return f"{FILLED} {LEASED.format(found)}"
    which = {None: f"({NEVER} OR {AGAIN})", True: AGAIN, False: NEVER}[failed]
    # Who answered last time first, which PostgreSQL would put last: many whose clocks ran down at once hold them up otherwise.
    order = "" if failed is False else " ORDER BY d.retry_at NULLS FIRST"
    skip = " FOR UPDATE SKIP LOCKED" if dialect == "postgres" else ""
    waits = "EXISTS (SELECT 1 FROM mailbox_entry e WHERE e.destination_id = d.id)"
    return LEASED.format(f"SELECT d.id FROM destination d WHERE {which} AND {FREE} AND {waits}{order} LIMIT ?{skip}")  # noqa: S608 - our own words


async def next_due_at() -> datetime | None:
    """Give when the next waiting mailbox wants another try, None when nothing waits."""
    waiting = await (
        Destination.filter(entries__id__not_isnull=True, retry_at__not_isnull=True).order_by("retry_at").first()
    )
    return waiting.retry_at if waiting else None


async def free_all() -> None:
    """Free every mailbox: the only worker there is has just begun, so nobody is sending."""
    await Destination.filter(leased_until__not_isnull=True).update(leased_until=None)


async def go_on_after_setback() -> None:
    """The clock was set back: who waits is tried at once, and no lease lasts longer than leases do."""
    lasting = now() + LEASE
    await Destination.filter(leased_until__gt=lasting).update(leased_until=lasting)
    await Destination.filter(retry_at__gt=now(), dormant_since=None).update(retry_at=now())


async def release(destination_ids: Collection[int]) -> None:
    """Give mailboxes back to whoever comes next."""
    if destination_ids:
        await Destination.filter(id__in=sorted(destination_ids)).update(leased_until=None)


async def put_off(destination_ids: Collection[int]) -> None:
    """Let mailboxes wait for their turn: so many servers of their domain are being waited for that places go to others. It is no failure of theirs."""
    if destination_ids:
        found = Destination.filter(id__in=sorted(destination_ids))
        await found.filter(failures=0).update(last_error=CROWDED)
        await found.update(retry_at=now() + TURN, leased_until=None)


@atomic
async def settle_delivered(sent: Sequence[tuple[Destination, OutgoingActivity]]) -> list[bool]:
    """Delete what was delivered, and tell of each mailbox whether more waits: one that is empty is given back.

    A server that answers is healthy, whatever its past.
    """
    by_activity: dict[int, list[int]] = {}
    for destination, outgoing in sent:
        by_activity.setdefault(outgoing.id, []).append(destination.id)
    for outgoing_id, ids in by_activity.items():
        await MailboxEntry.filter(outgoing_id=outgoing_id, destination_id__in=ids).delete()
    ids = sorted({destination.id for destination, _ in sent})
    marks = ", ".join("?" * len(ids))
    found = await database.rows(
        f"SELECT id FROM destination d WHERE id IN ({marks})"  # noqa: S608 - marks
        " AND EXISTS (SELECT 1 FROM mailbox_entry e WHERE e.destination_id = d.id)",
        *ids,
    )
    filled = {int(row["id"]) for row in found}
    moment = now()
    for leased_until, some in ((moment + LEASE, filled), (None, set(ids) - filled)):
        if some:
            await Destination.filter(id__in=some).update(
                delivered_at=moment,
                failing_since=None,
                failures=0,
                retry_at=None,
                last_error="",
                dormant_since=None,
                leased_until=leased_until,
            )
    await copies.note_deliveries((outgoing, destination.host) for destination, outgoing in sent)
    return [destination.id in filled for destination, _ in sent]


@atomic
async def settle_refused(destination: Destination, outgoing_id: int, *, status: int | None, reason: str) -> None:
    """Note that the peer does not want this one, and go on with the next."""
    await MailboxEntry.filter(destination_id=destination.id, outgoing_id=outgoing_id).delete()
    await Refusal.create(
        destination_id=destination.id,
        outgoing_id=outgoing_id,
        status=status,
        reason=reason,
        created_at=now(),
    )
    await Destination.filter(id=destination.id).update(
        failing_since=None,
        failures=0,
        retry_at=None,
        dormant_since=None,
        last_error=reason if status is not None else "",  # without an answer it was our own decision
        leased_until=now() + LEASE,
    )


@dataclass(frozen=True)
class Failure:
    """A delivery that did not arrive, in words; `retry_after` seconds are what the server asked us to wait."""

    destination_id: int
    reason: str
    retry_after: float | None = None


@atomic
async def settle_failed(failures: Sequence[Failure]) -> list[None]:
    """Put whole mailboxes on their clocks, and give them back; after a week of silence they are dormant."""
    by_id = {failure.destination_id: failure for failure in failures}
    found = await Destination.filter(id__in=list(by_id)).order_by("id")
    forgotten = [fresh.id for fresh in found if _set_back(fresh, by_id[fresh.id])]
    for fresh in found:
        await fresh.save(update_fields=SET_BACK)
    if forgotten:
        await MailboxEntry.filter(destination_id__in=forgotten).delete()
    await presence.failed(fresh.host for fresh in found)
    return [None] * len(failures)


def _set_back(fresh: Destination, failure: Failure) -> bool:
    """Put one on its clock; True where it has been silent for so long that what waits is dropped."""
    moment = now()
    failures = fresh.failures + 1
    since = fresh.failing_since or moment
    wait = wait_after(failures)
    if failure.retry_after is not None:
        wait = max(timedelta(seconds=1), min(timedelta(seconds=failure.retry_after), timedelta(days=1)))
    # Who has just spoken may lose one delivery on the way: that is no silence.
    silent_for = moment - since if failures >= AWAKE_TRIES else timedelta()
    fresh.failures = failures
    fresh.failing_since = since
    fresh.last_error = failure.reason
    fresh.dormant_since = fresh.dormant_since or (moment if silent_for > DORMANT_AFTER else None)
    fresh.retry_at = moment + (timedelta(days=1) if fresh.dormant_since and failure.retry_after is None else wait)
    fresh.leased_until = None
    return silent_for > FORGOTTEN_AFTER


@atomic
async def settle_unseen(destination_id: int, reason: str) -> None:
    """Let the mailbox of a server that was away wait until somebody has looked at it; what is a month old goes if it was looked at in vain."""
    fresh = await Destination.get(id=destination_id)
    fresh.failing_since = fresh.failing_since or now()
    silent_for = now() - fresh.failing_since
    if fresh.last_error == reason and silent_for > FORGOTTEN_AFTER:
        await MailboxEntry.filter(destination_id=fresh.id).delete()
    fresh.dormant_since = fresh.dormant_since or (now() if silent_for > DORMANT_AFTER else None)
    fresh.last_error, fresh.retry_at, fresh.leased_until = reason, now() + timedelta(days=1), None
    await fresh.save(update_fields=["failing_since", "dormant_since", "last_error", "retry_at", "leased_until"])


async def begin_anew(host: str) -> int:
    """Set the clocks of a server's mailboxes to zero, when it is paused and when it no longer is: no silence of before counts.

    Else a pause of a month would look like a month of silence, after which what waits is dropped. Gives how many there are.
    """
    return await Destination.filter(host=host).update(
        failing_since=None, failures=0, retry_at=None, dormant_since=None, last_error=""
    )


async def heard_from(host: str) -> bool:
    """Note that a server speaks to us again: its mailboxes are tried at once. True when one had been waiting."""
    waiting = Destination.filter(host=host, retry_at__not_isnull=True)
    # Looked at first: on SQLite even an update of nothing waits for whoever writes.
    return await waiting.exists() and bool(await waiting.update(retry_at=None, dormant_since=None, failures=0))


@atomic
async def moved(destination: Destination, url: str) -> None:
    """Note that an inbox lives elsewhere on its server for good: what waits goes there, in order."""
    if await Destination.filter(inbox=url).exists():
        (target,) = await destinations_for([url])
        await database.execute(
            "UPDATE mailbox_entry SET destination_id = ? WHERE destination_id = ? AND outgoing_id NOT IN"
            " (SELECT outgoing_id FROM mailbox_entry WHERE destination_id = ?)",
            target.id,
            destination.id,
            target.id,
        )
        await MailboxEntry.filter(destination_id=destination.id).delete()
    else:
        await Destination.filter(id=destination.id).update(inbox=url)
    # Else the next activity would knock at the old door again.
    await Actor.filter(shared_inbox=destination.inbox, local=False).update(shared_inbox=url)
    await Actor.filter(inbox=destination.inbox, local=False).update(inbox=url)


@dataclass(frozen=True)
class Waiting:
    """One line of `fedcop queue`: a destination that is not served yet, with the reason in words."""

    inbox: str
    host: str
    waiting: int
    failing_since: datetime | None
    failures: int
    why: str
    next_try: datetime | None
    dormant: bool
    oldest: str
    paused_since: datetime | None = None


@dataclass(frozen=True)
class Full:
    """How full all mailboxes are."""

    entries: int
    failing: int


async def measured() -> Full:
    """Count what waits, and the inboxes that do not answer though something waits for them."""
    entries = await MailboxEntry.all().count()
    found = await database.rows(
        "SELECT COUNT(*) AS n FROM destination d WHERE d.failing_since IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM mailbox_entry e WHERE e.destination_id = d.id)"
    )
    return Full(entries, int(found[0]["n"]))


async def waiting_lines() -> Sequence[Waiting]:
    """List every mailbox in which something waits, the longest failing first."""
    counted = await database.rows(
        "SELECT d.id, COUNT(e.id) AS n, MIN(e.outgoing_id) AS first FROM destination d"
        " JOIN mailbox_entry e ON e.destination_id = d.id GROUP BY d.id"
    )
    by_id = {int(row["id"]): row for row in counted}
    found = await Destination.filter(id__in=list(by_id)).order_by("failing_since", "id") if by_id else []
    firsts = (
        {o.id: o.about for o in await OutgoingActivity.filter(id__in=[int(r["first"]) for r in counted])}
        if by_id
        else {}
    )
    paused = {s.host: s.paused_since for s in await Server.filter(paused_since__not_isnull=True)}
    return [
        Waiting(
            inbox=d.inbox,
            host=d.host,
            waiting=int(by_id[d.id]["n"]),
            failing_since=d.failing_since,
            failures=d.failures,
            why=d.last_error,
            next_try=d.retry_at,
            dormant=d.dormant_since is not None,
            oldest=firsts.get(int(by_id[d.id]["first"]), ""),
            paused_since=paused.get(d.host),
        )
        for d in found
    ]


async def prune() -> None:
    """Forget sent activities that nobody waits for any more and refusals older than a month; runs daily."""
    before = now() - timedelta(days=30)
    await database.execute(
        "DELETE FROM outgoing_activity WHERE created_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM mailbox_entry e WHERE e.outgoing_id = outgoing_activity.id)",
        before,
    )
    await Refusal.filter(created_at__lt=before).delete()

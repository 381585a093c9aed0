"""The loop that empties mailboxes: many destinations at once, one request in flight for each, in order.

A dead server holds nobody else up: it costs one request per tick of its own clock, and one that is slow no longer counts as
busy. Nor does one whose answer is being put away, so that nobody waits for the disk. What several inboxes take or fail to take at one moment is read and settled together. Sent but not yet settled when
the process is killed means sent twice; receivers know the id.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum, auto
from functools import partial

from activitypub.client.deliver import Delivered, Gone, Later, Refused, Result, deliver
from activitypub.errors import ActivityPubError
from activitypub.uris import domain_of
from fedcop.core import budgets, metrics
from fedcop.core.clock import now
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.core.log import bound
from fedcop.core.site import Site, site
from fedcop.core.together import Together
from fedcop.federation import jobs, keyring
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity
from fedcop.federation.peers import presence, servers
from fedcop.federation.sending import destinations
from fedcop.federation.sending.destinations import Failure
from fedcop.federation.sending.parcels import Parcel, Parcels, still_for
from fedcop.federation.sending.wake import Bell, wake_sender

log = logging.getLogger(__name__)

AT_ONCE = budgets.DELIVERED_AT_ONCE  # destinations in flight; a request to a slow peer costs a socket, no thread
SLOW_AT_ONCE = budgets.SLOW_DELIVERIES_AT_ONCE
OF_DOMAIN = budgets.SLOW_DELIVERIES_OF_DOMAIN
SLOW = 0.25  # seconds after which others may begin beside a mailbox that is being served
WAVE = 16  # mailboxes that are begun together: what they need is read in one go
AHEAD = 256  # mailboxes that are claimed in one go; most of them wait here for their turn
RETRIED_AT_ONCE = budgets.RETRIED_DELIVERIES_AT_ONCE
RETRY_EVERY = 0.5  # seconds between two looks whose clocks have run down
WAITS_HERE = 15.0  # seconds at most, for it is promised to nobody else meanwhile; a third of the lease
SETTLED_AT_ONCE = 128  # placeholders in one statement are a few times as many
GATHER = 0.005  # seconds; while many are served, those that end within are put away together
IN_A_ROW = 50  # entries of one mailbox before others get a turn
STUMBLES = (500, 501)  # the server is there, but fails at this
WAS_AWAY = "it was silent for more than a week: before anything goes there, we look whether it is still the same server"
PATIENCE = 5  # failures in a row, some minutes, before what comes after is tried


class Settled:
    """Deliveries that ended at one moment are put away together. `site.part(Settled)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        busy, most = site.part(Busy), SETTLED_AT_ONCE
        self.delivered = Together[tuple[Destination, OutgoingActivity], bool](
            site, "deliveries", destinations.settle_delivered, most=most, patience=busy.patience
        )
        self.failed = Together[Failure, None](
            site, "failed deliveries", destinations.settle_failed, most=most, patience=busy.patience
        )


class Busy:
    """Which mailboxes this process serves, and how many more it may begin. `site.part(Busy)` gives the site's only one."""

    def __init__(self, _site: Site) -> None:
        self._begun: dict[int, float] = {}
        self._domains: dict[int, str] = {}
        self._put_away: set[int] = set()
        self.on_room: Callable[[], None] = lambda: None  # called when there is more room than before

    def __iter__(self) -> Iterator[int]:
        return iter(self._begun)

    def __len__(self) -> int:
        return len(self._begun)

    def begin(self, destination_id: int, domain: str) -> None:
        """Note that one is being served from now on."""
        self._begun[destination_id], self._domains[destination_id] = time.monotonic(), domain

    def end(self, destination_id: int) -> None:
        """Note that it is no longer."""
        self._begun.pop(destination_id, None)
        self._domains.pop(destination_id, None)

    @contextmanager
    def putting_away(self, destination_id: int) -> Iterator[None]:
        """Meanwhile another one may have its place: this one waits for the database only."""
        self._put_away.add(destination_id)
        self.on_room()
        try:
            yield
        finally:
            self._put_away.discard(destination_id)
            if destination_id in self._begun:
                self._begun[destination_id] = time.monotonic()

    def patience(self) -> float:
        """Tell for how many seconds others are waited for before what ended is put away: those that end soon."""
        return GATHER if len(self._begun) - self._aside() >= WAVE else 0.0

    def room(self, *, wanted: int) -> int:
        """Tell how many of those that are wanted may be begun now; none as long as enough end soon to make a wave of them."""
        if not wanted:
            return 0
        aside = self._aside()
        room = max(0, AT_ONCE + min(aside, SLOW_AT_ONCE) - len(self._begun))
        return 0 if room < min(wanted, WAVE) <= len(self._begun) - aside else min(room, wanted)

    def crowded(self, *, silent: float | None = None) -> set[str]:
        """Name the domains whose servers hold as many places for slow ones as a domain may; `silent`: for how many seconds that is slow."""
        before = time.monotonic() - (SLOW if silent is None else silent)
        slow = (one for one, begun in self._begun.items() if begun <= before and one not in self._put_away)
        return {domain for domain, many in Counter(self._domains[one] for one in slow).items() if many >= OF_DOMAIN}

    def _aside(self) -> int:
        before = time.monotonic() - SLOW
        return sum(begun < before or one in self._put_away for one, begun in self._begun.items())


async def run(stop: asyncio.Event) -> None:
    """Empty mailboxes until told to stop; requests in flight are given time to end."""
    async with asyncio.TaskGroup() as group:
        sender = _Sender(group)
        try:
            while not stop.is_set():
                await sender.look()
                await sender.wait()
        finally:
            await sender.give_back()


class _Sender:
    """What is claimed for this process in one go, and begun as there is room: who answered last time first, the others in places of their own."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._bell, self._busy = site().part(Bell), site().part(Busy)
        self._busy.on_room = self._begin
        self._claimed: deque[tuple[int, str]] = deque()
        self._put_off: list[int] = []  # their domains hold enough places
        self._claimed_at = self._retried_at = float("-inf")
        self._retrying: set[int] = set()
        self._passed_over: set[int] = set()  # served when others were looked for: more may wait there since
        self._more = False  # there may be others that are not claimed yet

    async def look(self) -> None:
        """Claim what is due, unless enough is waiting here, and begin."""
        if self._claimed and time.monotonic() - self._claimed_at > WAITS_HERE:
            await self.give_back()
        await self._let_wait()
        self._more = True
        if not self._claimed:
            self._claimed_at = time.monotonic()
            self._claimed.extend(await self._claim(AHEAD, failed=False))
            self._more = len(self._claimed) == AHEAD
        self._begin()
        room = self._busy.room(wanted=RETRIED_AT_ONCE - len(self._retrying))
        if room > 0 and not self._claimed and time.monotonic() - self._retried_at > RETRY_EVERY:
            self._retried_at = time.monotonic()
            for destination_id, domain in await self._claim(room, failed=True):
                if domain in self._busy.crowded(silent=0.0):  # they are not expected to answer
                    self._put_off.append(destination_id)
                    continue
                self._retrying.add(destination_id)
                self._serve(destination_id, domain)
            await self._let_wait()

    async def wait(self) -> None:
        """Until something is published, what was claimed is begun, or some time has passed."""
        await self._bell.wait(SLOW if self._claimed else 1.0)

    async def give_back(self) -> None:
        """Let others have what was claimed and not begun."""
        waiting, self._claimed = [one for one, _domain in self._claimed], deque()
        put_off, self._put_off = self._put_off, []
        try:
            await destinations.release([*waiting, *put_off])
        except Unavailable as error:
            log.error("cannot give mailboxes back: %s", error.__cause__ or error)

    async def _let_wait(self) -> None:
        """Put off those of crowded domains: places go to others meanwhile."""
        some, self._put_off = self._put_off, []
        try:
            await destinations.put_off(some)
        except Unavailable as error:  # they are free again when their lease has run out
            log.error("cannot put mailboxes off: %s", error.__cause__ or error)

    async def _claim(self, limit: int, *, failed: bool) -> list[tuple[int, str]]:
        serving = set(self._busy)
        try:
            found = await destinations.claim_due(limit, running=serving, failed=failed)
        except Unavailable as error:  # the database is away: what waits in it is sent when it is back
            log.error("cannot look for deliveries: %s", error.__cause__ or error)
            return []
        self._passed_over |= serving & set(self._busy)
        return [(one, domain_of(host)) for one, host in found.items()]

    def _begin(self) -> None:
        room, crowded = self._busy.room(wanted=len(self._claimed)), set[str]()
        if room:
            crowded = self._busy.crowded()
        while room and self._claimed:
            destination_id, domain = self._claimed.popleft()
            if domain in crowded:
                self._put_off.append(destination_id)
                continue
            self._serve(destination_id, domain)
            room -= 1
        if self._more and not self._claimed:
            self._bell.rung.set()

    def _serve(self, destination_id: int, domain: str) -> None:
        self._busy.begin(destination_id, domain)
        task = self._group.create_task(serve(destination_id), name=f"deliver to {destination_id}")
        task.add_done_callback(partial(self._served, destination_id))

    def _served(self, destination_id: int, _task: asyncio.Task[bool]) -> None:
        """Make room for the next destinations, and look again where somebody may wait."""
        self._busy.end(destination_id)
        self._retrying.discard(destination_id)
        if destination_id in self._passed_over:
            self._passed_over.discard(destination_id)
            self._bell.rung.set()
        self._begin()


class Then(Enum):
    """What comes after one activity of a mailbox."""

    NEXT = auto()  # the one after it
    EMPTY = auto()  # nothing; the mailbox was given back
    WAIT = auto()  # the mailbox is on its clock, and was given back


async def serve(destination_id: int) -> bool:
    """Send what waits for one destination, oldest first, until it is empty or fails; True if anything was sent."""
    try:
        return await _serve(destination_id)
    except Unavailable as error:  # the database is away: the mailbox is free again when its lease has run out
        log.error("cannot serve a mailbox: %s", error.__cause__ or error)
        return False


async def _serve(destination_id: int) -> bool:
    sent, then = False, Then.NEXT
    try:
        for _ in range(IN_A_ROW):
            parcel = await site().part(Parcels).next(destination_id)
            then = await send(parcel) if parcel is not None else then
            if parcel is None or then is not Then.NEXT:
                break
            sent = True
    except Unavailable:
        raise
    except asyncio.CancelledError:
        await destinations.release([destination_id])
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours with one mailbox must not stop all others
        log.exception("cannot serve the mailbox %d", destination_id)
        await destinations.settle_failed([Failure(destination_id, f"a fault of this server: {type(error).__name__}")])
        return sent
    if then is Then.NEXT:  # else somebody else may hold it by now
        await destinations.release([destination_id])
        wake_sender()
    return sent or then is Then.EMPTY


async def send(parcel: Parcel) -> Then:
    """Deliver one activity and settle it."""
    destination, outgoing = parcel.destination, parcel.outgoing
    if parcel.away:
        await destinations.settle_unseen(destination.id, WAS_AWAY)
        await presence.ask_to_look(destination.host)
        return Then.WAIT
    if parcel.unsent:
        await destinations.settle_refused(destination, outgoing.id, status=None, reason=parcel.unsent)
        return Then.NEXT
    try:
        with bound(activity=outgoing.uri, to=destination.host):
            result = await _deliver(parcel)
    except (ActivityPubError, FedcopError) as error:
        log.warning("cannot send %s to %s: %s", outgoing.uri, destination.inbox, error)
        await destinations.settle_refused(destination, outgoing.id, status=None, reason=str(error))
        return Then.NEXT
    metrics.delivered.labels(type(result).__name__.lower()).inc()
    return await _settle(parcel, result)


async def _settle(parcel: Parcel, result: Result) -> Then:
    destination, outgoing = parcel.destination, parcel.outgoing
    match result:
        case Delivered(scheme=scheme, url=url):
            if scheme != parcel.scheme:
                await servers.learn_scheme(destination.host, scheme)
            with site().part(Busy).putting_away(destination.id):
                more = await site().part(Settled).delivered((destination, outgoing))
            if url != destination.inbox:
                await destinations.moved(destination, url)
            return Then.NEXT if more else Then.EMPTY
        case Refused(status=status, reason=reason):
            await destinations.settle_refused(destination, outgoing.id, status=status, reason=reason)
        case Gone(status=status):
            await destinations.settle_refused(destination, outgoing.id, status=status, reason="the inbox is gone (410)")
            await jobs.inbox_gone(destination.inbox)
        case Later(reason=reason, status=status) if status in STUMBLES and await _is_alone_in_failing(parcel):
            reason = f"{reason}, again and again, and took what came after"
            await destinations.settle_refused(destination, outgoing.id, status=status, reason=reason)
        case Later(reason=reason, retry_after=retry_after):
            with site().part(Busy).putting_away(destination.id):
                await site().part(Settled).failed(Failure(destination.id, reason, retry_after))
            return Then.WAIT
    return Then.NEXT


async def _deliver(parcel: Parcel) -> Result:
    if parcel.signer is None:
        raise ValueError("who signs nothing sends nothing")
    return await deliver(
        site().transport,
        parcel.destination.inbox,
        bytes(parcel.outgoing.body),
        signer=parcel.signer,
        scheme=parcel.scheme,
        now=now(),
    )


async def _is_alone_in_failing(parcel: Parcel) -> bool:
    """Whether a server that stumbles over an activity time and again takes the next one: then it is the activity.

    GoToSocial answers what it thinks wrong with 500; one such word must not keep all others waiting for a month.
    """
    destination = parcel.destination
    after = MailboxEntry.filter(destination_id=destination.id, outgoing_id__gt=parcel.outgoing.id)
    following = await after.order_by("outgoing_id").select_related("outgoing").first()
    if destination.failures < PATIENCE or following is None:
        return False
    signers = await keyring.signers_of([following.outgoing.sender_id])
    allowed = await still_for(following.outgoing, [destination.host])
    if not signers or not allowed:
        return False
    result = await _deliver(replace(parcel, outgoing=following.outgoing, signer=signers[following.outgoing.sender_id]))
    if isinstance(result, Delivered):
        await destinations.settle_delivered([(destination, following.outgoing)])
    return isinstance(result, Delivered)


async def settle() -> int:
    """Send all that is due, once, without a loop; for tests and for `fedcop queue --now`. Gives how many mailboxes were served."""
    served = 0
    while claimed := await destinations.claim_due(AT_ONCE):
        for destination_id in claimed:
            served += await serve(destination_id)
    return served

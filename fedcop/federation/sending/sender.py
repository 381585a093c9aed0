"""The loop that empties mailboxes: many destinations at once, one request in flight for each, in order.

A dead server holds nobody else up: it costs one request per tick of its own clock, and one that is slow no longer counts as
busy. What several inboxes take at one moment is read and settled together. Sent but not yet settled when
the process is killed means sent twice; receivers know the id.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from dataclasses import replace
from enum import Enum, auto
from functools import partial

from activitypub.client.deliver import Delivered, Gone, Later, Refused, Result, deliver
from activitypub.errors import ActivityPubError
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
from fedcop.federation.sending.parcels import Parcel, Parcels, still_for
from fedcop.federation.sending.wake import Bell

log = logging.getLogger(__name__)

AT_ONCE = budgets.DELIVERED_AT_ONCE  # destinations in flight; a request to a slow peer costs a socket, no thread
SLOW_AT_ONCE = budgets.SLOW_DELIVERIES_AT_ONCE
SLOW = 1.0  # seconds after which others may begin beside a mailbox that is being served
IN_A_ROW = 50  # entries of one mailbox before others get a turn
STUMBLES = (500, 501)  # the server is there, but fails at this
WAS_AWAY = "it was silent for more than a week: before anything goes there, we look whether it is still the same server"
PATIENCE = 5  # failures in a row, some minutes, before what comes after is tried


class Settled:
    """Deliveries that were made at one moment are put away together. `site.part(Settled)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self.delivered = Together[tuple[Destination, OutgoingActivity], bool](
            site, "deliveries", destinations.settle_delivered, most=AT_ONCE
        )


async def run(stop: asyncio.Event) -> None:
    """Empty mailboxes until told to stop; requests in flight are given time to end."""
    bell = site().part(Bell)
    running: dict[int, float] = {}  # when each began
    async with asyncio.TaskGroup() as group:
        while not stop.is_set():
            room = _room(running.values())
            claimed = await _claimed(room, running) if room else []
            for destination_id in claimed:
                running[destination_id] = time.monotonic()
                task = group.create_task(serve(destination_id), name=f"deliver to {destination_id}")
                task.add_done_callback(partial(_served, running, destination_id, bell))
            if not claimed or not room:
                await bell.wait(1.0)


def _room(begun: Collection[float]) -> int:
    """How many mailboxes may be begun beside those that are being served."""
    slow = sum(one < time.monotonic() - SLOW for one in begun)
    return max(0, AT_ONCE + min(slow, SLOW_AT_ONCE) - len(begun))


async def _claimed(room: int, running: Collection[int]) -> list[int]:
    try:
        return await destinations.claim_due(room, running=running)
    except Unavailable as error:  # the database is away: what waits in it is sent when it is back
        log.error("cannot look for deliveries: %s", error.__cause__ or error)
        return []


def _served(running: dict[int, float], destination_id: int, bell: Bell, _task: asyncio.Task[bool]) -> None:
    """Make room for the next destination, and look for it at once."""
    running.pop(destination_id, None)
    bell.rung.set()


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
        await destinations.release(destination_id)
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours with one mailbox must not stop all others
        log.exception("cannot serve the mailbox %d", destination_id)
        await destinations.settle_later(destination_id, f"a fault of this server: {type(error).__name__}", None)
        return sent
    if then is Then.NEXT:  # else somebody else may hold it by now
        await destinations.release(destination_id)
    return sent or then is Then.EMPTY


async def send(parcel: Parcel) -> Then:
    """Deliver one activity and settle it."""
    destination, outgoing = parcel.destination, parcel.outgoing
    if await presence.is_away(destination.host):
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
            await destinations.settle_later(destination.id, reason, retry_after)
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

"""The loop that empties mailboxes: many destinations at once, one request in flight for each, in order.

A dead server holds nobody else up: it costs one request per tick of its own clock. Sent but not yet settled when
the process is killed means sent twice; receivers know the id.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from activitypub.client.deliver import Delivered, Gone, Later, Refused, Result, deliver
from activitypub.errors import ActivityPubError
from activitypub.signatures import Scheme
from fedcop.actors.models import Actor
from fedcop.core import budgets, metrics
from fedcop.core.clock import now
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.core.log import bound
from fedcop.core.site import site
from fedcop.federation import destinations, jobs, keyring, servers
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity
from fedcop.federation.wake import Bell

log = logging.getLogger(__name__)

AT_ONCE = budgets.DELIVERED_AT_ONCE  # destinations in flight; a request to a slow peer costs a socket, no thread
IN_A_ROW = 50  # entries of one mailbox before others get a turn
STUMBLES = (500, 501)  # the server is there, but fails at this
PATIENCE = 5  # failures in a row, some minutes, before what comes after is tried


async def run(stop: asyncio.Event) -> None:
    """Empty mailboxes until told to stop; requests in flight are given time to end."""
    bell = site().part(Bell)
    running: dict[int, asyncio.Task[bool]] = {}
    async with asyncio.TaskGroup() as group:
        while not stop.is_set():
            room = AT_ONCE - len(running)
            claimed = await _claimed(room) if room else []
            for destination_id in claimed:
                task = group.create_task(serve(destination_id), name=f"deliver to {destination_id}")
                running[destination_id] = task
                task.add_done_callback(partial(_served, running, destination_id, bell))
            if not claimed or not room:
                await bell.wait(1.0)


async def _claimed(room: int) -> list[int]:
    try:
        return await destinations.claim_due(room)
    except Unavailable as error:  # the database is away: what waits in it is sent when it is back
        log.error("cannot look for deliveries: %s", error.__cause__ or error)
        return []


def _served(running: dict[int, asyncio.Task[bool]], destination_id: int, bell: Bell, _task: asyncio.Task[bool]) -> None:
    """Make room for the next destination, and look for it at once."""
    running.pop(destination_id, None)
    bell.rung.set()


async def serve(destination_id: int) -> bool:
    """Send what waits for one destination, oldest first, until it is empty or fails; True if anything was sent."""
    try:
        destination = await Destination.get_or_none(id=destination_id)
        return destination is not None and await _serve(destination)
    except Unavailable as error:  # the database is away: the mailbox is free again when its lease has run out
        log.error("cannot serve a mailbox: %s", error.__cause__ or error)
        return False


async def _serve(destination: Destination) -> bool:
    sent = False
    try:
        for _ in range(IN_A_ROW):
            entry = await MailboxEntry.filter(destination_id=destination.id).order_by("outgoing_id").first()
            if entry is None or await servers.is_paused(destination.host) or not await send_one(destination, entry):
                break
            sent = True
    except Unavailable:
        raise
    except asyncio.CancelledError:
        await destinations.release(destination.id)
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours with one mailbox must not stop all others
        log.exception("cannot serve %s", destination.inbox)
        await destinations.settle_later(destination, f"a fault of this server: {type(error).__name__}", None)
    else:
        await destinations.release(destination.id)
    return sent


async def send_one(destination: Destination, entry: MailboxEntry) -> bool:
    """Deliver one entry and settle it; False when the mailbox has to wait."""
    outgoing = await OutgoingActivity.get_or_none(id=entry.outgoing_id)
    sender = await Actor.get_or_none(id=outgoing.sender_id) if outgoing else None
    if outgoing is None or sender is None:
        await destinations.settle_refused(destination, entry, status=None, reason="the sender no longer exists")
        return True
    if not await servers.may_talk(destination.host):
        await destinations.settle_refused(destination, entry, status=None, reason="we do not talk to this server")
        return True
    if not await is_still_for(outgoing, destination.host):
        await destinations.settle_refused(destination, entry, status=None, reason="nobody there may read it any more")
        return True
    server = await servers.server(destination.host)
    try:
        with bound(activity=outgoing.uri, to=destination.host):
            result = await _deliver(destination, outgoing, sender, Scheme(server.scheme))
    except (ActivityPubError, FedcopError) as error:
        log.warning("cannot send %s to %s: %s", outgoing.uri, destination.inbox, error)
        await destinations.settle_refused(destination, entry, status=None, reason=str(error))
        return True
    metrics.delivered.labels(type(result).__name__.lower()).inc()
    match result:
        case Delivered(scheme=scheme, url=url):
            if scheme != server.scheme:
                await servers.learn_scheme(destination.host, scheme)
            await destinations.settle_delivered(destination, entry, outgoing)
            if url != destination.inbox:
                await destinations.moved(destination, url)
                return False
            return True
        case Refused(status=status, reason=reason):
            await destinations.settle_refused(destination, entry, status=status, reason=reason)
            return True
        case Gone(status=status):
            await destinations.settle_refused(destination, entry, status=status, reason="the inbox is gone (410)")
            await jobs.inbox_gone(destination.inbox)
            return True
        case Later(reason=reason, status=status) if status in STUMBLES and await _is_alone_in_failing(
            destination, entry
        ):
            reason = f"{reason}, again and again, and took what came after"
            await destinations.settle_refused(destination, entry, status=status, reason=reason)
            return True
        case Later(reason=reason, retry_after=retry_after):
            await destinations.settle_later(destination, reason, retry_after)
            return False


async def is_still_for(outgoing: OutgoingActivity, host: str) -> bool:
    """Ask the features once more: rights may have ended since it was put into the mailbox."""
    for feature in site().features:
        for may_leave in feature.sendable:
            if not await may_leave(outgoing, host):
                return False
    return True


async def _deliver(destination: Destination, outgoing: OutgoingActivity, sender: Actor, scheme: Scheme) -> Result:
    signer = await keyring.signer_for(sender)
    return await deliver(
        site().transport, destination.inbox, bytes(outgoing.body), signer=signer, scheme=scheme, now=now()
    )


async def _is_alone_in_failing(destination: Destination, entry: MailboxEntry) -> bool:
    """Whether a server that stumbles over an activity time and again takes the next one: then it is the activity.

    GoToSocial answers what it thinks wrong with 500; one such word must not keep all others waiting for a month.
    """
    after = MailboxEntry.filter(destination_id=destination.id, outgoing_id__gt=entry.outgoing_id)
    following = await after.order_by("outgoing_id").select_related("outgoing").first()
    if destination.failures < PATIENCE or following is None:
        return False
    sender = await Actor.get_or_none(id=following.outgoing.sender_id)
    server = await servers.server(destination.host)
    if sender is None or not await is_still_for(following.outgoing, destination.host):
        return False
    result = await _deliver(destination, following.outgoing, sender, Scheme(server.scheme))
    if isinstance(result, Delivered):
        await destinations.settle_delivered(destination, following, following.outgoing)
    return isinstance(result, Delivered)


async def settle() -> int:
    """Send all that is due, once, without a loop; for tests and for `fedcop queue --now`. Gives how many mailboxes were served."""
    served = 0
    while claimed := await destinations.claim_due(AT_ONCE):
        for destination_id in claimed:
            served += await serve(destination_id)
    return served

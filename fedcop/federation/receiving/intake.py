"""process(): the second half of receiving, in the worker. Late keys, the table of guards, dispatch, and what came of it.

A poisonous item is kept with its reason and holds nobody else up; `replay` does it again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError

from activitypub.client.fetch import Budget
from activitypub.errors import BadDocument, BadUri, FetchFailed, Gone
from activitypub.signatures import proof_created
from activitypub.signatures.canonical import read_strict
from activitypub.uris import host_of
from activitypub.verify import Genuine, KeyNeeded, Refused
from activitypub.vocab import Activity, Create, Delete, Update, parse
from fedcop.actors import queries as actors
from fedcop.core import asked, clock, metrics, retention
from fedcop.core.behind import Kind, Said, later
from fedcop.core.database import UNSYNCED, NotInside, atomic, dialect, execute, in_transaction, one_by_one
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.core.feature import name_of
from fedcop.core.jobs import enqueue, ordered
from fedcop.core.log import bound
from fedcop.core.site import site
from fedcop.federation.dispatcher import Dispatcher
from fedcop.federation.facts import DeliveryAccepted
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Forget, Ignore, Inbound, Outcome, Refuse, TryAgain
from fedcop.federation.jobs import KEPT
from fedcop.federation.models import InboxItem
from fedcop.federation.peers import presence
from fedcop.federation.receiving import guards, inbox, late_keys

log = logging.getLogger(__name__)

# Seconds until the next attempt when something could not be had; about two days in all. The first ones are short: a server
# that restarts is back in seconds, and a whole conversation may wait for the key of one of its people.
PAUSES = (3, 10, 30, 60, 300, 1_800, 7_200, 28_800, 43_200, 86_400)
FAILED = "failed"
WAITING = "waiting"


@ordered
async def process(fact: DeliveryAccepted) -> None:
    """Do a received activity once; those of one server one after the other."""
    if await late_keys.fetch_for([fact.item_id]) and await site().many[name_of(process)]([fact]):
        return  # a stranger's, now known: in one transaction, like a round of several
    await attempt(fact.item_id, 0)


async def process_again(item_id: int, attempts: int) -> None:
    """Do an activity that could not be done before; outside its server's lane, so that it holds up nobody."""
    await attempt(item_id, attempts)
    item = await InboxItem.get_or_none(id=item_id)
    if item is not None and item.outcome == Outcome.DONE:
        await _hurry(_lane_of(item))


async def replay(item_id: int) -> None:
    """Do an activity again that had failed: somebody asked for it."""
    await InboxItem.filter(id=item_id, outcome=FAILED).update(outcome=WAITING, reason="")
    await attempt(item_id, len(PAUSES))


async def attempt(item_id: int, attempts: int) -> None:
    """Do one item and note what came of it."""
    item = await InboxItem.get_or_none(id=item_id)
    if item is not None:
        await attempt_item(item, attempts)


async def attempt_item(item: InboxItem, attempts: int, activity: Activity | None = None) -> None:
    """Do one item that was just loaded; `activity`: what was read of it already."""
    if item.outcome == WAITING:
        with bound(activity=item.uri):
            await _attempted(item, attempts, activity)


async def _attempted(item: InboxItem, attempts: int, activity: Activity | None) -> None:
    try:
        outcome, reason, forgotten = await _judged(item, activity), "", {}
    except NotInside:  # done in a round with others, it wants what it may do alone only
        raise
    except TryAgain as again:
        await _postpone(item, again.reason, attempts)
        return
    except Exception as error:  # noqa: BLE001 - what a stranger sends may hit any mistake of ours and must not hold up the rest
        log.exception("received activity %s (%s) failed", item.uri, item.id)
        await _close(item, FAILED, f"{type(error).__name__}: {error}")
        return
    if isinstance(outcome, Ignore | Refuse):
        reason = outcome.reason
        forgotten = {"body": b""} if isinstance(outcome, Forget) else {}
        outcome = Outcome.IGNORED if isinstance(outcome, Ignore) else Outcome.REFUSED
    await _close(item, outcome, reason, **forgotten)


async def _judged(item: InboxItem, activity: Activity | None) -> Outcome | Ignore | Refuse:
    """Verify, guard and dispatch; every expected failure becomes a verdict."""
    try:
        return await _dispatched(item, activity)
    except (Ignore, Refuse) as verdict:
        return verdict
    except FetchFailed as error:
        if error.permanent:
            return Refuse(error.reason)
        raise TryAgain(error.reason) from error
    except Unavailable as error:
        raise TryAgain(str(error)) from error
    except IntegrityError as error:  # two at the same moment wanted the same row: the second finds it there next time
        raise TryAgain(f"{type(error).__name__}: {error}") from error
    except (FedcopError, BadDocument, BadUri) as error:
        return Refuse(str(error))


async def _dispatched(item: InboxItem, read: Activity | None) -> Outcome:
    budget = Budget()
    activity = read or parse(bytes(item.body))
    if not isinstance(activity, Activity):
        raise Refuse("this is no activity")
    if not item.genuine:
        await _verify_late(item, activity, budget)
    if not await presence.signed(item.host, item.key_id):
        raise TryAgain("its server was away, and nobody there has signed yet with a key that we had before")
    signer = await resolver.actor(item.actor_uri, budget=budget)
    case = guards.Case(activity, signer, bytes(item.body), budget)
    found = await guards.check(case)
    if found.how == "proof":
        await _must_be_new(activity, found.body)
    if item.uri.startswith(inbox.PROVISIONAL) and found.how in ("signature", "proof"):
        await _take_its_id(item, activity.id or "")
    inbound = Inbound(
        activity=found.activity,
        actor=found.actor,
        body=found.body,
        signer=signer,
        received_at=item.received_at,
        proven=found.proven,
        budget=budget,
        kept_as=item.uri if item.uri.startswith(inbox.AGAIN) else "",
    )
    return await site().part(Dispatcher).dispatch(inbound)


async def _must_be_new(activity: Activity, body: bytes) -> None:
    """What somebody else carries counts while we still know what came before: an old word, brought again, does nothing.

    What posts say is told by its own time, and what is deleted stays so.
    """
    if isinstance(activity, Create | Update | Delete):
        return
    made = proof_created(read_strict(body))
    if made is None or made < await retention.border(KEPT):
        raise Ignore("it was said too long ago to be carried here by somebody else")


async def _verify_late(item: InboxItem, activity: Activity, budget: Budget) -> None:
    """Fetch the key that was missing, then verify as of the moment when the request came."""
    request = inbox.unpacked(item)
    outcome = await inbox.verify_at(request, item.received_at)
    if isinstance(outcome, KeyNeeded):
        await _fetch_key(item, activity, budget)
        outcome = await inbox.verify_at(request, item.received_at)
    if isinstance(outcome, Refused):
        raise Refuse(outcome.reason)
    if not isinstance(outcome, Genuine):
        raise Refuse("the key cannot be had")
    item.genuine, item.actor_uri, item.request = True, outcome.actor, {}
    await item.save(update_fields=["genuine", "actor_uri", "request"])


async def _fetch_key(item: InboxItem, activity: Activity, budget: Budget) -> None:
    try:
        site().part(late_keys.Missed).raise_for(item.id)
        await remote_actors.refresh_key(item.key_id, budget)
    except Gone as error:
        # An account that is gone cannot show its key any more: its server's word is enough (attacks A29, A30).
        known = await actors.by_uri(activity.actor_id or "")
        own = isinstance(activity, Delete) and known is not None and activity.object_id == known.uri
        if own and known is not None and await remote_actors.check_gone(known, budget):
            raise Ignore("the account's server says that it is gone; it has been buried") from error
        raise Refuse("the key is gone") from error


async def _take_its_id(item: InboxItem, uri: str) -> None:
    """Now that it is proven, the item may bear the activity's id; a second copy of it is not done again."""
    if await InboxItem.filter(uri=uri).exclude(id=item.id).exists():
        raise Ignore("this activity came before")
    item.uri = uri
    await item.save(update_fields=["uri"])


@atomic
async def _postpone(item: InboxItem, reason: str, attempts: int) -> None:
    if attempts >= len(PAUSES):
        await _close(item, FAILED, reason)
        return
    await InboxItem.filter(id=item.id).update(reason=reason)
    due = clock.now() + timedelta(seconds=PAUSES[attempts])
    await enqueue(process_again, {"item_id": item.id, "attempts": attempts + 1}, due=due, lane=_lane_of(item))


def _lane_of(item: InboxItem) -> str:
    """Name what a postponed activity waits for: the server of the person whose activity it is, in the end."""
    try:
        activity = parse(bytes(item.body))
        inner = activity.object if isinstance(activity, Activity) else None
        actor = inner.actor_id if isinstance(inner, Activity) else getattr(activity, "actor_id", None)
        return f"again:{host_of(actor or '')}"[:200]
    except (BadDocument, BadUri):
        return f"again:{item.host}"[:200]


async def _hurry(lane: str) -> None:
    """Do at once what waits for a server that has just answered."""
    moment = clock.now()
    query = "UPDATE job SET due_at = ? WHERE lane = ? AND due_at > ? AND failed_at IS NULL AND leased_until IS NULL"
    if await execute(query, moment, lane, moment):
        site().runner.wake()


async def _close(item: InboxItem, outcome: str, reason: str, **more: bytes) -> None:
    with asked.keeping():  # nobody who judges asks what became of a delivery
        await _note(item, outcome, reason, **more)
    metrics.judged.labels(str(outcome)).inc()


async def _note(item: InboxItem, outcome: str, reason: str, **more: bytes) -> None:
    noted = _Noted(item.id, str(outcome), reason[:2000], clock.now())
    if more:
        await _note_changed(noted, more)
    else:
        await later(NOTED, noted)


@dataclass(frozen=True)
class _Noted:
    item_id: int
    outcome: str
    reason: str
    at: datetime


@atomic
async def _note_changed(noted: _Noted, more: Mapping[str, bytes]) -> None:
    await InboxItem.filter(id=noted.item_id).update(**more)
    await later(NOTED, noted)


async def _said(noted: Sequence[_Noted]) -> list[Said]:
    became: dict[tuple[str, str], list[_Noted]] = {}
    for one in noted:
        became.setdefault((one.outcome, one.reason), []).append(one)
    query = "UPDATE inbox_item SET outcome = ?, reason = ?, finished_at = ? WHERE id IN (?)"
    if dialect() == "postgres" and not in_transaction():
        # Where the power fails before it is on the disk, its job is there as well, which finds what was done.
        query += f" AND {UNSYNCED} = 'off'"
    return [Said(query, [*pair, some[-1].at, [one.item_id for one in some]]) for pair, some in became.items()]


NOTED = Kind(frozenset({"inbox_item"}), 40, one_by_one(_said), _said)

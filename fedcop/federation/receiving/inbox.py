"""accept(): the first half of receiving. Verifies with the keys we know, stores once, answers at once.

All of the engine that web/ calls when something is delivered. Never fetches, never dispatches: intake.py does.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from activitypub import mime
from activitypub.errors import BadDocument
from activitypub.signatures import Scheme, SignedRequest, accept_signature, proof_method
from activitypub.signatures.canonical import read_strict
from activitypub.uris import domain_of, host_of, same_origin
from activitypub.verify import Genuine, KeyNeeded, Refused, check_delivery, check_with
from activitypub.vocab import Activity, Delete, EmojiReact, Like, Update, parse
from fedcop.actors import queries as actors
from fedcop.core import budgets, clock, facts
from fedcop.core.database import atomic, rows
from fedcop.core.siblings import Siblings
from fedcop.core.site import Site, site
from fedcop.federation import keyring
from fedcop.federation.facts import KeyDoubted
from fedcop.federation.models import InboxItem
from fedcop.federation.peers import presence
from fedcop.federation.peers.policies import Policies
from fedcop.federation.receiving.arrivals import SIGNED, Arrival, Arrivals
from fedcop.federation.sending import destinations
from fedcop.federation.sending.wake import wake_sender
from fedcop.federation.shape import SHAPE, could_be_carried
from fedcop.federation.verdicts import Verdict

MAX_BODY = budgets.INBOX_BYTES
# deliveries of one server that wait for its keys; more are told to come later
WAITING_FOR_KEYS = budgets.WAITING_FOR_KEYS
# By the index that has these rows only: counted for each delivery of strangers, however many wait.
UNPROVEN = (
    "SELECT COUNT(*) AS below, COUNT(CASE WHEN host = ? THEN 1 END) AS own FROM inbox_item"
    " WHERE domain = ? AND NOT genuine AND finished_at IS NULL"
)
PROVISIONAL = "unverified:"
# What came before under its id: corrections, since GoToSocial gives all of one post the same, and likes, since NodeBB gives one person's of
# one post the same, taken back in between or not. A like counts again if it was signed later: else whoever kept the request could bring it back.
AGAIN = "again:"
# Deliveries of one server in a row, and how fast that is refilled.
BURST, PER_SECOND = budgets.DELIVERIES_IN_A_ROW, budgets.DELIVERIES_A_SECOND
# names below a domain cost nothing: all of them together have what so many servers have (attacks E28)
NEIGHBOURS = budgets.SERVERS_OF_A_DOMAIN
TOPIC = "pace"
HEARD_AGAIN = 1.0  # seconds in which a server that speaks to us is no news
DOUBT_AGAIN = budgets.DOUBT_AGAIN_SECONDS  # seconds between two looks at a key that did not fit


@dataclass(frozen=True)
class Answer:
    """What the sender is told: a status, and a code for the people who read its logs."""

    status: int
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


ACCEPTED = Answer(202)


class Pace:
    """How fast each server may deliver, and when its keys were last doubted; bounded, forgets who was quiet."""

    SIZE = 20_000

    def __init__(self, of: Site) -> None:
        self._siblings = of.part(Siblings)
        self._siblings.hear(TOPIC, self._used)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._doubted: OrderedDict[str, float] = OrderedDict()
        self._heard: OrderedDict[str, float] = OrderedDict()

    def allows(self, host: str, *, proven: bool) -> bool:
        """Take one token of a server's bucket, and one of its domain's. What only claims to be of a server takes from others."""
        names = self._names("" if proven else "?", host)
        taken = all(self._take(name, times) for name, times in names.items())
        if taken:
            self._siblings.used(TOPIC, next(iter(names)))
        return taken

    @staticmethod
    def _names(claim: str, host: str) -> dict[str, int]:
        return {claim + host: 1, f"{claim}*.{domain_of(host)}": NEIGHBOURS}

    def _take(self, name: str, times: int) -> bool:
        left = self._left(name, times)
        self._keep(name, max(min(left, 0.0), left - 1))
        return left >= 1

    def _used(self, told: Mapping[str, int]) -> None:
        """Take what a server delivered to other processes of ours: below nothing, so that what all allow together is what one would."""
        for key, count in told.items():
            host = key.removeprefix("?")
            for name, times in self._names(key.removesuffix(host), host).items():
                self._keep(name, max(-BURST * times, self._left(name, times) - count))

    def _left(self, name: str, times: int) -> float:
        most, now = BURST * times, time.monotonic()
        left, at = self._buckets.get(name, (most, now))
        return min(most, left + (now - at) * PER_SECOND * times)

    def _keep(self, name: str, left: float) -> None:
        self._buckets[name] = (left, time.monotonic())
        self._buckets.move_to_end(name)
        if len(self._buckets) > self.SIZE:
            self._buckets.popitem(last=False)

    def may_be_news(self, host: str) -> bool:
        """Tell, at most once a second for each server, that it speaks to us: its mailboxes may have waited for that."""
        now = time.monotonic()
        if now - self._heard.get(host, float("-inf")) < HEARD_AGAIN:
            return False
        self._heard[host] = now
        self._heard.move_to_end(host)
        if len(self._heard) > self.SIZE:
            self._heard.popitem(last=False)
        return True

    def may_doubt(self, key_id: str) -> bool:
        """Tell, at most once in five minutes for each key, that it may be looked at again."""
        now = time.monotonic()
        if now - self._doubted.get(key_id, float("-inf")) < DOUBT_AGAIN:
            return False
        self._doubted[key_id] = now
        self._doubted.move_to_end(key_id)
        if len(self._doubted) > self.SIZE:
            self._doubted.popitem(last=False)
        return True


async def waiting() -> int:
    """Count the received activities that are not done yet."""
    return await InboxItem.filter(outcome="waiting").count()


async def accept(request: SignedRequest) -> Answer:
    """Take one delivery: 202 stored or not wanted, 400 malformed, 401 not genuine, 413, 415, 429."""
    if len(request.body) > MAX_BODY:
        return Answer(413, "too-large")
    if not mime.is_deliverable(request.header("content-type")):
        return Answer(415, "content-type")
    outcome = await verify(request)
    if isinstance(outcome, Refused):
        return await _refused(outcome)
    try:
        activity = _read(request.body)
    except (BadDocument, Verdict) as error:
        return Answer(400, f"malformed: {error}")
    signed_by = outcome.actor if isinstance(outcome, Genuine) else ""
    host = host_of(signed_by or outcome.key_id)
    if not await _is_welcome(host, activity):
        return ACCEPTED
    if not site().part(Pace).allows(host, proven=isinstance(outcome, Genuine)):
        return Answer(429, "too-many", {"Retry-After": "10"})
    if isinstance(outcome, KeyNeeded):
        return await _store_unverified(request, activity, outcome.key_id, host)
    await presence.signed(host, outcome.key_id)
    if site().part(Pace).may_be_news(host) and await destinations.heard_from(host):
        wake_sender()
    if activity.actor_id == signed_by:
        return await _store(request, activity, outcome, proven=True)
    if _may_be_carried(activity, request.body):
        return await _store(request, activity, outcome, proven=False)
    return _unsigned("signer-is-not-actor")


async def verify(request: SignedRequest) -> Genuine | KeyNeeded | Refused:
    """Check a delivery with the keys we know."""
    return await verify_at(request, clock.now())


async def verify_at(request: SignedRequest, moment: datetime) -> Genuine | KeyNeeded | Refused:
    """Check a delivery as of the moment when it came."""
    settings = site().settings
    # In two steps: the check cannot wait for the database.
    found = check_delivery(
        request, lambda _key_id: None, now=moment, hosts={settings.netloc}, allow_local=settings.development
    )
    if isinstance(found, KeyNeeded) and (key := await keyring.key_of(found.key_id)) is not None:
        return check_with(request, found, key)
    return found


def _read(body: bytes) -> Activity:
    activity = parse(body)
    if not isinstance(activity, Activity):
        raise BadDocument("this is no activity")
    for check in SHAPE:
        check(activity)
    return activity


async def _is_welcome(host: str, activity: Activity) -> bool:
    """Blocked servers do not learn that they are; deletions of what we never knew are the noise of the network (attacks E26)."""
    policies = site().part(Policies)
    if not await policies.may_talk(host) or not await policies.may_talk(host_of(activity.actor_id or "")):
        return False
    return not isinstance(activity, Delete) or await actors.by_uri(activity.actor_id or "") is not None


def _may_be_carried(activity: Activity, body: bytes) -> bool:
    """Somebody else's activity counts only with its author's proof, or where the object's server can be asked (attacks A21)."""
    method = proof_method(read_strict(body))
    if method is not None and same_origin(method, activity.actor_id or ""):
        return True
    return could_be_carried(activity)


async def _refused(outcome: Refused) -> Answer:
    if outcome.key_id is not None and site().part(Pace).may_doubt(outcome.key_id):
        await _doubt(outcome.key_id)
    if outcome.status == 401:
        return _unsigned(outcome.code)
    return Answer(outcome.status, outcome.code)


def _unsigned(code: str) -> Answer:
    wanted = accept_signature(with_body=True)
    return Answer(401, code, {"Accept-Signature": wanted, "WWW-Authenticate": "Signature"})


@atomic
async def _doubt(key_id: str) -> None:
    key = await keyring.key_of(key_id)
    if key is not None:
        await facts.record(KeyDoubted(key.owner))


async def _store_unverified(request: SignedRequest, activity: Activity, key_id: str, host: str) -> Answer:
    [waits] = await rows(UNPROVEN, host, domain_of(host))
    if waits["own"] >= WAITING_FOR_KEYS or waits["below"] >= WAITING_FOR_KEYS * NEIGHBOURS:
        return Answer(429, "too-many-unknown-keys", {"Retry-After": "60"})
    return await _store(request, activity, KeyNeeded(key_id, Scheme.CAVAGE), proven=False)


async def _store(request: SignedRequest, activity: Activity, outcome: Genuine | KeyNeeded, *, proven: bool) -> Answer:
    # Only what is proven may occupy an activity's id: else a stranger could burn it (attacks B12).
    uri, again, signed_at = activity.id or "", "", None
    if not proven:
        uri = PROVISIONAL + _digest(outcome.key_id, request.body)
    elif isinstance(activity, Update):
        again = AGAIN + _digest(uri, request.body)
    elif isinstance(activity, Like | EmojiReact) and isinstance(outcome, Genuine) and outcome.claim is not None:
        signed_at = outcome.claim.signed_at(request)
        again = AGAIN + _digest(f"{uri} {signed_at.isoformat()}", request.body)
    signed = isinstance(outcome, Genuine)
    arrival = Arrival(
        uri=uri,
        actor_uri=outcome.actor if isinstance(outcome, Genuine) else activity.actor_id or "",
        host=host_of(outcome.key_id),
        domain="" if signed else domain_of(host_of(outcome.key_id)),
        key_id=outcome.key_id,
        genuine=signed,
        request=_packed(request) if not signed else {SIGNED: signed_at.isoformat()} if signed_at else {},
        body=request.body,
        received_at=clock.now(),
        again=again,
        signed_at=signed_at,
    )
    await site().part(Arrivals).store(arrival)
    return ACCEPTED


def _digest(name: str, body: bytes) -> str:
    return hashlib.sha256(name.encode() + b"\0" + body).hexdigest()


def _packed(request: SignedRequest) -> dict[str, object]:
    return {"method": request.method, "target": request.target, "headers": [list(pair) for pair in request.headers]}


def unpacked(item: InboxItem) -> SignedRequest:
    """Give a stored request again, to verify it once its key is known."""
    headers = tuple((str(name), str(value)) for name, value in item.request["headers"])
    return SignedRequest(item.request["method"], item.request["target"], headers, bytes(item.body))

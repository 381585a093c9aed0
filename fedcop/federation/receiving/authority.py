"""Who vouches for an activity? The one place that answers, for every way an activity can reach us.

Equality of the actor's id counts, never of the host alone; what a stranger carries counts only if its author's proof
or its author's own server says the same (federation.md 1.2.4, 3.3 step 10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from activitypub.client.fetch import Budget
from activitypub.errors import FetchFailed, Gone, Missing
from activitypub.signatures import proof_method, verify_proof
from activitypub.signatures.canonical import read_strict
from activitypub.uris import host_of, same_origin
from activitypub.vocab import (
    Accept,
    Activity,
    Add,
    Announce,
    Block,
    ChooseAnswer,
    Create,
    Delete,
    Dislike,
    EmojiReact,
    Flag,
    Follow,
    Invite,
    Join,
    Leave,
    Like,
    Lock,
    Move,
    Offer,
    PollVote,
    QuoteRequest,
    Reject,
    Remove,
    TentativeAccept,
    Undo,
    Update,
    Warn,
)
from fedcop.actors.models import Actor
from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.federation import keyring, known
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Ignore, Inbound, Refuse, TryAgain
from fedcop.federation.peers import servers
from fedcop.federation.shape import SHAPE, has_object_of_its_actors_server

REFETCHED = (Create, Update)
VOTES = (Like, Dislike, EmojiReact, PollVote)
BETWEEN_TWO = (Announce, Flag, Follow, Join, Leave, Invite, Offer, Accept, Reject, TentativeAccept, QuoteRequest, Warn)
"""Nothing of a conversation: who means it tells whom it concerns. In an Announce it could only be an old word, brought again."""
MODERATION = (Lock, Add, Remove, Block, ChooseAnswer)


@dataclass(frozen=True)
class Established:
    """An activity with somebody who stands for it. `how`: signature, proof, refetched, same host, attested."""

    activity: Activity
    actor: Actor
    proven: bool
    how: str
    body: bytes


async def establish(activity: Activity, *, signer: Actor, body: bytes, budget: Budget) -> Established:
    """Settle who vouches for an activity that was delivered directly or forwarded; Refuse if nobody does."""
    if activity.actor_id == signer.uri:
        return Established(activity, signer, True, "signature", body)
    actor = await _author(activity, budget)
    if await has_proof(body, actor, budget):
        return Established(activity, actor, True, "proof", body)
    return await _by_its_origin(activity, actor, body, budget)


async def establish_wrapped(inbound: Inbound, activity: Activity) -> Established:
    """Settle who vouches for an activity that a group announces: its author, its author's server, or only the group.

    With `how` "attested" the caller judges: votes count as the group's word, moderators must be on the group's list, and both
    in that group's own affairs alone.
    """
    group, budget = inbound.actor, inbound.budget
    if isinstance(activity, BETWEEN_TWO) or await _undoes_such(activity):
        raise Refuse("such an activity cannot come inside an Announce")
    _check_shape(activity, group)
    body = _inner_bytes(inbound.body, activity.id or "")
    actor = await _author(activity, budget)
    if same_origin(actor.uri, group.uri):
        return Established(activity, actor, True, "same host", body)
    if await has_proof(body, actor, budget):
        return Established(activity, actor, True, "proof", body)
    if isinstance(activity, VOTES) or (isinstance(activity, Undo) and isinstance(activity.object, VOTES)):
        return Established(activity, actor, False, "attested", body)
    if isinstance(activity, MODERATION) or await _is_moderation(activity):
        return Established(activity, actor, False, "attested", body)
    return await _by_its_origin(activity, actor, body, budget, group.uri)


async def _undoes_such(activity: Activity) -> bool:
    if not isinstance(activity, Undo):
        return False
    undone = activity.object
    kind = await known.class_of(undone) if isinstance(undone, str) else type(undone)
    return kind is not None and issubclass(kind, BETWEEN_TWO)


def _check_shape(activity: Activity, group: Actor) -> None:
    """What is carried in an Announce passes the same checks as what comes directly."""
    for check in SHAPE:
        # A community's moderators may live elsewhere than the community that they change.
        own_group = isinstance(activity, Update) and activity.object_id == group.uri
        if not (own_group and check is has_object_of_its_actors_server):
            check(activity)


async def _is_moderation(activity: Activity) -> bool:
    if isinstance(activity, Delete):
        # What is one's own, oneself or unknown here one deletes oneself: then its server is asked, with a reason or without.
        owned = await known.look_up(activity.object_id or "") if activity.summary is not None else None
        return owned is not None and owned.owner_uri not in ("", activity.actor_id)
    if isinstance(activity, Move):  # of a thread; nobody but the actor itself moves an account
        return activity.object_id != activity.actor_id
    return isinstance(activity, Undo) and isinstance(activity.object, (*MODERATION, Delete))


async def has_proof(body: bytes, actor: Actor, budget: Budget) -> bool:
    """Tell whether a document bears a valid proof by an actor's own key; an unknown key is looked for once."""
    document = read_strict(body)
    method = proof_method(document)
    if method is None or not same_origin(method, actor.uri):
        return False
    key = await keyring.key_of(method)
    if key is None:
        await remote_actors.refresh(actor.uri, budget)
        key = await keyring.key_of(method)
    if key is None or key.owner != actor.uri:
        return False
    return verify_proof(body, key.public, now=clock.now(), owner=actor.uri)


async def _author(activity: Activity, budget: Budget) -> Actor:
    """Give who did it; the blocked, the suspended and the gone do nothing, whoever carries it (attacks D45)."""
    uri = activity.actor_id
    if uri is None:
        raise Refuse("the activity names no actor")
    if not await servers.may_talk(host_of(uri)):
        raise Refuse("we do not talk to this server")
    actor = await resolver.actor(uri, budget=budget)
    check_may_act(actor, activity)
    if isinstance(activity, Create | Update) and await known.is_buried(activity.object_id or ""):
        raise Ignore("the object has been deleted")
    return actor


def check_may_act(actor: Actor, activity: Activity) -> None:
    """The gone and the suspended do nothing any more; their going away itself is still heard."""
    if actor.suspended_at is not None:
        raise Refuse("the actor is suspended here")
    if actor.gone_at is not None and not isinstance(activity, Delete):
        raise Refuse("the actor is gone")


async def _by_its_origin(activity: Activity, actor: Actor, body: bytes, budget: Budget, group: str = "") -> Established:
    """Ask the object's own server: what is there counts, not what was carried here."""
    uri = activity.object_id
    if uri is None or not same_origin(uri, actor.uri):
        raise Refuse("nobody vouches for this activity")
    if isinstance(activity, Delete):
        await _check_deleted(uri, budget)
        return Established(activity, actor, True, "refetched", body)
    if not isinstance(activity, REFETCHED):
        raise Refuse("nobody vouches for this activity")
    thing = await resolver.object_(uri, budget=budget, group=group)
    if thing.author is not None and thing.author != actor.uri:
        raise Refuse("the object's author is somebody else")
    return Established(replace(activity, object=thing, objects=(thing,)), actor, True, "refetched", body)


async def _check_deleted(uri: str, budget: Budget) -> None:
    try:
        fetched = await remote_actors.fetch_document(uri, budget)
    except Gone:
        return
    except Missing as error:
        # Who may not read it is told the same, and so is who asks for what is yet to be written.
        if not await _is_open(uri):
            raise Refuse("the object's server says as much of what is not for us") from error
        return
    except FetchFailed as error:
        if error.permanent:
            raise Refuse("the object's server does not say that it is deleted") from error
        raise TryAgain(error.reason) from error
    if fetched.data.get("type") != "Tombstone":
        raise Refuse("the object's server still has it")


async def _is_open(uri: str) -> bool:
    """Whether it is a post that is here, and that everybody may read; `discussions` stands above us, its table does not."""
    return bool(await rows("SELECT 1 AS yes FROM post WHERE uri = ? AND audience = 'public'", uri))


def _inner_bytes(body: bytes, uri: str) -> bytes:
    """The announced activity's own JSON, as it stands in the Announce."""
    objects: Any = read_strict(body).get("object")
    for candidate in objects if isinstance(objects, list) else [objects]:
        if isinstance(candidate, Mapping) and candidate.get("id") == uri:
            return orjson.dumps(candidate)
    raise Refuse("the inner activity is not in the Announce")

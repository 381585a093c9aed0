"""Tells other servers what happened between actors: reactions to facts, run as jobs in the order of each pair.

Follows of communities take the same way as those of people; `communities` only decides about them.
"""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.core.facts import concerning
from fedcop.core.jobs import ordered
from fedcop.federation import known
from fedcop.federation.models import Destination
from fedcop.federation.peers import servers
from fedcop.federation.sending import outbox
from fedcop.federation.sending.audience import inboxes_of
from fedcop.people import queries
from fedcop.people.activities import documents
from fedcop.people.facts import (
    AccountDeleted,
    Blocked,
    FollowAccepted,
    FollowAsked,
    FollowEnded,
    PersonLeft,
    ProfileChanged,
    Unblocked,
)
from fedcop.people.models import Block

DEAF_TO_LATE_REJECTS = frozenset({"gotosocial"})


@ordered
@concerning(lambda fact: fact.follower_local is not False)
async def publish_follow(fact: FollowAsked) -> None:
    """Send a Follow of ours."""
    follow = await queries.follow_by_id(fact.follow_id)
    if follow is None or not follow.follower.local:
        return
    if not follow.target.local:
        activity = documents.to_follow(follow.uri, follow.follower.uri, follow.target.uri)
        await outbox.publish(activity, actor=follow.follower, inboxes=inboxes_of([follow.target], shared=False))
    # After publishing, which notes only that it is some activity: an answer may name the bare id.
    await known.remember(follow.uri, "follow", follow.id, owner_uri=follow.follower.uri)


@ordered
@concerning(lambda fact: not (fact.answered or fact.follower_local or fact.target_local is False))
async def publish_accept(fact: FollowAccepted) -> None:
    """Answer a stranger's Follow of one of ours, person or community, that somebody let in."""
    follow = await queries.follow_by_id(fact.follow_id)
    if follow is not None and not follow.follower.local and follow.target.local:
        await answer_follow(follow.uri, follow.follower, follow.target, fact.activity_id)


async def answer_follow(uri: str, follower: Actor, target: Actor, activity_id: int) -> None:
    """Send a stranger the Accept of their Follow."""
    asked = documents.to_follow(uri, follower.uri, target.uri)
    answer = documents.to_answer("Accept", activity_id, target, asked)
    await outbox.publish(answer, actor=target, inboxes=inboxes_of([follower], shared=False))


@ordered
async def publish_end(fact: FollowEnded) -> None:
    """Send Undo(Follow) when one of ours leaves, Reject(Follow) when one of ours refuses."""
    await known.forget(fact.follow_uri)
    pair = await actors.many([fact.follower_id, fact.target_id])
    follower, target = pair.get(fact.follower_id), pair.get(fact.target_id)
    if follower is None or target is None or follower.local == target.local:
        return
    if follower.gone_at is not None or target.gone_at is not None:
        return  # the Delete says it all
    asked = documents.to_follow(fact.follow_uri, follower.uri, target.uri)
    if fact.by_target and target.local:
        answer = documents.to_answer("Reject", fact.activity_id, target, asked)
        await outbox.publish(answer, actor=target, inboxes=inboxes_of([follower], shared=False))
        if await servers.software_of(follower.host) in DEAF_TO_LATE_REJECTS:
            await _part(fact.activity_id, target, follower)
    elif not fact.by_target and follower.local:
        undo = documents.to_undo(fact.activity_id, follower, asked)
        await outbox.publish(undo, actor=follower, inboxes=inboxes_of([target], shared=False))


async def _part(activity_id: int, target: Actor, follower: Actor) -> None:
    """End a follow where a Reject ends requests only: by a block that is taken back at once. They would think for ever that they follow."""
    if await Block.exists(actor_id=target.id, target_id=follower.id):
        return  # which has ended it
    uri = addresses.activity_uri(activity_id)
    block = documents.to_block(f"{uri}#block", target.uri, follower.uri)
    undo = documents.to_undo(activity_id, target, block) | {"id": f"{uri}#unblock"}
    for activity in (block, undo):
        await outbox.publish(activity, actor=target, inboxes=inboxes_of([follower], shared=False))


@ordered
async def publish_block(fact: Blocked) -> None:
    """Tell a stranger's server that one of ours blocked the stranger, so that it hides them from each other."""
    block = await Block.get_or_none(id=fact.block_id).select_related("actor", "target")
    if block is None or not block.actor.local:
        return
    if not block.target.local:
        activity = documents.to_block(block.uri, block.actor.uri, block.target.uri)
        await outbox.publish(activity, actor=block.actor, inboxes=inboxes_of([block.target], shared=False))
    await known.remember(block.uri, "block", block.id, owner_uri=block.actor.uri)


@ordered
async def publish_unblock(fact: Unblocked) -> None:
    """Take a block back at the stranger's server."""
    await known.forget(fact.block_uri)
    pair = await actors.many([fact.actor_id, fact.target_id])
    actor, target = pair.get(fact.actor_id), pair.get(fact.target_id)
    if actor is None or target is None or not actor.local or target.local:
        return
    undo = documents.to_undo(fact.activity_id, actor, documents.to_block(fact.block_uri, actor.uri, target.uri))
    await outbox.publish(undo, actor=actor, inboxes=inboxes_of([target], shared=False))


@ordered
async def publish_profile(fact: ProfileChanged) -> None:
    """Send the new profile to those who follow or are followed; others read it when they need it."""
    actor = await actors.by_id(fact.actor_id)
    if actor is None or not actor.local or actor.gone_at is not None:
        return
    await outbox.publish(await documents.to_update(fact.activity_id, actor), actor=actor, inboxes=await _circle(actor))


@ordered
async def publish_deleted(fact: AccountDeleted) -> None:
    """Ask every server that we know to delete what it has of somebody who is gone."""
    actor = await actors.by_id(fact.actor_id)
    assert actor is not None, "the row of a deleted person stays"
    everywhere = [found.inbox for found in await Destination.filter(dormant_since__isnull=True).only("id", "inbox")]
    await outbox.publish(documents.to_delete(fact.activity_id, actor), actor=actor, inboxes=everywhere)


@ordered
async def publish_move(fact: PersonLeft) -> None:
    """Tell followers where one of ours lives now; their servers let them follow there."""
    actor = await actors.by_id(fact.actor_id)
    if actor is None or not actor.moved_to_uri:
        return
    inboxes = inboxes_of(await queries.follower_actors(actor))
    await outbox.publish(documents.to_move(fact.activity_id, actor, actor.moved_to_uri), actor=actor, inboxes=inboxes)


async def _circle(actor: Actor) -> set[str]:
    return inboxes_of([*await queries.follower_actors(actor), *await queries.following_actors(actor)])

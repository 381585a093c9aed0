"""What strangers do to our people, and say of themselves. Each handler checks first and writes through the service afterwards."""

from __future__ import annotations

from activitypub.vocab import Activity, Follow
from activitypub.vocab import Block as BlockActivity
from activitypub.vocab.base import Thing, id_of
from fedcop.actors import queries as actors
from fedcop.actors import service as actor_service
from fedcop.actors.models import Actor
from fedcop.core import jobs
from fedcop.core.database import atomic
from fedcop.core.ids import new_id
from fedcop.federation import known
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.people import models, queries, service
from fedcop.people.activities import outgoing
from fedcop.people.facts import follow_lane


async def receive_follow(inbound: Inbound) -> Outcome:
    """Somebody elsewhere follows one of ours. `communities` takes follows of its own."""
    return await take_follow(inbound)


@atomic
async def take_follow(inbound: Inbound, *, let_in: bool = False) -> Outcome:
    """Enter a follow; who is let in at once has the answer with the same transaction."""
    target = await _ours(inbound.object_id)
    at_once = not await jobs.wait_in(
        follow_lane(inbound.actor.id, target.id)
    )  # else it would overtake the end of an earlier one
    follow = await service.record_follow(inbound.actor, target, inbound.id, answered=at_once, let_in=let_in)
    await known.remember(follow.uri, "follow", follow.id, owner_uri=inbound.actor.uri)
    if follow.state == "accepted" and at_once:
        await outgoing.answer_follow(follow.uri, inbound.actor, target, new_id())
    return Outcome.DONE


async def receive_accept(inbound: Inbound) -> Outcome:
    """Whom one of ours asked to follow agrees; nobody else may (attacks D11, D12)."""
    await service.accept_follow(inbound.actor, await _asked_of(inbound))
    return Outcome.DONE


async def receive_reject(inbound: Inbound) -> Outcome:
    """Whom one of ours follows, or asked to, says no (attacks D13)."""
    await service.reject_follow(inbound.actor, await _asked_of(inbound))
    return Outcome.DONE


async def receive_unfollow(inbound: Inbound) -> Outcome:
    """Somebody elsewhere follows no more. Mastodon and Misskey make up a new id, so the pair counts too."""
    follow = await _follow_in(inbound.object)
    if follow is None:
        raise Ignore("no such follow")
    if follow.follower_id != inbound.actor.id:
        raise Refuse("the follow is somebody else's")
    await service.unfollow(inbound.actor, follow.target)
    return Outcome.DONE


async def receive_block(inbound: Inbound) -> Outcome:
    """Somebody elsewhere blocks one of ours. A Block with a target is a ban: `communities` takes those."""
    target = await _ours(inbound.object_id)
    block = await service.record_block(inbound.actor, target, inbound.id)
    await known.remember(block.uri, "block", block.id, owner_uri=inbound.actor.uri)
    return Outcome.DONE


async def receive_unblock(inbound: Inbound) -> Outcome:
    """Somebody elsewhere takes a block back."""
    uri = id_of(inbound.object)
    block = await queries.block_by_uri(uri) if uri else None
    if block is None and isinstance(inbound.object, BlockActivity) and inbound.object.object_id:
        target = await actors.by_uri(inbound.object.object_id)
        block = await models.Block.get_or_none(actor_id=inbound.actor.id, target_id=target.id) if target else None
        if block is not None:
            await block.fetch_related("actor", "target")
    if block is None:
        raise Ignore("no such block")
    if block.actor_id != inbound.actor.id:
        raise Refuse("the block is somebody else's")
    await service.unblock(inbound.actor, block.target)
    return Outcome.DONE


async def receive_update(inbound: Inbound) -> Outcome:
    """A stranger says something new of themselves: read it where they live."""
    _about_themselves(inbound)
    await resolver.actor(inbound.actor.uri, budget=inbound.budget, refresh=True)
    return Outcome.DONE


async def receive_delete(inbound: Inbound) -> Outcome:
    """A stranger's account is gone."""
    _about_themselves(inbound)
    await actor_service.mark_gone(inbound.actor)
    return Outcome.DONE


async def receive_move(inbound: Inbound) -> Outcome:
    """A stranger lives elsewhere now. Both accounts must name each other, as their servers serve them now (attacks D33, D34)."""
    _about_themselves(inbound)
    target = id_of(inbound.activity.target)
    if target is None:
        raise Refuse("the move leads nowhere")
    new = await remote_actors.check_move(inbound.actor, target, inbound.budget)
    if (new.kind == "Group") != (inbound.actor.kind == "Group"):
        raise Refuse("a person does not become a community")
    if not await service.record_move(inbound.actor, new):
        raise Ignore("nobody here follows who moved")
    return Outcome.DONE


def _about_themselves(inbound: Inbound) -> None:
    if inbound.object_id != inbound.actor.uri:
        raise Refuse("only an actor itself may do that")


async def _ours(uri: str | None) -> Actor:
    actor = await actors.by_uri(uri) if uri else None
    if actor is None or not actor.local or actor.gone_at is not None or actor.suspended_at is not None:
        raise Ignore("nobody of ours has this address")
    return actor


async def _asked_of(inbound: Inbound) -> models.Follow:
    """Find the follow that is answered; only its target may answer, and only if one of ours asked."""
    follow = await _follow_in(inbound.object)
    if follow is None or not follow.follower.local:
        raise Ignore("nobody of ours asked")
    if follow.target_id != inbound.actor.id:
        raise Refuse("only who was asked may answer")
    return follow


async def _follow_in(reference: str | Thing | None) -> models.Follow | None:
    """Find a follow by its id, else by the pair that the nested activity names."""
    uri = id_of(reference)
    follow = await queries.follow_by_uri(uri) if uri else None
    if follow is not None or not isinstance(reference, Follow):
        return follow
    return await _by_pair(reference)


async def _by_pair(activity: Activity) -> models.Follow | None:
    if not activity.actor_id or not activity.object_id:
        return None
    pair = await actors.many_by_uri([activity.actor_id, activity.object_id])
    follower, target = pair.get(activity.actor_id), pair.get(activity.object_id)
    if follower is None or target is None:
        return None
    follow = await queries.follow_of(follower, target)
    return await queries.follow_by_id(follow.id) if follow else None

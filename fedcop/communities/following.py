"""Decides who may follow a community of ours, and what a follow means where following is how one belongs. Reactions to people's facts."""

from __future__ import annotations

from fedcop.accounts.letters import speaking
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, queries, records, remote, service
from fedcop.communities.activities import outgoing
from fedcop.communities.admission import settled
from fedcop.communities.models import Community, Membership
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError
from fedcop.core.facts import concerning
from fedcop.core.i18n import _
from fedcop.core.jobs import ordered
from fedcop.federation import known
from fedcop.federation.inbound import Inbound, Outcome
from fedcop.people import queries as people_queries
from fedcop.people import service as people
from fedcop.people.activities import incoming
from fedcop.people.facts import FollowAccepted, FollowAsked, FollowEnded


async def receive_follow(inbound: Inbound) -> Outcome:
    """Somebody elsewhere follows a community of ours: whom nobody has to decide about is answered and counted with it."""
    community = await queries.by_uri(inbound.object_id or "")
    let_in = community is not None and community.actor.local and await _lets_in(inbound.actor, community)
    return await _taken(inbound, community if let_in else None)


@atomic
async def _taken(inbound: Inbound, let_in: Community | None) -> Outcome:
    outcome = await incoming.take_follow(inbound, let_in=let_in is not None)
    if let_in is not None:
        await records.count_followers(let_in)
    return outcome


async def _lets_in(follower: Actor, community: Community) -> bool:
    if community.visibility != "public" or not await access.may_find(follower, community):
        return False
    return await queries.exclusion(community, follower) is None


@ordered
@concerning(lambda fact: fact.target_local and fact.target_kind == "Group" and not fact.accepted)
async def decide_follow(fact: FollowAsked) -> None:
    """Say yes to whoever follows a public community. In a private one only members follow: others have asked to join by it."""
    if fact.target_kind != "Group" or not fact.target_local:
        return
    follow = await people_queries.follow_by_id(fact.follow_id)
    community = await queries.by_actor(follow.target) if follow is not None else None
    if follow is None or community is None or follow.state == "accepted":
        return
    group, follower = community.actor, follow.follower
    if not await access.may_find(follower, community):
        await people.unfollow(follower, group)  # without an answer: what is not there does not refuse
        return
    if await queries.exclusion(community, follower) is not None:
        await people.reject_follow(group, follow)
        return
    if community.visibility == "public" or await queries.is_member(community, follower):
        await people.accept_follow(group, follow)
        return
    reason = await remote.refusal(follower, community)
    if reason is not None and follower.kind != "Group":
        with speaking(community.language):
            # Before the Reject, which ends the follow: a job that runs again says it under the same id.
            await outgoing.explain(community, follower, _(reason), uri=f"{group.uri}/refusals/{follow.id}")
    if follower.kind == "Group" or reason is not None:
        await people.reject_follow(group, follow)
        return
    try:
        # Lemmy's people ask to join a private community by following it; whoever admits them accepts the follow too.
        await service.join(follower, community, uri=follow.uri)
    except FedcopError:
        await people.reject_follow(group, follow)


@ordered
@concerning(lambda fact: fact.target_kind in ("", "Group") and not (fact.again or fact.answered))
async def note_accepted(fact: FollowAccepted) -> None:
    """Count a follower of ours; where one belongs by following, one of ours belongs now."""
    pair = await actors.many([fact.follower_id, fact.target_id])
    follower, target = pair.get(fact.follower_id), pair.get(fact.target_id)
    community = await queries.by_actor(target) if target is not None and target.kind == "Group" else None
    if community is None or follower is None or fact.again:
        return
    if community.actor.local:
        await records.count_followers(community)
    elif follower.local and not community.accepts_joins:
        await settled.record_admission(community, follower, follows=True)


@ordered
async def note_ended(fact: FollowEnded) -> None:
    """Count a follower of ours less; where one belongs by following, one belongs no more."""
    target = await actors.by_id(fact.target_id)
    community = await queries.by_actor(target) if target is not None and target.kind == "Group" else None
    if community is None:
        return
    if community.actor.local:
        await records.count_followers(community)
        await _end_request(community.id, fact)
        return
    follower = await actors.by_id(fact.follower_id)
    if follower is not None and follower.local and not community.accepts_joins:
        await settled.record_refusal(community, follower) if fact.by_target else await settled.record_leave(
            community, follower
        )


async def _end_request(community_id: int, fact: FollowEnded) -> None:
    """Who asked to join a private community by following it, and follows no more, has left or asks no more."""
    if fact.by_target:
        return
    places = Membership.filter(community_id=community_id, actor_id=fact.follower_id)
    membership = await places.select_related("actor").first()
    community = await queries.by_id(community_id)
    if membership is not None and community is not None and await _came_by_following(membership, fact.follow_uri):
        await settled.record_leave(community, membership.actor)


async def _came_by_following(membership: Membership, ended: str) -> bool:
    """Whether somebody belongs by a Follow: the one that ended, or an earlier one, as each that is sent anew has an id of its own."""
    if membership.join_uri == ended:
        return True
    meant = await known.look_up(membership.join_uri)
    return meant is not None and meant.kind == "follow"

"""What communities trust people of other servers with, and how that is held when a server comes back with other keys (federation/presence.py).

Who may read or decide what not everybody may is *held*: no member, until somebody in charge says so again (admission/confirming.py) or they ask
anew. What was offered or asked before is void. Decides nothing about who confirms.
"""

from __future__ import annotations

from collections.abc import Collection

from fedcop.actors.models import Actor
from fedcop.communities import mandates, rules
from fedcop.communities.admission import steps
from fedcop.communities.facts import MembersHeld, PlaceDoubted
from fedcop.communities.models import HELD, Community, LinkOpening, Membership
from fedcop.communities.records import count_again, log_act
from fedcop.communities.roles import MEMBER, PRESIDENT
from fedcop.core import clock
from fedcop.core.database import fetch
from fedcop.core.facts import record
from fedcop.federation.peers.presence import Trust
from fedcop.people.models import Follow

_CLOSED = "(c.visibility = 'private' OR c.join_policy <> 'open')"


async def whom(host: str) -> list[Actor]:
    """List who of a server may read or decide in communities of ours what not everybody may, and its communities to which ours speak so."""
    return await fetch(
        Actor,
        "SELECT a.* FROM actor a WHERE a.host = ? AND NOT a.local AND a.gone_at IS NULL AND (a.id IN"  # noqa: S608 - our own words only, values are parameters
        " (SELECT m.actor_id FROM membership m JOIN community c ON c.id = m.community_id JOIN actor g ON g.id = c.actor_id"
        f" WHERE g.local AND m.state = 'active' AND ({_CLOSED} OR m.role <> ?))"
        f" OR a.id IN (SELECT c.actor_id FROM community c WHERE {_CLOSED} AND c.id IN (SELECT m.community_id"
        " FROM membership m JOIN actor p ON p.id = m.actor_id WHERE p.local AND m.state = 'active')))",
        host,
        MEMBER,
    )


async def hold(host: str, actor: Actor | None) -> None:
    """Hold what people of a server have in communities of ours, and what ours have in its own; of one actor alone, if one is named."""
    whose = {"actor_id": actor.id} if actor is not None else {"actor__host": host, "actor__local": False}
    found = Membership.filter(**whose, community__actor__local=True).exclude(state=HELD)
    places: dict[int, list[Membership]] = {}
    for membership in await found.select_related("actor", "community__actor").order_by("community_id", "id"):
        if _is_at_stake(membership, membership.community):
            places.setdefault(membership.community_id, []).append(membership)
    for memberships in places.values():
        await _hold_people(host, memberships[0].community, memberships)
    if actor is None:
        await LinkOpening.filter(host=host).delete()
    if actor is None or actor.kind == "Group":
        group = {"actor_id": actor.id} if actor is not None else {"actor__host": host, "actor__local": False}
        for community in await Community.filter(**group).select_related("actor").order_by("id"):
            await _hold_place(community)


def _is_at_stake(membership: Membership, community: Community) -> bool:
    closed = community.visibility == "private" or community.join_policy != "open"
    return closed or membership.role != MEMBER


async def _hold_people(host: str, community: Community, memberships: Collection[Membership]) -> None:
    await rules.lock(community)
    held = [one for one in memberships if one.state == "active"]
    for membership in memberships:
        if membership in held:
            membership.state = HELD
            await membership.save(update_fields=["state"])
            await log_act(community, None, "hold_member", target=membership.actor, reason=host)
        else:
            await membership.delete()
        await steps.note(community, membership.actor_id, HELD)
    if not held:
        return
    if community.visibility == "private":  # where following is how one belongs, it is asked for again too
        followers = [one.actor_id for one in held]
        await Follow.filter(follower_id__in=followers, target_id=community.actor_id).update(state="asked")
    await count_again(community)
    if any(one.role == PRESIDENT for one in held):
        await mandates.keep_a_responsible(community, or_anybody=True)
    await record(MembersHeld(community_id=community.id, host=host))


async def _hold_place(community: Community) -> None:
    """A community came back with other keys: what ours wrote there stays with them, until it lets one of them in again."""
    if community.visibility != "private" and community.join_policy == "open":
        return
    community.doubted_at = clock.now()
    await community.save(update_fields=["doubted_at"])
    for membership in await Membership.filter(community_id=community.id, actor__local=True).exclude(state=HELD):
        if membership.state == "active":
            membership.state, membership.role, membership.duties = HELD, MEMBER, ""
            await membership.save(update_fields=["state", "role", "duties"])
        else:
            await membership.delete()
        await steps.note(community, membership.actor_id, HELD)
    await record(PlaceDoubted(community_id=community.id))


TRUST = Trust(whom, hold)

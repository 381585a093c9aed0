"""Who decides about an appeal: others of the community who may take such decisions; where there is nobody, this instance's moderators."""

from __future__ import annotations

from fedcop.accounts import queries as accounts
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import roles, rules
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.reports.appeals.decisions import ACTS
from fedcop.reports.appeals.models import Appeal


async def in_community(appeal: Appeal) -> list[Actor]:
    """List the people of a community of ours who may decide: not who decided first, nor whom it is about."""
    community = await communities.by_id(appeal.community_id)
    if community is None or not community.actor.local:
        return []
    apart = {appeal.first_by_id, appeal.actor_id}
    able = await communities.who_may(community, ACTS[appeal.kind])
    found = [one for one in able if one.local and one.id not in apart and one.suspended_at is None]
    return [one for one in found if await communities.active_ban(community, one) is None]


async def of(appeal: Appeal) -> tuple[list[Actor], bool]:
    """List who decides, and tell whether they are the moderators of this instance."""
    found = await in_community(appeal)
    if found:
        return found, False
    apart = {appeal.first_by_id, appeal.actor_id}
    community = await communities.by_id(appeal.community_id)
    if community is None or not community.actor.local:
        return [], False
    return [one.actor for one in await accounts.staff() if one.actor_id not in apart], True


async def decides(person: Actor, community: Community) -> list[str]:
    """Name the kinds of appeals that somebody may decide in a community, by the table: all but their own, and those against what they decided."""
    standing = await rules.standing(person, community)
    if not (community.actor.local and person.local) or person.suspended_at is not None or standing.ban is not None:
        return []
    return [kind for kind, act in ACTS.items() if roles.may(standing.seats, act)]


async def may_decide(by: Actor, appeal: Appeal) -> None:
    """Let through who decides about an appeal; to all others it does not exist."""
    judges, _staff = await of(appeal)
    if by.id not in {one.id for one in judges}:
        raise NotFound


async def waiting(viewer: Actor, community: Community | None) -> list[Appeal]:
    """List the appeals that wait for somebody's decision: in a community, or with None as a moderator of this instance."""
    found = Appeal.filter(state="made", community__actor__local=True)
    if community is not None:
        found = found.filter(community_id=community.id)
    shown = []
    for appeal in await found.select_related("actor", "community__actor").order_by("id").limit(100):
        people, staff = await of(appeal)
        if staff is (community is None) and viewer.id in {one.id for one in people}:
            shown.append(appeal)
    return shown


async def decided(community: Community) -> list[Appeal]:
    """List what was decided last about appeals in a community."""
    found = Appeal.filter(community_id=community.id).exclude(state="made").select_related("actor", "decided_by")
    return await found.order_by("-decided_at").limit(20)


async def by(person: Actor) -> list[Appeal]:
    """List somebody's own appeals, newest first."""
    return await Appeal.filter(actor_id=person.id).select_related("community__actor").order_by("-id").limit(100)


async def one(text: str) -> Appeal:
    """Find an appeal by what an address says of it, or raise NotFound."""
    found = await Appeal.get_or_none(id=read_id(text) or 0)
    if found is None:
        raise NotFound
    return found

"""What moderators do to people: remove, ban, lift bans. Part of service.py, by which all others reach it."""

from __future__ import annotations

from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.communities import queries, roles, rules
from fedcop.communities.facts import Banned, MemberRemoved
from fedcop.communities.models import Ban, Community, Membership
from fedcop.communities.records import MAX_REASON, end_membership, log_act, record_unban
from fedcop.communities.rules import Act
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id


@atomic
async def remove_member(by: Actor, community: Community, person: Actor, reason: str) -> None:
    """End somebody's membership; they may ask again."""
    await rules.may_act(by, community, Act.REMOVE_MEMBER)
    membership = await queries.membership(community, person)
    if not rules.may_belong(community, membership):
        raise NotFound
    if membership is not None:
        await _may_judge(by, community, membership)
    follow_uri = await end_membership(community, membership, person=person)
    await log_act(community, by, "remove_member", target=person, reason=reason)
    await record(
        MemberRemoved(
            community_id=community.id,
            actor_id=person.id,
            by_id=by.id,
            reason=reason.strip()[:MAX_REASON],
            join_uri=membership.join_uri if membership is not None else "",
            follow_uri=follow_uri,
        )
    )


@atomic
async def ban(
    by: Actor, community: Community, person: Actor, reason: str, until: datetime | None = None, *, uri: str = ""
) -> Ban:
    """Keep a person out, until a date or for good; a membership ends with it."""
    await rules.may_act(by, community, Act.BAN)
    if person.id == by.id:
        raise Conflict(N_("You cannot ban yourself."), "own-ban")
    if until is not None and until <= clock.now():
        raise Invalid(errors={"until": N_("This date has passed.")})
    membership = await queries.membership(community, person)
    if membership is not None:
        await _may_judge(by, community, membership)
    was_member = membership is not None and membership.state == "active"
    await end_membership(community, membership, person=person, banned=True)
    await Ban.filter(community_id=community.id, actor_id=person.id).delete()
    made = await Ban.create(
        community=community,
        actor=person,
        by=by,
        uri=uri or addresses.activity_uri(new_id()),
        reason=reason.strip()[:MAX_REASON],
        created_at=clock.now(),
        until=until,
    )
    await log_act(community, by, "ban", target=person, reason=reason)
    await record(Banned(community_id=community.id, ban_id=made.id, was_member=was_member))
    return made


async def _may_judge(by: Actor, community: Community, membership: Membership) -> None:
    """A moderator does not end a responsible person's membership: only another responsible person does."""
    if membership.role != roles.PRESIDENT or membership.actor_id == by.id:
        await rules.must_keep_a_responsible(community, membership)
        return
    await rules.may_act(by, community, Act.APPOINT)
    await rules.must_keep_a_responsible(community, membership)


@atomic
async def unban(by: Actor, community: Community, person: Actor, reason: str = "") -> None:
    """Lift a ban or a suspension; a banned person may ask to join again, a suspended one writes again."""
    await rules.may_act(by, community, Act.BAN)
    await record_unban(community, person, by=by, reason=reason.strip())

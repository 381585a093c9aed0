"""Choose what a community counts, and, as a member, whether one is reminded of it."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import queries, rules
from fedcop.communities.facts import CommunityChanged
from fedcop.communities.models import Community, Membership
from fedcop.communities.participation import criterion
from fedcop.communities.rules import Act
from fedcop.core.database import atomic
from fedcop.core.errors import NotFound
from fedcop.core.facts import record


@atomic
async def change_criterion(by: Actor, community: Community, *, contributions: str, months: str) -> None:
    """Keep how much members are asked for, as typed; two empty fields count nothing."""
    rules.must_be_ours(community)
    await rules.may_act(by, community, Act.CHANGE)
    wanted = criterion.typed(contributions, months)
    if wanted == criterion.of(community):
        return
    community.update_from_dict(criterion.columns(wanted))
    await community.save(update_fields=["participation_count", "participation_months"])
    await record(CommunityChanged(community_id=community.id, by_id=by.id))


@atomic
async def choose_reminders(actor: Actor, community: Community, *, wanted: bool) -> None:
    """Let a member say that they want no reminders of this community, or want them again; nobody else is told."""
    membership = await queries.membership(community, actor)
    if membership is None or membership.state != "active":
        raise NotFound
    await Membership.filter(id=membership.id).update(unreminded=not wanted)

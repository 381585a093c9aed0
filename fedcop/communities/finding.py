"""What search may know of communities: name, purpose, description; of hidden ones only for those who belong."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.facts import CommunityFact
from fedcop.communities.models import Community
from fedcop.core.database import atomic
from fedcop.core.facts import concerning
from fedcop.core.sanitise import to_text
from fedcop.search import service as search
from fedcop.search.service import Entry

BATCH = 200


def is_findable(community: Community) -> bool:
    """Tell whether a community is there."""
    group = community.actor
    return community.closed_at is None and group.gone_at is None and group.suspended_at is None


def entry_of(community: Community) -> Entry:
    """Say what a community is found by; who may know that it exists is said as access.may_find says it."""
    group = community.actor
    hidden = community.visibility != access.PUBLIC and community.join_policy == "invitation"
    said = " · ".join(part for part in (community.purpose, to_text(group.summary)) if part)
    return Entry(
        "community", community.id, group.display_name or group.name, said, access.COMMUNITY if hidden else access.PUBLIC,
        community.created_at, community_id=community.id, language=community.language, more=f"{group.name} {group.name}@{group.host}",
    )  # fmt: skip


async def keep(fact: CommunityFact) -> None:
    """Let a community be found by what it says of itself now."""
    await _keep(fact.community_id)


@concerning(lambda fact: fact.may_be_group)
async def keep_group(fact: ActorChanged) -> None:
    """Do the same when the Group's document changed."""
    await _keep_of(fact.actor_id)


async def drop_group(fact: ActorGone) -> None:
    """Let a community that is gone not be found."""
    await _keep_of(fact.actor_id)


async def _keep_of(actor_id: int) -> None:
    community = await Community.get_or_none(actor_id=actor_id)
    if community is not None:
        await _keep(community.id)


@atomic
async def _keep(community_id: int) -> None:
    community = await Community.filter(id=community_id).select_for_update().first()
    if community is not None:
        community.actor = await Actor.get(id=community.actor_id)
        if is_findable(community):
            await search.index(entry_of(community))
            return
    await search.forget(community_id)


async def all_communities() -> AsyncIterator[Entry]:
    """Give all communities that can be found."""
    last = 0
    while found := await Community.filter(id__gt=last).select_related("actor").order_by("id").limit(BATCH):
        last = found[-1].id
        for community in found:
            if is_findable(community):
                yield entry_of(community)

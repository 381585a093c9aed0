"""Untells who left a community, or was removed from it, what only its members read. Reactions to facts."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.facts import Banned, MemberLeft, MemberRemoved
from fedcop.communities.models import Ban
from fedcop.discussions.models import Post
from fedcop.notifications import service as notifications


async def untell_left(fact: MemberLeft) -> None:
    """What only members read is not told to whom left."""
    await _untell(fact.community_id, fact.actor_id)


async def untell_removed(fact: MemberRemoved) -> None:
    """Do the same after a removal."""
    await _untell(fact.community_id, fact.actor_id)


async def untell_banned(fact: Banned) -> None:
    """Do the same after a ban."""
    made = await Ban.get_or_none(id=fact.ban_id)
    if made is not None:
        await _untell(fact.community_id, made.actor_id)


async def _untell(community_id: int, actor_id: int) -> None:
    community, person = await communities.by_id(community_id), await Actor.get_or_none(id=actor_id, local=True)
    if community is None or person is None:
        return
    if community.visibility != access.PUBLIC:
        await notifications.forget_community(actor_id, community_id)
        return
    told = await Post.filter(id__in=await notifications.told_in(actor_id, community_id) or [0]).exclude(
        audience=access.PUBLIC
    )
    await notifications.forget_posts(actor_id, [post.id for post in told if not await access.may_see(person, post)])

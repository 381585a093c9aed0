"""Reads in which communities a thread is shown beside the one in which it lives, and in which its author could let it be shown."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.discussions import rules
from fedcop.discussions.models import Post


async def shown_in(root: Post) -> list[Community]:
    """Name the communities that show a thread, by title: public ones only, so that there is nothing to hide in it."""
    if root.depth or root.audience != access.PUBLIC:
        return []
    found = Community.filter(showings__post_id=root.id, visibility=access.PUBLIC).exclude(id=root.community_id)
    return await found.select_related("actor").order_by("actor__display_name", "id")


async def candidates(author: Actor, home: Community, audience: str = access.PUBLIC) -> list[Community]:
    """Name the communities that an author may try; whether they may is judged once they do."""
    if not rules.is_shown_elsewhere(home, audience):
        return []
    return [
        one
        for one in await communities.mine(author)
        if one.id != home.id and one.actor.local and one.visibility == access.PUBLIC and one.closed_at is None
    ]

"""A community is hidden from now on: what was opened wider in it is for its members again, since it would tell that the community is there.

Each server does so for what its own people wrote, and the community's own for all it shows (decisions/0011-audiences.md).
"""

from __future__ import annotations

from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.facts import CommunityChanged
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.jobs import enqueue
from fedcop.discussions.models import Post
from fedcop.discussions.rules import is_gone
from fedcop.discussions.service.audience import apply

BATCH = 20
WIDER = (access.ORGANISATION, access.ALLIES, access.PUBLIC)


async def after_change(fact: CommunityChanged) -> None:
    """Begin to close what is open, if the community is hidden now."""
    community = await communities.by_id(fact.community_id)
    if community is not None and access.is_hidden(community):
        await _promise(community.id)


async def _promise(community_id: int) -> None:
    await enqueue(close_some, {"community_id": community_id}, unique=f"hide:{community_id}")


async def close_some(community_id: int) -> None:
    """Close the next posts (a job), and promise to go on; done twice it changes nothing twice."""
    community = await communities.by_id(community_id)
    if community is None or not access.is_hidden(community):
        return
    wide = Post.filter(community_id=community.id, audience__in=WIDER)
    if not community.actor.local:
        wide = wide.filter(local=True)
    found = await wide.order_by("depth", "id").limit(BATCH)
    for post in found:
        await _close(post.id)
    if found:
        await _promise(community.id)


@atomic
async def _close(post_id: int) -> None:
    post = await Post.get(id=post_id)
    if post.audience not in WIDER:
        return  # with what it answers
    if is_gone(post) or post.state != "visible":  # nobody reads it: there is nobody to tell
        post.audience, post.organisation, post.audience_at = access.COMMUNITY, "", now()
        await post.save(update_fields=["audience", "organisation", "audience_at"])
        return
    await apply(post, access.COMMUNITY, post.organisation, now())

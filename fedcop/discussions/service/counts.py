"""Keeps the numbers and dates that lists show beside a thread. Recounted, not added up: a count cannot drift.

Only what all readers of a thing may see is counted on it: a number tells nobody that there is more for others.
"""

from __future__ import annotations

from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.discussions.models import Post, Reaction, Share

COUNTED = ("thanks", "useful", "experience", "disagree")


async def refresh_thread(root_id: int) -> None:
    """Recount the replies of a thread and find its last activity; do the same for its community."""
    root = await Post.get_or_none(id=root_id)
    if root is None:
        return
    shown = Post.filter(
        root_id=root_id, audience=root.audience, state="visible", deleted_at=None, removed_at=None
    ).exclude(id=root_id)
    count = await shown.count()
    newest = await shown.order_by("-published_at").first()
    root.replies_count = count
    root.last_activity_at = max(root.published_at, newest.published_at) if newest else root.published_at
    await root.save(update_fields=["replies_count", "last_activity_at"])
    if root.community_id is not None:
        await refresh_community(root.community_id)


async def refresh_answers(parent_id: int | None, root_id: int) -> None:
    """Recount the direct answers of a reply."""
    if parent_id is None or parent_id == root_id:
        return
    parent = await Post.get_or_none(id=parent_id)
    if parent is None:
        return
    answers = Post.filter(parent_id=parent_id, audience=parent.audience)
    count = await answers.filter(state="visible", deleted_at=None, removed_at=None).count()
    await Post.filter(id=parent_id).update(replies_count=count)


async def refresh_community(community_id: int) -> None:
    """Recount the threads of a community and find its last activity."""
    community = await Community.get_or_none(id=community_id)
    if community is None:
        return
    audiences = access.LADDER[access.reach(access.default_of(community)) :]
    roots = Post.filter(community_id=community_id, depth=0, audience__in=audiences, state="visible")
    roots = roots.filter(deleted_at=None, removed_at=None)
    newest = await roots.order_by("-last_activity_at").first()
    await Community.filter(id=community_id).update(
        threads_count=await roots.count(), last_activity_at=newest.last_activity_at if newest else None
    )


async def refresh_reactions(post_id: int) -> None:
    """Recount the reactions of a post."""
    counts = {kind: await Reaction.filter(post_id=post_id, kind=kind).count() for kind in COUNTED}
    await Post.filter(id=post_id).update(
        thanks_count=counts["thanks"],
        useful_count=counts["useful"],
        experience_count=counts["experience"],
        disagree_count=counts["disagree"],
    )


async def refresh_shares(post_id: int) -> None:
    """Recount the shares of a post."""
    await Post.filter(id=post_id).update(shares_count=await Share.filter(post_id=post_id).count())

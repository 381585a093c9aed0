"""What pages say and ask about the past of communities and threads of other servers. Promises only; backfill.py does the fetching."""

from __future__ import annotations

from datetime import timedelta

from fedcop.communities.models import Community
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.site import site
from fedcop.discussions.facts import ThreadLookedAt
from fedcop.discussions.models import Backfill, Post

AGAIN = timedelta(hours=6)  # a thread that somebody reads is compared with its home that often


async def progress(community: Community) -> Backfill | None:
    """How far we are with the past of a community; None when there is nothing to say any more."""
    found = await Backfill.get_or_none(community_id=community.id)
    return found if found is not None and found.finished_at is None else None


async def look_again_if_old(root: Post) -> None:
    """Have a thread of another server compared with its home, if nobody did for hours."""
    if root.local and root.context_uri.startswith(site().settings.origin):
        return
    if root.fetched_at is None or now() - root.fetched_at > AGAIN:
        await _look_again(root)


@atomic
async def _look_again(root: Post) -> None:
    asked = await Post.filter(id=root.id, fetched_at=root.fetched_at).update(fetched_at=now())
    if asked:
        await facts.record(ThreadLookedAt(post_id=root.id, root_id=root.id))

"""What has to be done from time to time: communities of other servers are looked at again, bans end."""

from __future__ import annotations

from datetime import timedelta

from fedcop.communities import remote
from fedcop.communities.models import Ban, Community
from fedcop.core import clock
from fedcop.core.jobs import enqueue

KEEP_ENDED_BANS = timedelta(days=30)
REFRESH_AFTER = timedelta(hours=24)
AT_ONCE = 50  # remote communities per run: a server with thousands of them asks for days, not for minutes


async def end_bans() -> None:
    """Forget bans that ended a month ago; until then the list of bans shows them no more, and the log keeps them for good."""
    await Ban.filter(until__lt=clock.now() - KEEP_ENDED_BANS).delete()


async def refresh_remote() -> None:
    """Look again at communities of other servers that somebody here follows or belongs to."""
    stale = clock.now() - REFRESH_AFTER
    found = (
        await Community.filter(actor__local=False, actor__gone_at=None, actor__fetched_at__lt=stale)
        .order_by("actor__fetched_at")
        .limit(AT_ONCE)
    )
    for community in found:
        await enqueue(remote.refresh_known, {"community_id": community.id}, unique=f"community:{community.id}")

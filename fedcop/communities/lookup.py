"""What web/ may ask: go and find a community elsewhere. Never fetches itself; a job does."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from activitypub.errors import BadUri
from activitypub.uris import origin_of
from fedcop.communities.models import Community
from fedcop.core import clock, jobs
from fedcop.core.site import site
from fedcop.federation.queries import asked_for

MEET = "fedcop.communities.remote:meet"
REFRESH = "fedcop.communities.remote:refresh_known"
OPEN = "fedcop.communities.activities.inviting:open_link"
LINK = re.compile(r"((?i:https?)://(?P<host>[^/?#@]+))/c/(?P<name>[A-Za-z0-9_]+)/i/(?P<code>[A-Za-z0-9_-]{20,64})")

FRESH = timedelta(minutes=5)


def spelled(link: str) -> str:
    """Write the server of an invitation link as we write it ourselves, however somebody typed it; what is no link stays."""
    found = LINK.fullmatch(link)
    if found is None:
        return link
    try:
        return origin_of(found[1]) + link[found.end(1) :]
    except BadUri:
        return link


async def ask_for(text: str) -> int:
    """Promise to find a community, or whatever else a handle or an address means; give the job, for runner.wait_for()."""
    asked = asked_for(text)
    return await jobs.enqueue(site().jobs[MEET], {"text": asked.removeprefix("acct:")}, unique=f"meet:{asked[:180]}")


async def ask_for_link(link: str) -> int:
    """Promise to look at an invitation link of a community elsewhere."""
    # The code stands in no name of a job, which the log has.
    digest = hashlib.sha256(link.encode()).hexdigest()
    return await jobs.enqueue(site().jobs[OPEN], {"link": link}, unique=f"open:{digest}")


async def freshen(community: Community) -> None:
    """Promise to look again at a community elsewhere that somebody has before them: how many read it is said before one writes."""
    fetched_at = community.actor.fetched_at
    if community.actor.local or (fetched_at is not None and clock.now() - fetched_at < FRESH):
        return
    await jobs.enqueue(site().jobs[REFRESH], {"community_id": community.id}, unique=f"community:{community.id}")

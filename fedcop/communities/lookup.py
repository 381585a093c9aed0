"""What web/ may ask: go and find a community elsewhere. Never fetches itself; a job does."""

from __future__ import annotations

from fedcop.core import jobs
from fedcop.core.site import site

MEET = "fedcop.communities.remote:meet"


async def ask_for(handle: str) -> int:
    """Promise to find a community by its handle or address; give the job, for runner.wait_for()."""
    return await jobs.enqueue(site().jobs[MEET], {"handle": handle}, unique=f"meet:{handle.lower()[:190]}")

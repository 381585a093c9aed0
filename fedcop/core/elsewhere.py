"""Which jobs only wait for another server at this moment: they leave their places to those that work, up to a bound.

Beyond the bound, whose servers hold most of those places are waited for less long, so that no number of silent strangers holds up what
members wait for. What jobs need of the database when the answers come, they get from the pool, one after the other.
Not for: deliveries, which have places of their own (federation/sending); which jobs begin (runner.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from activitypub.errors import BadUri, FetchFailed
from activitypub.uris import domain_of, host_of
from fedcop.core import budgets
from fedcop.core.current import current_site

AFTER = 0.25  # seconds, as for deliveries: who answers in less holds nobody up
PATIENT = 1.0  # seconds that everybody is given, however many others wait
MOST = budgets.JOBS_THAT_WAIT

_job: ContextVar[int | None] = ContextVar("fedcop_job_at_work", default=None)


@dataclass(eq=False)
class _Wait:
    job: int
    domain: str
    limit: asyncio.Timeout
    began: float = field(default_factory=time.monotonic)


class Elsewhere:
    """What the jobs of this process wait for. `site.part(Elsewhere)` gives the site's only one."""

    def __init__(self, _site: object) -> None:
        self._waits: set[_Wait] = set()
        self.on_room: Callable[[], None] = lambda: None  # called when a job may have left its place

    def count(self) -> int:
        """Tell how many jobs have been waiting for more than a moment."""
        return len(self._jobs_before(time.monotonic() - AFTER))

    def room(self, places: int, at_work: int) -> int:
        """Tell how many jobs may begin where there are so many places for those that work; too many that wait make room."""
        aside = self.count()
        free = places + min(aside, MOST) - at_work
        if free <= 0 and aside > MOST:
            self._give_up(aside - MOST)
        return max(0, free)  # a lot that is too long for one task becomes several

    @asynccontextmanager
    async def waiting(self, uri: str) -> AsyncIterator[None]:
        """Note that the job at work waits for a server; raises FetchFailed where that lasts while too many others wait."""
        job = _job.get()
        if job is None:
            yield
            return
        handle = asyncio.get_running_loop().call_later(AFTER, self.on_room)
        limit = asyncio.timeout(None)
        wait = _Wait(job, _domain(uri), limit)
        self._waits.add(wait)
        try:
            async with limit:
                yield
        except TimeoutError as error:
            if limit.expired():
                raise FetchFailed("no answer, and too much else waited for it") from error
            raise
        finally:
            self._waits.discard(wait)
            handle.cancel()

    def _jobs_before(self, moment: float) -> set[int]:
        return {wait.job for wait in self._waits if wait.began <= moment}

    def _give_up(self, many: int) -> None:
        """Wait no longer for some of those who hold most places; among equals, for who was waited for longest."""
        held = Counter(domain for _job, domain in {(wait.job, wait.domain) for wait in self._waits})
        now = time.monotonic()
        late = [wait for wait in self._waits if wait.began <= now - PATIENT and not wait.limit.expired()]
        for _ in range(many):
            if not late:
                break
            last = max(late, key=lambda wait: (held[wait.domain], -wait.began))
            held[last.domain] -= 1
            for wait in [wait for wait in late if wait.job == last.job]:
                late.remove(wait)
                wait.limit.reschedule(0)  # long ago by the loop's clock


def be_job(number: int) -> None:
    """Be a job from now on, in this task and those that it begins: it does not keep its place while it waits."""
    _job.set(number)


class Noted:
    """A transport that notes which job waits for an answer."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def send(self, request: Any, **limits: Any) -> Any:
        """Send one request, as the transport beneath does."""
        async with current_site.get().part(Elsewhere).waiting(request.url):
            return await self._inner.send(request, **limits)

    async def close(self) -> None:
        """Close the transport beneath."""
        await self._inner.close()


def _domain(uri: str) -> str:
    try:
        return domain_of(host_of(uri))
    except BadUri:
        return ""

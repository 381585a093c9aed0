"""The worker's half of an instance: one TaskGroup that owns the job runner and every loop of the features (the sender …).

Not for: deciding what work there is; jobs come from facts, loops and timetables from `features.py`.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, cast

from fedcop.core import clock, database, jobs
from fedcop.core.errors import Conflict
from fedcop.core.i18n import N_
from fedcop.core.running import LOCK
from fedcop.core.site import Site
from fedcop.core.storage import sweep
from fedcop.federation.sending import destinations

A_DAY = 86400.0


async def run_worker(site: Site, stop: asyncio.Event, ready: Callable[[], Awaitable[None]] | None = None) -> None:
    """Work until told to stop; what is under way gets time to end, the rest stays in the database.

    `ready` is called once it is certain that this process may work.
    """
    begun = clock.now().timestamp()
    if database.dialect() == "postgres":
        await asyncio.to_thread(sweep, site.settings.data, begun - A_DAY)  # other processes may be writing
        await _work(site, stop, ready)
        return
    with _alone(site):
        # On SQLite there is one worker. What a predecessor had claimed when it was killed is free again at once.
        await jobs.free_all()
        await destinations.free_all()
        await asyncio.to_thread(sweep, site.settings.data, begun)
        await _work(site, stop, ready)


async def _work(site: Site, stop: asyncio.Event, ready: Callable[[], Awaitable[None]] | None) -> None:
    if ready is not None:
        await ready()
    async with asyncio.TaskGroup() as group:
        group.create_task(site.runner.run(stop), name="jobs")
        for feature in site.features:
            for loop in feature.loops:
                group.create_task(
                    cast(Coroutine[Any, Any, None], loop(stop)),
                    name=f"{feature.name}: {getattr(loop, '__name__', 'loop')}",
                )


@contextmanager
def _alone(site: Site) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends; refuse a second worker on the same folder."""
    site.settings.data.mkdir(parents=True, exist_ok=True)
    with (site.settings.data / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(
                N_("Another fedcop already works on %(folder)s."), "second-worker", folder=str(site.settings.data)
            ) from None
        yield

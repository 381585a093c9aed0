"""The worker's half of an instance: one TaskGroup that owns the job runner and every loop of the features (the sender …).

Not for: deciding what work there is; jobs come from facts, loops and timetables from `features.py`.
"""

from __future__ import annotations

import asyncio

from fedcop.core.site import Site


async def run_worker(site: Site, stop: asyncio.Event) -> None:
    """Work until told to stop; what is under way gets time to end, the rest stays in the database."""
    async with asyncio.TaskGroup() as group:
        group.create_task(site.runner.run(stop), name="jobs")
        for feature in site.features:
            for loop in feature.loops:
                group.create_task(loop(stop), name=f"{feature.name}: {getattr(loop, '__name__', 'loop')}")

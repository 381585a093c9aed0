"""Jobs that come back by themselves: each has one waiting row, put there anew whenever it is taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fedcop.core.clock import now
from fedcop.core.database import execute
from fedcop.core.feature import Feature, Job, name_of
from fedcop.core.jobs import Claimed, enqueue

PREFIX = "timetable:"


async def schedule(features: Iterable[Feature]) -> None:
    """See to it that each recurring job waits for its turn. A new one waits for a whole turn first."""
    for every, job in entries(features):
        await _put(every, job)


async def clamp(features: Iterable[Feature]) -> None:
    """The clock was set back: no recurring job waits for longer than a turn."""
    for every, job in entries(features):
        at = now() + every
        await execute("UPDATE job SET due_at = ? WHERE unique_key = ? AND due_at > ?", at, PREFIX + name_of(job), at)


async def put_back(job: Claimed, features: Iterable[Feature]) -> None:
    """Put the next turn of a recurring job into the table, before the present one is done."""
    if job.unique and job.unique.startswith(PREFIX):
        for every, function in entries(features):
            if name_of(function) == job.name:
                await _put(every, function)


def entries(features: Iterable[Feature]) -> list[tuple[timedelta, Job]]:
    """The whole timetable."""
    return [entry for feature in features for entry in feature.timetable]


async def _put(every: timedelta, job: Job) -> None:
    await enqueue(job, due=now() + every, unique=PREFIX + name_of(job))

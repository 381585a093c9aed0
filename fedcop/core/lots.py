"""Jobs of one kind that are due at the same moment are done in one go: what asks the database for one, asks it for all of them.

A feature names in `many` what gets the facts of several jobs, in their order, and does all of them; or the first ones, and tells how
many. Of those that it leaves it is asked again; where it does none, the first one is done by the job itself, as ever, and where it fails,
all are: a job may be done twice, and decides alone whether it is tried again. What was tried before is always done alone, so that what a worker died of takes nobody along a second time.
Not for: jobs that are enqueued by name; which jobs are due (jobs.py), or running them (runner.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from time import monotonic
from typing import Any

from fedcop.core import budgets, jobs
from fedcop.core.clock import now
from fedcop.core.current import surroundings
from fedcop.core.database import atomic, dialect, in_parts, rows
from fedcop.core.feature import Job, ManyJobs
from fedcop.core.jobs import Claimed

MOST = 50  # jobs in one lot
SHARED = (
    20  # in one of a lane on PostgreSQL, about what a round does: of a burst, other workers take the rest meanwhile
)
LOOKED_AT = 400  # jobs, for those that go along: what waits of other kinds must not make each look longer

# Beside lanes, those that are due next.
BESIDE = (
    "SELECT id FROM (SELECT j.id, j.name, j.attempts, j.due_at FROM job j WHERE j.lane IS NULL AND"  # noqa: S608 - our own words
    f" {jobs.FREE} ORDER BY j.due_at, j.id LIMIT ?) AS o WHERE name IN (?) AND attempts = 0 ORDER BY due_at, id LIMIT ?"
)
# In a lane, those right behind its first. While that one is ours, nobody else takes one of them.
BEHIND = (
    "SELECT * FROM (SELECT j.id, j.name, j.lane, CASE WHEN j.attempts = 0 AND j.due_at <= ? AND (j.leased_until IS NULL OR"
    " j.leased_until < ?) THEN 1 ELSE 0 END AS free FROM job j WHERE j.lane = ? AND j.failed_at IS NULL AND j.id > ? ORDER BY j.id LIMIT ?) AS l"
)
LOCKED = f"= ANY(ARRAY(SELECT j.id FROM job j WHERE j.id IN (?) AND {jobs.FREE} ORDER BY j.id FOR UPDATE SKIP LOCKED))"  # noqa: S608


@atomic
async def claim(
    limit: int, *, running: Collection[int] = (), done: Collection[int] = (), lease: float = jobs.LEASE
) -> list[list[Claimed]]:
    """Take jobs that are due as `jobs.claim` does, and those that go along with them; as lots, each to be done in one go."""
    first = await jobs.claim(limit, running=running, done=done, lease=lease)
    leading = [job for job in first if _goes_along(job)]
    ids = [*await _beside(leading, running), *await _behind(leading)] if leading else []
    along = await _take(ids, running, lease) if ids else []
    return list(_lots([*first, *along]))


async def _beside(leading: Sequence[Claimed], running: Collection[int]) -> list[int]:
    names = {job.name for job in leading if job.lane is None}
    if not names:
        return []
    at = now()
    found = await rows(BESIDE, at, at, list(running) or [0], LOOKED_AT, names, MOST * len(names))
    return [row["id"] for row in found]


async def _behind(leading: Sequence[Claimed]) -> list[int]:
    firsts = {job.lane: job for job in leading if job.lane is not None}
    if not firsts:
        return []
    at, values, most = now(), list[object](), MOST if dialect() == "sqlite" else SHARED
    for job in firsts.values():
        values += [at, at, job.lane, job.id, most - 1]
    found = await rows(" UNION ALL ".join([BEHIND] * len(firsts)), *values)
    ids: list[int] = []
    for lane, behind in groupby(sorted(found, key=lambda row: (row["lane"], row["id"])), key=lambda row: row["lane"]):
        for row in behind:  # of the same kind, without a gap: nothing in a lane overtakes
            if not row["free"] or row["name"] != firsts[lane].name:
                break
            ids.append(row["id"])
    return ids


async def _take(ids: list[int], running: Collection[int], lease: float) -> list[Claimed]:
    at = now()
    until = at + timedelta(seconds=lease)
    if dialect() == "sqlite":
        return await jobs.taken(await rows(jobs.TAKE.format("IN (?)"), until, ids))
    return await jobs.taken(await rows(jobs.TAKE.format(LOCKED), until, ids, at, at, list(running) or [0]))


def _lots(claimed: Iterable[Claimed]) -> Iterable[list[Claimed]]:
    """Put together what is done together, in the order of the first ones."""
    lots: dict[object, list[Claimed]] = {}
    for job in sorted(claimed, key=lambda job: job.id):
        lots.setdefault((job.name, job.lane) if _goes_along(job) else job.id, []).append(job)
    for lot in lots.values():
        for start in range(0, len(lot), MOST):
            yield lot[start : start + MOST]


def one_by_one(job: Job) -> ManyJobs:
    """Do many facts of a reaction one after the other in one transaction, each undone alone where it fails: for those that only write. On SQLite only."""

    async def do(facts: Sequence[Any]) -> int:
        if dialect() == "postgres":  # others write beside us there: it would hold rows in an order that nobody chose
            return 0
        until = monotonic() + budgets.ROUND_SECONDS
        return await in_parts([partial(job, fact) for fact in facts], enough=lambda: monotonic() > until)

    return do


def _goes_along(job: Claimed) -> bool:
    return job.name in surroundings().many and job.attempts == 1

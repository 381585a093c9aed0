"""The table of jobs: promise, claim, finish, try again, give up. What SQL differs is here and nowhere else.

Not for: what a row holds of a fact (payloads.py), or what runs jobs (runner.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from fedcop.core import budgets, bundles
from fedcop.core.behind import Kind, Said, behind, later
from fedcop.core.bundles import Promise
from fedcop.core.clock import now
from fedcop.core.current import surroundings
from fedcop.core.database import after_commit, atomic, dialect, execute, from_json, moment, one_by_one, rows, to_json
from fedcop.core.feature import Job, name_of
from fedcop.core.ids import moment_of, new_id
from fedcop.core.payloads import Packed, pack

F = TypeVar("F", bound=Job)

FIRST_PAUSE = 10.0  # seconds; less hammers a peer that is just restarting
FACTOR = 3
LONGEST_PAUSE = 6 * 3600.0  # more, and a peer that came back waits for half a day
ATTEMPTS = budgets.JOB_ATTEMPTS  # with these pauses, given up after about three days
LEASE = 60.0  # seconds after which the jobs of a killed worker are free again

_ordered: set[str] = set()


class Retry(Exception):
    """Raised by a job that asks to be tried again: not now, but nothing is broken."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


@dataclass(frozen=True)
class Claimed:
    """A job that is ours until its lease runs out."""

    id: int
    name: str
    payload: Mapping[str, Any]
    attempts: int
    unique: str | None
    lane: str | None = None

    @property
    def parts(self) -> int:
        """How many jobs it stands for; 0: it is one by itself."""
        return len(self.payload.get("many", ()))


@dataclass(frozen=True)
class Failed:
    """A job that was given up, as people see it."""

    id: int
    name: str
    attempts: int
    failed_at: datetime
    error: str


def ordered(job: F) -> F:
    """Mark a reaction: its jobs share their fact's lane, hence are done one after the other."""
    _ordered.add(name_of(job))
    return job


def is_ordered(job: Job) -> bool:
    """Whether a reaction was marked `ordered`."""
    return name_of(job) in _ordered


async def enqueue(
    job: Job,
    payload: Any = None,
    *,
    due: datetime | None = None,
    lane: str | None = None,
    unique: str | None = None,
) -> int:
    """Promise a job and give its id. Of those with the same `unique`, one waits at a time: the first."""
    name, packed = name_of(job), pack(job, payload)
    if name not in surroundings().jobs:
        raise LookupError(f"{name} stands in no feature's `jobs`, `reacts` or `timetable`")
    if lane is not None and dialect() == "postgres":
        job_id = await _insert_in_lane(name, packed, due, lane, unique)
    else:
        job_id = await _insert(new_id(), name, packed, due or now(), lane, unique)
    await after_commit(surroundings().wake)
    return job_id


Promised = tuple[Job, Any, str | None]
"""A reaction, the fact that it is to, and the lane that it runs in."""


async def promise(reactions: Sequence[Promised]) -> None:
    """Promise what follows from facts (inside their transaction), in one statement."""
    due, promises = now(), list[Promise]()
    packed: tuple[Any, Packed] | None = None
    for job, fact, lane in reactions:
        packed = packed if packed is not None and packed[0] is fact else (fact, pack(job, fact))
        if packed[1].words:  # they lie apart
            await enqueue(job, fact, lane=lane)
            continue
        promises.append(Promise(name_of(job), packed[1].payload, lane, due))
    if promises:
        await later(PROMISES, *promises)
        await after_commit(surroundings().wake)


async def _said(promises: Sequence[Promise]) -> list[Said]:
    # In a round of deliveries those that are done together anyway are one row.
    waiting = behind()
    bundling = waiting is not None and waiting.in_parts
    wanted = list(bundles.of(promises)) if bundling else [(new_id(), one) for one in promises]
    # Lanes are held in one order, whoever promises.
    wanted.sort(key=lambda pair: (pair[1].lane or "", pair[0]))
    lines, values = list[str](), list[object]()
    for number, one in wanted:
        lines.append(_line(one.lane))
        values += [
            *([one.lane] if lines[-1] != LINE else []),
            number,
            one.name,
            to_json(one.payload),
            one.lane,
            one.due,
        ]
    return [Said(f"INSERT INTO job (id, name, payload, lane, due_at, attempts) VALUES {', '.join(lines)}", values)]  # noqa: S608 - our own words


LINE = "(?, ?, ?, ?, ?, 0)"
# Ids within a lane are in the order of commits, though several machines with several clocks write: the function holds the lane until then (migration 0079).
LINE_IN_LANE = "(number_in_lane(?, ?), ?, ?, ?, ?, 0)"


def _line(lane: str | None) -> str:
    return LINE if lane is None or dialect() == "sqlite" else LINE_IN_LANE


PROMISES = Kind(frozenset({"job"}), 30, one_by_one(_said), _said)


async def _insert(job_id: int, name: str, packed: Packed, due: datetime, lane: str | None, unique: str | None) -> int:
    if packed.words:
        return await _insert_with_words(job_id, name, packed, due, lane, unique)
    return await _insert_row(job_id, name, packed, due, lane, unique)


@atomic
async def _insert_with_words(
    job_id: int, name: str, packed: Packed, due: datetime, lane: str | None, unique: str | None
) -> int:
    promised = await _insert_row(job_id, name, packed, due, lane, unique)
    if promised == job_id:  # else it is the job of who came first, with their words
        await execute(
            "INSERT INTO job_words (id, job_id, words) VALUES (?, ?, ?)", job_id, job_id, to_json(packed.words)
        )
    return promised


async def _insert_row(
    job_id: int, name: str, packed: Packed, due: datetime, lane: str | None, unique: str | None
) -> int:
    done = await execute(
        "INSERT INTO job (id, name, payload, lane, unique_key, due_at, attempts) VALUES (?, ?, ?, ?, ?, ?, 0)"
        " ON CONFLICT (unique_key) DO NOTHING",
        job_id, name, to_json(packed.payload), lane, unique, due,
    )  # fmt: skip
    if done or unique is None:  # of an INSERT, PostgreSQL's driver tells nothing
        return job_id
    waiting = await rows("SELECT id FROM job WHERE id = ? OR unique_key = ?", job_id, unique)
    return int(waiting[0]["id"]) if waiting else new_id()  # it was claimed meanwhile: its work is being done


@atomic
async def _insert_in_lane(name: str, packed: Packed, due: datetime | None, lane: str, unique: str | None) -> int:
    return await _insert(await _number_in_lane(lane), name, packed, due or now(), lane, unique)


async def _number_in_lane(lane: str) -> int:
    return int((await rows("SELECT number_in_lane(?, ?) AS id", lane, new_id()))[0]["id"])


FREE = "j.failed_at IS NULL AND j.due_at <= ? AND (j.leased_until IS NULL OR j.leased_until < ?) AND j.id NOT IN (?)"
LANES = (
    64  # looked at in one go: those of a server each, when 3,000 servers speak at once, must not make each look longer
)
# Of each lane its first is looked for, by hopping from lane to lane in the index, from where the last look ended: it costs as much
# as so many lanes, not as much as waits in them, nor as there are. What a server sends in a week of ours must not make each look longer either.
# As a cross join, for which SQLite hops no further than it must.
FIRST = (
    "SELECT * FROM (SELECT j.id, j.due_at FROM {} l CROSS JOIN job j WHERE j.id = (SELECT min(k.id) FROM job k"  # noqa: S608
    f" WHERE k.lane = l.lane AND k.failed_at IS NULL) AND {FREE} LIMIT {LANES}) AS f"
)
DUE = f"""
WITH RECURSIVE onward (lane) AS (
  SELECT min(lane) FROM job WHERE lane > ?
  UNION ALL SELECT (SELECT min(k.lane) FROM job k WHERE k.lane > l.lane) FROM onward l WHERE l.lane IS NOT NULL
), round (lane) AS (
  SELECT min(lane) FROM job WHERE lane <= ?
  UNION ALL SELECT (SELECT min(k.lane) FROM job k WHERE k.lane > l.lane AND k.lane <= ?) FROM round l WHERE l.lane IS NOT NULL
), due (id, due_at) AS (
  SELECT * FROM (SELECT j.id, j.due_at FROM job j WHERE j.lane IS NULL AND {FREE} ORDER BY j.due_at, j.id LIMIT ?) AS o
  UNION ALL
  {FIRST.format("onward")}
  UNION ALL
  {FIRST.format("round")}
)
SELECT id FROM due ORDER BY due_at, id LIMIT ?
"""  # noqa: S608 - our own words
TAKE = "UPDATE job SET leased_until = ?, attempts = attempts + 1 WHERE id {} RETURNING id, name, payload, attempts, unique_key, lane"
# On PostgreSQL others look at the same moment: some more are looked at, and what they hold is passed over. What they
# have taken since we looked is seen when the row is locked. As an array it is asked for once; a planner may run the
# SELECT of an IN again, and lock more than the limit.
LOCKED = (
    f"SELECT j.id FROM job j WHERE j.id IN ({DUE}) AND {FREE} ORDER BY j.due_at, j.id LIMIT ? FOR UPDATE SKIP LOCKED"  # noqa: S608
)
CLAIM = {"sqlite": TAKE.format(f"IN ({DUE})"), "postgres": TAKE.format(f"= ANY(ARRAY({LOCKED}))")}


class Turn:
    """After which lane the next look begins, so that each has its turn. `surroundings().part(Turn)` gives the site's only one."""

    def __init__(self, _site: object) -> None:
        self.last = ""


@atomic
async def claim(
    limit: int, *, running: Collection[int] = (), done: Collection[int] = (), lease: float = LEASE
) -> list[Claimed]:
    """Take up to `limit` jobs that are due: of each lane its first, and none that this runner is at already. `done` are finished, and go first."""
    await finish(done)
    at = now()
    until = at + timedelta(seconds=lease)
    free, turn = (at, at, list(running) or [0]), surroundings().part(Turn)
    look = [turn.last] * 3
    if dialect() == "sqlite":
        found = await rows(CLAIM["sqlite"], until, *look, *free, limit, *free, *free, limit)
    else:
        found = await rows(CLAIM["postgres"], until, *look, *free, limit * 4, *free, *free, limit * 4, *free, limit)
    claimed = await taken(found)
    turn.last = next((job.lane for job in reversed(claimed) if job.lane is not None), turn.last)
    return claimed


async def taken(found: Sequence[Mapping[str, Any]]) -> list[Claimed]:
    """Make jobs of rows that were just taken (inside that transaction), in the order of their ids."""
    # The key is free from now on: what is promised while this one runs may not have been seen by it.
    keyed = [row["id"] for row in found if row["unique_key"]]
    if keyed:
        await execute("UPDATE job SET unique_key = NULL WHERE id IN (?)", keyed)
    claimed = [
        Claimed(row["id"], row["name"], from_json(row["payload"]), row["attempts"], row["unique_key"], row["lane"])
        for row in sorted(found, key=lambda row: row["id"])
    ]
    if worded := {job.id: job for job in claimed if job.payload.get("words")}:
        for row in await rows("SELECT job_id, words FROM job_words WHERE job_id IN (?)", list(worded)):
            worded[row["job_id"]].payload["with"].update(from_json(row["words"]))
    return claimed


async def wait_in(lane: str) -> bool:
    """Tell whether anything is still to be done in a lane."""
    return bool(await rows("SELECT 1 FROM job WHERE lane = ? AND failed_at IS NULL LIMIT 1", lane))


async def renew(running: Collection[int], *, lease: float = LEASE) -> None:
    """Keep jobs that are still running from being taken for abandoned."""
    if running:
        await execute(
            "UPDATE job SET leased_until = ? WHERE id IN (?)", now() + timedelta(seconds=lease), list(running)
        )


async def go_on_after(back: timedelta) -> None:
    """The clock was set back: what had been due is due still, and no lease lasts longer than leases do.

    What recurs is left to the timetable. Done twice, as by two workers, it can make what was promised in between come early, and nothing else.
    """
    at = now()
    lasting = at + timedelta(seconds=LEASE)
    await execute("UPDATE job SET leased_until = ? WHERE leased_until > ?", lasting, lasting)
    await execute(
        "UPDATE job SET due_at = ? WHERE due_at > ? AND due_at <= ? AND failed_at IS NULL"
        " AND (unique_key IS NULL OR unique_key NOT LIKE 'timetable:%')",
        at, at, at + back,
    )  # fmt: skip


async def latest() -> datetime | None:
    """When the last of the jobs that wait was promised, by the clock of then."""
    found = (await rows("SELECT max(id) AS id FROM job"))[0]["id"]
    return moment_of(found) if found else None


async def free_all() -> None:
    """Free every job: the only worker there is has just begun, so nobody is at work on any."""
    await execute("UPDATE job SET leased_until = NULL WHERE leased_until IS NOT NULL")


async def release(running: Collection[int]) -> None:
    """Give jobs back that were not done: the runner was told to stop."""
    if running:
        query = "UPDATE job SET leased_until = NULL, attempts = attempts - 1 WHERE id IN (?)"
        await execute(query, list(running))


async def free(ids: Collection[int]) -> None:
    """Give jobs back that are to be done alone: they were tried together with others."""
    if ids:
        await execute("UPDATE job SET leased_until = NULL WHERE id IN (?)", list(ids))


async def finish(done: Collection[int]) -> None:
    """These jobs are done."""
    if done:
        await execute("DELETE FROM job WHERE id IN (?)", list(done))


def pause(attempts: int) -> float:
    """Seconds until the next attempt."""
    return float(min(FIRST_PAUSE * FACTOR ** min(attempts - 1, 20), LONGEST_PAUSE))


async def try_again(job: Claimed, reason: str, after: float | None = None) -> bool:
    """Put a job back for later, or give it up after too many attempts. Tells whether it will be tried again."""
    if job.attempts >= ATTEMPTS:
        await give_up(job, reason)
        return False
    due = now() + timedelta(seconds=pause(job.attempts) if after is None else after)
    await execute(
        "UPDATE job SET due_at = ?, leased_until = NULL, error = ?, unique_key ="
        " CASE WHEN EXISTS (SELECT 1 FROM job k WHERE k.unique_key = ?) THEN NULL ELSE ? END WHERE id = ?",
        due, reason[:2000], job.unique, job.unique, job.id,
    )  # fmt: skip
    return True


async def give_up(job: Claimed, reason: str) -> None:
    """Keep a job that failed for good, for people to look at. Its lane is free again."""
    query = "UPDATE job SET failed_at = ?, leased_until = NULL, error = ? WHERE id = ?"
    await execute(query, now(), reason[:2000], job.id)


@atomic
async def revive(job_id: int) -> bool:
    """Try a job again that was given up."""
    query = "UPDATE job SET failed_at = NULL, attempts = 0, due_at = ? WHERE id = ? AND failed_at IS NOT NULL"
    done = await execute(query, now(), job_id)
    await after_commit(surroundings().wake)
    return bool(done)


async def forget_failed(days: int = 60) -> int:
    """Forget the jobs that were given up long ago."""
    return await execute("DELETE FROM job WHERE failed_at < ?", now() - timedelta(days=days))


@dataclass(frozen=True)
class Due:
    """How much there is to do."""

    count: int
    oldest: float  # seconds since it was due
    failed: int


async def measured() -> Due:
    """Count what is due, and what was given up."""
    at = now()
    found = await rows("SELECT COUNT(*) AS n, MIN(due_at) AS at FROM job WHERE failed_at IS NULL AND due_at <= ?", at)
    given_up = await rows("SELECT COUNT(*) AS n FROM job WHERE failed_at IS NOT NULL")
    first = moment(found[0]["at"])
    return Due(int(found[0]["n"]), (at - first).total_seconds() if first else 0.0, int(given_up[0]["n"]))


async def failed(*, before: int = 0, limit: int = 40) -> list[Failed]:
    """List jobs that failed for good, newest first; one more than `limit` means more."""
    found = await rows(
        "SELECT id, name, attempts, failed_at, error FROM job WHERE failed_at IS NOT NULL AND (id < ? OR ? = 0)"
        " ORDER BY id DESC LIMIT ?",
        before, before, limit + 1,
    )  # fmt: skip
    return [Failed(row["id"], row["name"], row["attempts"], row["failed_at"], row["error"] or "") for row in found]


async def state_of(job_id: int) -> str:
    """How far a job is: "done", "waiting" (not tried yet, or running), "trying" (an attempt failed), "failed"."""
    found = await rows("SELECT failed_at, error FROM job WHERE id = ?", job_id)
    if not found:
        return "done"
    if found[0]["failed_at"]:
        return "failed"
    return "trying" if found[0]["error"] else "waiting"

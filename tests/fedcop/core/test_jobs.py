"""Jobs: promised in the transaction, done once, in order within a lane, tried again, given up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedcop.core import jobs, runner, timetable
from fedcop.core.clock import SystemClock, Watch, current_clock, now
from fedcop.core.database import atomic, dialect, moment, rows
from fedcop.core.facts import Fact, record
from fedcop.core.feature import Feature, jobs_of, name_of
from fedcop.core.jobs import Retry, enqueue, ordered
from fedcop.core.runner import JobsFailed
from fedcop.core.site import Site
from tests.rig.clock import StandingClock

DONE: list[Any] = []
FAIL: set[int] = set()
RUNNING = {"now": 0, "most": 0}


@dataclass(frozen=True)
class Rang(Fact):
    bell: int
    tower: str = "north"
    at: datetime | None = None
    others: tuple[int, ...] = ()

    @property
    def lane(self) -> str:
        return self.tower


@dataclass(frozen=True)
class Echoed(Rang):
    """What follows in the lane does not stand together."""


@dataclass(frozen=True)
class Silent(Fact):
    """Nobody reacts, and that is meant."""


@dataclass(frozen=True)
class Forgotten(Fact):
    """Nobody reacts, and nobody said so."""


async def plain(**payload: Any) -> None:
    DONE.append(payload)


@ordered
async def hear(fact: Rang) -> None:
    if fact.bell in FAIL:
        raise ValueError(f"bell {fact.bell} is cracked")
    DONE.append(fact)


@ordered
async def hear_again(fact: Rang) -> None:
    DONE.append(("again", fact.bell))


async def count_in(fact: Rang) -> None:
    DONE.append(("counted", fact.bell))


async def ask_again(after: float | None = None) -> None:
    DONE.append("asked")
    raise Retry("the peer is away", after=after)


async def linger(seconds: float = 0.05) -> None:
    RUNNING["now"] += 1
    RUNNING["most"] = max(RUNNING["most"], RUNNING["now"])
    try:
        await asyncio.sleep(seconds)
    finally:
        RUNNING["now"] -= 1
    DONE.append("lingered")


async def tick() -> None:
    DONE.append("tick")


async def promise_more(n: int) -> None:
    DONE.append(n)
    if n:
        await enqueue(promise_more, {"n": n - 1})


@pytest.fixture
def features() -> tuple[Feature, ...]:
    DONE.clear()
    FAIL.clear()
    RUNNING.update(now=0, most=0)
    return (
        Feature(
            name="bells",
            reacts={Rang: (hear, count_in), Echoed: (hear, count_in, hear_again), Silent: ()},
            jobs=(plain, ask_again, linger, promise_more),
            timetable=((timedelta(hours=1), tick),),
        ),
    )


@atomic
async def ring(*facts: Fact) -> None:
    for fact in facts:
        await record(fact)


@atomic
async def record_all(*facts: Fact) -> None:
    await record(*facts)


async def waiting() -> list[dict[str, Any]]:
    return await rows("SELECT * FROM job WHERE name LIKE '%test_jobs:%' AND name NOT LIKE '%:tick' ORDER BY id")


async def test_a_job_is_done_once_with_its_payload(site: Site) -> None:
    await enqueue(plain, {"a": 1, "b": ["c", None]})
    assert await site.runner.settle() == 1
    assert await site.runner.settle() == 0
    assert DONE == [{"a": 1, "b": ["c", None]}]


async def test_jobs_may_promise_jobs(site: Site) -> None:
    await enqueue(promise_more, {"n": 3})
    assert await site.runner.settle() == 4
    assert DONE == [3, 2, 1, 0]


async def test_facts_come_back_as_they_were(site: Site) -> None:
    fact = Rang(1, at=datetime(2026, 3, 2, 14, 0, 5, 3, tzinfo=UTC), others=(7, 8))
    await ring(fact)
    assert DONE == []
    await site.runner.settle()
    assert [fact, ("counted", 1)] == DONE


async def test_what_follows_in_a_lane_and_beside_it_has_numbers_of_its_own(site: Site) -> None:
    await record_all(Echoed(1), Echoed(2, tower="south"), Echoed(3), Echoed(4))
    promised = await waiting()
    assert len({row["id"] for row in promised}) == 12
    await site.runner.settle()
    for reaction in ("hear", "hear_again"):
        assert [row["lane"] for row in promised if row["name"].endswith(f":{reaction}")].count("north") == 3
    assert [fact.bell for fact in DONE if isinstance(fact, Echoed) and fact.tower == "north"] == [1, 3, 4]


async def test_a_fact_that_was_rolled_back_never_happened(site: Site) -> None:
    @atomic
    async def fail() -> None:
        await record(Rang(1))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await site.runner.settle() == 0


async def test_a_fact_outside_a_transaction_or_unknown_to_all_features_is_refused(site: Site) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        await record(Rang(1))
    with pytest.raises(LookupError, match="Forgotten"):
        await ring(Forgotten())
    await ring(Silent())


async def test_a_job_must_stand_in_a_feature_and_in_a_module(site: Site) -> None:
    async def local() -> None: ...

    with pytest.raises(LookupError, match="no feature"):
        await enqueue(local)
    with pytest.raises(ValueError, match="function of a module"):
        jobs_of((Feature(name="x", jobs=(local,)),))
    with pytest.raises(TypeError, match="mapping"):
        await enqueue(plain, [1])


async def test_a_lane_waits_for_its_first_other_lanes_do_not(site: Site, clock: StandingClock) -> None:
    FAIL.add(1)
    await ring(Rang(1), Rang(2), Rang(3, tower="south"), Rang(4))
    with pytest.raises(JobsFailed) as failed:
        await site.runner.settle()
    assert "cracked" in str(failed.value.exceptions[0])
    heard = [fact.bell for fact in DONE if isinstance(fact, Rang)]
    assert heard == [3]
    assert sorted(item[1] for item in DONE if isinstance(item, tuple)) == [1, 2, 3, 4]
    FAIL.clear()
    clock.advance(jobs.pause(1))
    await site.runner.settle()
    assert [fact.bell for fact in DONE if isinstance(fact, Rang)] == [3, 1, 2, 4]


async def test_a_job_that_is_given_up_frees_its_lane_and_can_be_revived(site: Site, clock: StandingClock) -> None:
    FAIL.add(1)
    await ring(Rang(1), Rang(2))
    for attempt in range(1, jobs.ATTEMPTS + 1):
        await site.runner.settle(strict=False)
        clock.advance(jobs.pause(attempt))
    await site.runner.settle(strict=False)
    assert [fact.bell for fact in DONE if isinstance(fact, Rang)] == [2]
    (left,) = await waiting()
    assert left["failed_at"] and left["error"] == "ValueError: bell 1 is cracked"
    assert await jobs.state_of(left["id"]) == "failed"
    assert timedelta(days=2) < now() - datetime(2026, 3, 2, 14, 0, tzinfo=UTC) < timedelta(days=4)
    FAIL.clear()
    assert await jobs.revive(left["id"])
    assert not await jobs.revive(12345)
    await site.runner.settle()
    assert await waiting() == []


async def test_retry_waits_as_long_as_it_asks(site: Site, clock: StandingClock) -> None:
    await enqueue(ask_again, {"after": 100})
    await site.runner.settle()
    clock.advance(99)
    assert await site.runner.settle() == 0
    clock.advance(1)
    assert await site.runner.settle() == 1
    (left,) = await waiting()
    assert left["attempts"] == 2 and left["error"] == "the peer is away"


async def test_pauses_grow_and_stop_growing() -> None:
    assert [jobs.pause(n) for n in (1, 2, 3)] == [10, 30, 90]
    assert jobs.pause(jobs.ATTEMPTS) == jobs.pause(1000) == 6 * 3600


async def test_jobs_that_are_due_later_wait(site: Site, clock: StandingClock) -> None:
    await enqueue(plain, {}, due=now() + timedelta(minutes=5))
    assert await site.runner.settle() == 0
    clock.advance(minutes=5)
    assert await site.runner.settle() == 1


async def test_one_waits_per_unique_key_and_what_comes_while_it_runs_is_kept(site: Site) -> None:
    first = await enqueue(plain, {"n": 1}, unique="digest")
    assert await enqueue(plain, {"n": 2}, unique="digest") == first
    (claimed,) = await jobs.claim(5)
    second = await enqueue(plain, {"n": 3}, unique="digest")
    assert second != first
    assert await jobs.try_again(claimed, "broken")  # its key is taken by now
    assert sorted((row["id"], row["unique_key"]) for row in await waiting()) == [(first, None), (second, "digest")]
    await site.runner.settle()
    assert DONE == [{"n": 3}]
    (claimed,) = await jobs.claim(5, lease=0) or [claimed]
    await jobs.try_again(claimed, "broken", 0)
    assert (await waiting())[0]["unique_key"] == "digest"


async def test_the_jobs_of_a_dead_worker_are_free_after_the_lease_not_before(site: Site, clock: StandingClock) -> None:
    await enqueue(plain, {})
    assert len(await jobs.claim(5)) == 1  # and then the worker dies
    clock.advance(jobs.LEASE - 1)
    assert await site.runner.settle() == 0
    clock.advance(2)
    assert await site.runner.settle() == 1


async def test_a_renewed_lease_holds(site: Site, clock: StandingClock) -> None:
    await enqueue(plain, {})
    (claimed,) = await jobs.claim(5)
    clock.advance(jobs.LEASE - 1)
    await jobs.renew([claimed.id])
    clock.advance(jobs.LEASE - 1)
    assert await jobs.claim(5) == []


async def test_a_job_that_kills_its_worker_again_and_again_is_given_up(site: Site, clock: StandingClock) -> None:
    await enqueue(plain, {})
    for _ in range(jobs.ATTEMPTS):
        assert await jobs.claim(5)
        clock.advance(jobs.LEASE + 1)
    await site.runner.settle(strict=False)
    (left,) = await waiting()
    assert left["failed_at"] and "worker died" in left["error"]
    assert DONE == []


async def test_a_name_that_no_longer_exists_is_shown_not_lost(site: Site) -> None:
    await enqueue(plain, {})
    await rows("UPDATE job SET name = 'gone:gone' RETURNING id")
    await site.runner.settle(strict=False)
    assert "no job named gone:gone" in (await rows("SELECT error FROM job"))[0]["error"]


async def test_two_workers_never_take_the_same_job(site: Site) -> None:
    for n in range(40):
        await enqueue(plain, {"n": n}, lane="one" if n % 4 == 0 else None)
    taken = await asyncio.gather(*(jobs.claim(7) for _ in range(8)))
    ids = [job.id for batch in taken for job in batch]
    assert len(ids) == len(set(ids)) == 31  # of the lane, its first


async def test_looking_for_jobs_costs_the_same_however_many_wait_in_a_lane(site: Site) -> None:
    await ring(*(Rang(n, tower=f"tower {n % 3}") for n in range(90)))
    await rows("UPDATE job SET due_at = '2020-01-01 00:00:00+00:00' WHERE lane IS NOT NULL RETURNING id")
    claimed = await jobs.claim(50)
    assert [job.name.rpartition(":")[2] for job in claimed].count("hear") == 3, "of each lane the first"
    assert [job.payload["with"]["bell"] for job in claimed if job.name.endswith(":hear")] == [0, 1, 2]
    assert len(claimed) == 50, "what waits in lanes keeps nobody from the others"
    if dialect() == "sqlite":
        plan = await rows(
            f"EXPLAIN QUERY PLAN {jobs.DUE}", *[""] * 3, *["2026", "2026", 0, 8], *["2026", "2026", 0] * 2, 8
        )
        scanned = [row["detail"] for row in plan if row["detail"] in ("SCAN job", "SCAN j", "SCAN k")]
        assert scanned == [], "each job that waits would be looked at"


async def test_each_lane_has_its_turn_however_many_there_are(site: Site) -> None:
    most = jobs.LANES
    for n in range(3 * most):
        await enqueue(plain, {"n": n}, lane=f"from:h{n:03}.example")
    turns = [await jobs.claim(most // 2) for _ in range(6)]
    assert {len(some) for some in turns} == {most // 2}, "each look finds what is due, wherever it begins"
    lanes = {job.lane for some in turns for job in some}
    assert len(lanes) == 3 * most, "and nobody waits for ever behind those that a look begins with"
    assert await jobs.claim(1) == []


async def test_looking_for_jobs_hops_no_further_than_it_must(site: Site) -> None:
    if dialect() != "sqlite":
        pytest.skip("the planner of PostgreSQL stops a recursion as soon as nobody wants more of it")
    plan = await rows(f"EXPLAIN QUERY PLAN {jobs.DUE}", *[""] * 3, *["2026", "2026", 0, 8], *["2026", "2026", 0] * 2, 8)
    assert [row["detail"] for row in plan if row["detail"].startswith("MATERIALIZE")] == [], (
        "it would look at all lanes"
    )


async def run_for(site: Site, until: Any, *, seconds: float = 10) -> float:
    """Run the loop until something holds, and tell how long that took."""
    stop = asyncio.Event()
    started = time.perf_counter()
    async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
        group.create_task(site.runner.run(stop))
        while not until():
            await asyncio.sleep(0.002)
        took = time.perf_counter() - started
        stop.set()
    return took


async def test_an_idle_runner_wakes_within_50_ms_of_a_commit(site: Site) -> None:
    delays: list[float] = []
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(site.runner.run(stop))
        await asyncio.sleep(0.2)
        for n in range(7):
            await ring(Rang(n))
            started = time.perf_counter()
            while not any(isinstance(item, Rang) and item.bell == n for item in DONE):
                await asyncio.sleep(0.001)
            delays.append(time.perf_counter() - started)
            await asyncio.sleep(0.03)
        stop.set()
    assert sorted(delays)[len(delays) // 2] < 0.05, delays


async def test_eight_jobs_run_at_a_time_and_none_is_dropped_at_the_end(site: Site) -> None:
    for _ in range(20):
        await enqueue(linger)
    await run_for(site, lambda: RUNNING["most"] == runner.CONCURRENCY)
    assert RUNNING["now"] == 0
    assert RUNNING["most"] == 8
    assert len(DONE) + len(await waiting()) == 20
    await run_for(site, lambda: len(DONE) == 20)
    assert await waiting() == []


async def test_a_cancelled_runner_gives_its_jobs_back(site: Site) -> None:
    await enqueue(linger, {"seconds": 30})
    task = asyncio.ensure_future(site.runner.run(asyncio.Event()))
    while not RUNNING["now"]:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (left,) = await waiting()
    assert left["leased_until"] is None and left["attempts"] == 0


async def test_a_job_that_lasts_does_not_keep_the_process_from_ending(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PATIENCE", 0.3)
    for seconds in (0.05, 600):
        await enqueue(linger, {"seconds": seconds})
    await run_for(site, lambda: RUNNING["now"] == 2)
    (left,) = await waiting()
    assert left["leased_until"] is None and left["attempts"] == 0


async def test_what_is_done_while_a_runner_stops_is_put_away_before_the_last_job(site: Site) -> None:
    """Else another worker does it again, once the lease is over."""
    for seconds in (30, 0.05, 0.05):
        await enqueue(linger, {"seconds": seconds})
    stop = asyncio.Event()
    task = asyncio.ensure_future(site.runner.run(stop))
    while RUNNING["now"] < 3:
        await asyncio.sleep(0.01)
    stop.set()
    try:
        async with asyncio.timeout(5):
            while len(await waiting()) > 1:
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    (left,) = await waiting()
    assert DONE == ["lingered"] * 2 and left["leased_until"] is None


async def test_the_lane_is_kept_by_the_loop_too(site: Site) -> None:
    await ring(*(Rang(n) for n in range(30)))
    await run_for(site, lambda: len(DONE) == 60)
    assert [fact.bell for fact in DONE if isinstance(fact, Rang)] == list(range(30))


async def test_what_recurs_comes_back(site: Site, clock: StandingClock) -> None:
    await timetable.schedule(site.features)
    await timetable.schedule(site.features)
    assert await site.runner.settle() == 0
    for _ in range(3):
        clock.advance(hours=1)
        assert await site.runner.settle() == 1
    assert DONE == ["tick"] * 3
    assert len(await rows("SELECT id FROM job WHERE name LIKE '%:tick'")) == 1


async def test_a_clock_that_is_set_back_stalls_nothing(site: Site, clock: StandingClock) -> None:
    """What had been due waited until the clock was there again, and a dead worker's lease lasted as much longer."""
    DONE.clear()
    hour = timedelta(hours=1)
    await timetable.schedule(site.features)
    await enqueue(plain, {"n": 1}, lane="a")
    [claimed] = await jobs.claim(1)
    await enqueue(plain, {"n": 2}, lane="b")
    await enqueue(plain, {"n": 3}, due=now() + timedelta(minutes=30))
    clock.advance(-3600)
    assert await jobs.latest() == now() + hour
    assert await jobs.claim(9) == []
    for _twice in range(2):
        await jobs.go_on_after(hour)
        await timetable.clamp(site.features)
    await site.runner.settle()
    assert DONE == [{"n": 2}]
    due = {row["unique_key"]: moment(row["due_at"]) for row in await rows("SELECT * FROM job WHERE unique_key <> ''")}
    assert due == {timetable.PREFIX + name_of(job): now() + every for every, job in timetable.entries(site.features)}
    clock.advance(jobs.LEASE + 1)
    await site.runner.settle()
    assert DONE == [{"n": 2}, {"n": 1}] and claimed.payload["with"] == {"n": 1}
    clock.advance(3600 + 1800)
    await site.runner.settle()
    assert DONE[-1] == {"n": 3}, "what is to come later comes at its moment"


async def test_a_watch_sees_a_clock_that_is_set_back_and_none_that_goes_or_is_set_forward() -> None:
    class Hands(SystemClock):
        at = 1_000_000.0

        def now(self) -> datetime:
            return datetime.fromtimestamp(self.at, UTC)

    hands, passed = Hands(), 0.0
    token = current_clock.set(hands)
    try:
        watch = Watch(lambda: passed)
        seen = []
        for wall, steady in ((10, 10), (3600, 1), (-3600, 1), (1, 2), (0, 30)):
            hands.at += wall
            passed += steady
            seen.append(watch.set_back().total_seconds())
        assert seen == [0, 0, 3601, 0, 30]
    finally:
        current_clock.reset(token)


async def test_waiting_for_a_job(site: Site) -> None:
    assert await site.runner.wait_for(await enqueue(plain, {}))
    assert not await site.runner.wait_for(await enqueue(ask_again, {}))
    site.runner.inline = False
    assert not await site.runner.wait_for(await enqueue(plain, {}), 0.1)


async def test_no_job_is_run_inside_a_transaction(site: Site) -> None:
    @atomic
    async def careless() -> None:
        await site.runner.settle()

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await careless()


async def test_ids_of_a_lane_follow_the_order_of_commits(site: Site) -> None:
    """Whatever the clocks of the machines say."""
    later = await enqueue(plain, {"n": 1}, lane="x")
    if site.settings.database.startswith("postgres"):
        await rows("UPDATE job SET id = id + 5000000000 RETURNING id")
        assert await enqueue(plain, {"n": 2}, lane="x") > later + 5000000000
    else:
        assert await enqueue(plain, {"n": 2}, lane="x") > later
    await site.runner.settle()
    assert DONE == [{"n": 1}, {"n": 2}]


async def test_a_runner_hears_of_jobs_that_another_process_promised(make_site: Any) -> None:
    """On PostgreSQL by NOTIFY, on SQLite at the next look."""
    async with make_site() as worker, make_site() as web:
        assert worker is not web

        async def work(stop: asyncio.Event) -> None:
            async with worker.entered():
                await worker.runner.run(stop)

        stop = asyncio.Event()
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(work(stop))
            await asyncio.sleep(0.5)
            started = time.perf_counter()
            await enqueue(plain, {"from": "web"})
            while not DONE:
                await asyncio.sleep(0.002)
            took = time.perf_counter() - started
            stop.set()
        assert took < (0.25 if web.settings.database.startswith("postgres") else runner.POLL + 0.3)

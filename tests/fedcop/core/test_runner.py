"""The loop that runs jobs: so many at a time, ended without losing any, by clocks that are set."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedcop.core import jobs, runner, timetable
from fedcop.core.clock import SystemClock, Watch, current_clock, now
from fedcop.core.database import atomic, moment, rows
from fedcop.core.feature import Feature, name_of
from fedcop.core.jobs import enqueue
from fedcop.core.site import Site
from tests.fedcop.core.bells import DONE, RUNNING, Rang, ask_again, bells, linger, plain, ring, waiting
from tests.rig.clock import StandingClock


@pytest.fixture
def features() -> tuple[Feature, ...]:
    return bells()


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

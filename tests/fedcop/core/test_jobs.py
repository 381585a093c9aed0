"""Jobs: promised in the transaction, done once, in order within a lane, tried again, given up."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fedcop.core import jobs
from fedcop.core.clock import now
from fedcop.core.database import atomic, rows
from fedcop.core.facts import record
from fedcop.core.feature import Feature, jobs_of
from fedcop.core.jobs import enqueue
from fedcop.core.runner import JobsFailed
from fedcop.core.site import Site
from tests.fedcop.core.bells import (
    DONE,
    FAIL,
    Echoed,
    Forgotten,
    Rang,
    Silent,
    ask_again,
    bells,
    plain,
    promise_more,
    record_all,
    ring,
    waiting,
)
from tests.rig.clock import StandingClock


@pytest.fixture
def features() -> tuple[Feature, ...]:
    return bells()


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

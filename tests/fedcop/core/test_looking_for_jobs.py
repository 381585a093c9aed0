"""Looking for jobs that are due costs little however many wait, and each lane has its turn."""

from __future__ import annotations

import pytest

from fedcop.core import jobs
from fedcop.core.database import dialect, rows
from fedcop.core.feature import Feature
from fedcop.core.jobs import enqueue
from fedcop.core.site import Site
from tests.fedcop.core.bells import Rang, bells, plain, ring


@pytest.fixture
def features() -> tuple[Feature, ...]:
    return bells()


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

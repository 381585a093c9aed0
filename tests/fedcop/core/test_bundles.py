"""One job stands for several of a round: what they do is done once for each of them, in their order, and alone after it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from fedcop.core.clock import now
from fedcop.core.database import atomic, from_json, in_parts, rows
from fedcop.core.facts import Fact, record
from fedcop.core.feature import Feature, Job, ManyJobs
from fedcop.core.jobs import ordered
from fedcop.core.site import Site

DONE: list[object] = []
FAIL: set[int] = set()
MOST = {"at once": 50}


@dataclass(frozen=True)
class Said(Fact):
    word: int
    at: datetime
    to: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        return f"talk:{self.to}"


@dataclass(frozen=True)
class Whispered(Said):
    pass


@ordered
async def hear(fact: Said) -> None:
    if fact.word in FAIL:
        raise ValueError("it is not understood")
    DONE.append(fact.word)


async def hear_many(facts: Sequence[Said]) -> int:
    some = facts[: MOST["at once"]]
    if any(fact.word in FAIL for fact in some):
        raise ValueError("one of them is not understood")
    assert all(isinstance(fact.at, datetime) and isinstance(fact.to, tuple) for fact in some)
    DONE.append(tuple(fact.word for fact in some))
    return len(some)


async def write_down(fact: Said) -> None:
    DONE.append(f"written {fact.word}")


async def write_all_down(facts: Sequence[Said]) -> None:
    DONE.append(f"written {[fact.word for fact in facts]}")


@ordered
async def repeat(fact: Whispered) -> None:
    DONE.append(f"repeated {fact.word}")


@pytest.fixture
def features() -> tuple[Feature, ...]:
    DONE.clear()
    FAIL.clear()
    MOST["at once"] = 50
    many: dict[Job, ManyJobs] = {hear: hear_many, write_down: write_all_down}
    return (Feature("talk", reacts={Said: (hear, write_down), Whispered: (repeat,)}, many=many),)


@atomic
async def happen(*facts: Fact) -> None:
    await record(*facts)


async def happens_in_a_round(*facts: Fact) -> None:
    parts = [lambda fact=fact: happen(fact) for fact in facts]
    assert await in_parts(parts, enough=lambda: False) == len(facts)


async def waiting() -> list[tuple[str, int, list[int]]]:
    """Which jobs wait, how often they were tried, and what each stands for."""
    found = await rows("SELECT id, name, payload, attempts FROM job WHERE name LIKE '%test_bundles:%' ORDER BY id")
    said = []
    for row in found:
        payload = from_json(row["payload"])
        assert "many" not in payload or payload["many"][0][0] == row["id"]
        parts = [one for _number, one in payload.get("many", ())] or [payload["with"]]
        said.append((row["name"].rpartition(":")[2], row["attempts"], [one["word"] for one in parts]))
    return said


MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


async def test_a_round_promises_one_job_for_what_is_done_together(site: Site) -> None:
    await happens_in_a_round(*(Said(n, MOMENT) for n in range(3)), Said(3, MOMENT, ("ana",)))
    assert sorted(await waiting()) == [("hear", 0, [0, 1, 2]), ("hear", 0, [3]), ("write_down", 0, [0, 1, 2, 3])]
    await site.runner.settle()
    assert sorted(DONE, key=str) == [(0, 1, 2), 3, "written [0, 1, 2, 3]"]
    assert await waiting() == []


async def test_of_a_lane_only_what_follows_one_another_is_one_job(site: Site) -> None:
    await happens_in_a_round(Said(0, MOMENT), Said(1, MOMENT), Whispered(2, MOMENT), Said(3, MOMENT), Said(4, MOMENT))
    await site.runner.settle()
    assert [one for one in DONE if "written" not in str(one)] == [(0, 1), "repeated 2", (3, 4)]


async def test_outside_of_a_round_each_is_a_job(site: Site) -> None:
    await happen(*(Said(n, MOMENT) for n in range(3)))
    assert len(await waiting()) == 6


async def test_no_go_has_more_than_fifty(site: Site) -> None:
    for start in (0, 30, 60):
        await happens_in_a_round(*(Said(n, MOMENT) for n in range(start, start + 30)))
    await site.runner.settle()
    heard = [one for one in DONE if isinstance(one, tuple)]
    assert [len(one) for one in heard] == [30, 30, 30] and [n for one in heard for n in one] == list(range(90))


async def test_one_that_fails_takes_nobody_along_nor_lets_itself_be_overtaken(site: Site) -> None:
    await happens_in_a_round(*(Said(n, MOMENT) for n in range(5)))
    await happen(Said(5, MOMENT))
    FAIL.add(2)
    await site.runner.settle(strict=False)
    assert [one for one in DONE if "written" not in str(one)] == [0, 1]
    assert await waiting() == [("hear", 2, [2]), ("hear", 1, [3]), ("hear", 1, [4]), ("hear", 1, [5])]
    assert site.runner.running == {}
    FAIL.clear()
    await rows("UPDATE job SET due_at = ? WHERE name LIKE '%hear' RETURNING id", now())
    await site.runner.settle()
    assert [one for one in DONE if "written" not in str(one)] == [0, 1, 2, 3, 4, 5]


async def test_what_is_left_of_one_is_done_after_it_and_once(site: Site) -> None:
    MOST["at once"] = 2
    await happens_in_a_round(*(Said(n, MOMENT) for n in range(5)))
    await happen(Said(5, MOMENT))
    await site.runner.settle()
    assert [one for one in DONE if "written" not in str(one)] == [(0, 1), 2, 3, 4, 5]
    assert await waiting() == []


async def test_what_a_worker_died_of_is_taken_apart(site: Site) -> None:
    await happens_in_a_round(*(Said(n, MOMENT) for n in range(3)))
    await rows("UPDATE job SET attempts = 1, leased_until = ? RETURNING id", MOMENT)
    await site.runner.settle()
    assert [one for one in DONE if "written" not in str(one)] == [0, 1, 2]
    assert sorted(map(str, DONE)) == ["0", "1", "2", "written 0", "written 1", "written 2"]
    assert await waiting() == []


async def test_what_an_older_version_did_together_is_taken_apart(site: Site) -> None:
    await happens_in_a_round(*(Said(n, MOMENT) for n in range(3)))
    site.many = {}
    await site.runner.settle()
    assert sorted(map(str, DONE)) == ["0", "1", "2", "written 0", "written 1", "written 2"]
    assert await waiting() == []

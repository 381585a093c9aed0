"""Jobs of one kind are done together, in order, once; where that fails, each alone. And pieces of work in one transaction, each undone alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from fedcop.core import asked, jobs, lots, runner
from fedcop.core.database import (
    after_commit,
    atomic,
    dialect,
    in_parts,
    in_transaction,
    refuse_in_transaction,
    rows,
)
from fedcop.core.facts import Fact, concerning, record
from fedcop.core.feature import Feature
from fedcop.core.jobs import Retry, enqueue, ordered
from fedcop.core.models import InstanceSetting
from fedcop.core.pressing import MANY, Pressing
from fedcop.core.site import Site
from fedcop.core.together import Together

DONE: list[object] = []
MOST = {"at once": 50}
FAIL: set[int] = set()


@dataclass(frozen=True)
class Rang(Fact):
    bell: int

    @property
    def lane(self) -> str:
        return "north"


@dataclass(frozen=True)
class Knocked(Fact):
    door: int


@dataclass(frozen=True)
class Called(Fact):
    number: int


@concerning(lambda fact: fact.number != 7)
async def answer(fact: Called) -> None:
    DONE.append(fact.number)


@ordered
async def hear(fact: Rang) -> None:
    if fact.bell in FAIL:
        raise Retry("not now")
    DONE.append(fact.bell)


async def hear_many(facts: Sequence[Rang]) -> int:
    good = [fact.bell for fact in facts[: MOST["at once"]]]
    for place, bell in enumerate(good):
        if bell in FAIL:
            good = good[:place]
            break
    if good:
        DONE.append(tuple(good))
    return len(good)


async def open_door(fact: Knocked) -> None:
    if fact.door in FAIL:
        raise ValueError("it is stuck")
    DONE.append(fact.door)


async def open_doors(facts: Sequence[Knocked]) -> None:
    if any(fact.door in FAIL for fact in facts):
        raise ValueError("one of them is stuck")
    DONE.append(tuple(fact.door for fact in facts))


async def other(**_payload: int) -> None:
    DONE.append("other")


@pytest.fixture
def features() -> tuple[Feature, ...]:
    DONE.clear()
    FAIL.clear()
    MOST["at once"] = 50
    many = {hear: hear_many, open_door: open_doors}
    return (
        Feature("bells", reacts={Rang: (hear,), Knocked: (open_door,), Called: (answer,)}, many=many, jobs=(other,)),
    )


@atomic
async def happen(*facts: Fact) -> None:
    await record(*facts)


async def waiting() -> list[tuple[int, int]]:
    found = await rows("SELECT payload, attempts FROM job WHERE name LIKE '%test_lots:%' ORDER BY id")
    return [(next(iter(jobs.from_json(row["payload"])["with"].values())), row["attempts"]) for row in found]


async def test_those_of_one_kind_are_done_together_in_their_order(site: Site) -> None:
    await happen(*(Rang(n) for n in range(20)), *(Knocked(n) for n in range(20)))
    assert await site.runner.settle() == 40
    assert [tuple(range(20)), tuple(range(20))] == DONE
    assert await waiting() == []


async def test_nothing_is_promised_for_a_fact_that_does_not_concern_it(site: Site) -> None:
    await happen(Called(7), Called(8), Called(9))
    assert await waiting() == [(8, 0), (9, 0)]
    assert await site.runner.settle() == 2
    assert DONE == [8, 9]


async def test_facts_are_done_one_by_one_in_one_transaction_where_others_do_not_write(site: Site) -> None:
    inside: list[bool] = []

    async def note(fact: Called) -> None:
        inside.append(in_transaction())
        if fact.number in FAIL:
            raise ValueError("not this one")
        await other_setting(f"{fact.number}")

    @atomic
    async def other_setting(value: str) -> None:
        await InstanceSetting.create(key=f"called-{value}", value=value)

    FAIL.add(2)
    done = await lots.one_by_one(note)([Called(n) for n in range(4)])
    assert done == (0 if dialect() == "postgres" else 2), (
        "what comes before one that fails stays; that one is done alone"
    )
    assert await InstanceSetting.filter(key__startswith="called-").count() == done
    assert all(inside)


async def test_no_lot_has_more_than_fifty(site: Site) -> None:
    await happen(*(Knocked(n) for n in range(70)), *(Rang(n) for n in range(70)))
    await site.runner.settle()
    assert all(len(lot) <= lots.MOST for lot in DONE if isinstance(lot, tuple))
    assert sorted(n for lot in DONE for n in (lot if isinstance(lot, tuple) else (lot,))) == sorted([*range(70)] * 2)


async def test_what_is_left_is_asked_for_again(site: Site) -> None:
    MOST["at once"] = 3
    await happen(*(Rang(n) for n in range(8)))
    await site.runner.settle()
    assert DONE == [(0, 1, 2), (3, 4, 5), (6, 7)]


async def test_a_lane_waits_for_the_one_that_has_to_be_tried_again(site: Site) -> None:
    FAIL.add(3)
    await happen(*(Rang(n) for n in range(6)))
    await site.runner.settle()
    assert DONE == [(0, 1, 2)]
    assert await waiting() == [(3, 1), (4, 0), (5, 0)], "those behind it are as if they had never been taken"
    assert site.runner.running == {}
    FAIL.clear()
    await rows("UPDATE job SET due_at = '2020-01-01 00:00:00+00:00' WHERE name LIKE '%hear' RETURNING id")
    await site.runner.settle()
    assert DONE == [(0, 1, 2), 3, (4, 5)], "what was tried before is done alone"


async def test_one_that_fails_takes_nobody_along(site: Site) -> None:
    FAIL.add(2)
    await happen(*(Knocked(n) for n in range(5)))
    await site.runner.settle(strict=False)
    assert DONE == [0, 1, 3, 4]
    assert await waiting() == [(2, 1)]


async def test_nothing_else_in_the_lane_is_overtaken(site: Site) -> None:
    await happen(Rang(0), Rang(1))
    await enqueue(other, {"n": 1}, lane="north")
    await happen(Rang(2))
    await site.runner.settle()
    assert DONE == [(0, 1), "other", 2]


async def test_two_workers_never_take_the_same(site: Site) -> None:
    await happen(*(Knocked(n) for n in range(40)), *(Rang(n) for n in range(9)))
    # Who finds what another one holds passes it over, and may go away with nothing: it is there for the next look.
    taken = [lot for _ in range(3) for lot in await asyncio.gather(*(lots.claim(2) for _ in range(4)))]
    ids = [job.id for claimed in taken for lot in claimed for job in lot]
    assert len(ids) == len(set(ids)) == 49
    assert [len(lot) for claimed in taken for lot in claimed if lot[0].lane == "north"] == [9]


@atomic
async def write(key: str) -> None:
    await InstanceSetting.create(key=key, value=1)


async def settings() -> list[str]:
    return [row["key"] for row in await rows("SELECT key FROM instance_setting WHERE key LIKE 'part%' ORDER BY key")]


async def test_parts_are_one_transaction_and_undone_alone(site: Site) -> None:
    said: list[str] = []

    async def good() -> None:
        await write("part-1")
        await after_commit(lambda: said.append("good"))
        assert said == [] and in_transaction()

    async def half() -> None:
        await write("part-2")
        with suppress(ValueError):  # as somebody who calls a service does
            await half_of_it()

    @atomic
    async def half_of_it() -> None:
        await write("part-undone")
        await after_commit(lambda: said.append("undone"))
        raise ValueError

    async def bad() -> None:
        await write("part-3")
        await after_commit(lambda: said.append("bad"))
        raise LookupError

    async def never() -> None:
        raise AssertionError("nothing is done after what has to be done apart")

    assert await in_parts([good, half, bad, never], enough=lambda: False) == 2
    assert await settings() == ["part-1", "part-2"] and said == ["good"]
    assert not in_transaction()


async def test_what_wants_the_network_is_undone_even_if_it_goes_on_without(site: Site) -> None:
    together = Together[int, int](site, "sums", lambda numbers: _sum(numbers), most=2)

    async def asks() -> None:
        await write("part-1")
        with suppress(RuntimeError):
            refuse_in_transaction()

    async def waits() -> None:
        await write("part-2")
        with suppress(RuntimeError):
            await together(1)

    for part in (asks, waits):
        assert await in_parts([part], enough=lambda: False) == 0
    assert await settings() == []


async def _sum(numbers: list[int]) -> list[int]:
    return numbers


async def test_parts_end_when_others_want_to_write(site: Site) -> None:
    async def slow() -> None:
        await write(f"part-{len(await settings())}")

    assert await in_parts([slow] * 5, enough=lambda: True) == 1
    assert await settings() == ["part-0"]


async def test_two_who_write_in_one_part_wait_for_each_other(site: Site) -> None:
    @atomic
    async def fails() -> None:
        await write("part-undone")
        await asyncio.sleep(0.01)
        raise ValueError

    async def both() -> None:
        await asyncio.gather(fails(), write("part-1"), fails(), write("part-2"), return_exceptions=True)

    assert await in_parts([both], enough=lambda: False) == 1
    assert await settings() == ["part-1", "part-2"]


async def test_an_answer_is_asked_for_anew_after_what_may_change_it(site: Site) -> None:
    questions: list[int] = []

    @asked.once
    async def how_many() -> int:
        questions.append(1)
        return len(await settings())

    async def part() -> None:
        before = await how_many()
        assert await how_many() == before
        await write(f"part-{before}")
        assert await how_many() == before + 1
        with asked.keeping():
            await write(f"part-{before}-kept")
        assert await how_many() == before + 1

    assert await in_parts([part], enough=lambda: False) == 1
    assert len(questions) == 2
    assert await how_many() == 2 and len(questions) == 3, "nothing outlives the transaction"


async def test_jobs_give_way_while_many_wait_but_not_for_ever(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fedcop.core.budgets.JOBS_GIVE_WAY", 0.05)
    monkeypatch.setattr("fedcop.core.budgets.JOBS_TURN", 0.5)
    pressing = site.part(Pressing)
    async with asyncio.timeout(5):
        await pressing.over()
    for _ in range(MANY - 1):
        pressing.note()
    assert not pressing.is_now()
    pressing.note()
    assert pressing.is_now()
    monkeypatch.setattr("fedcop.core.pressing.SPAN", 3600)
    async with asyncio.timeout(5):
        await pressing.over()
    assert not pressing.is_now(), "they waited long enough: it is their turn"
    async with asyncio.timeout(5):
        while not pressing.is_now():  # noqa: ASYNC110 - time alone ends it
            await asyncio.sleep(0.01)


async def test_lots_that_become_more_tasks_than_there_is_room_for_ask_for_no_less_than_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL refuses a negative LIMIT, and the worker ended; SQLite takes it for none."""
    monkeypatch.setattr(lots, "MOST", 2)
    monkeypatch.setattr(runner, "CONCURRENCY", 1)
    asked_for, claim = list[int](), lots.claim

    async def noted(limit: int, **given: Any) -> Any:
        asked_for.append(limit)
        return await claim(limit, **given)

    monkeypatch.setattr(lots, "claim", noted)
    await happen(*(Knocked(number) for number in range(7)))
    stop = asyncio.Event()
    working = asyncio.ensure_future(site.runner.run(stop))
    async with asyncio.timeout(10):
        while sum(len(one) if isinstance(one, tuple) else 1 for one in DONE) < 7:
            await asyncio.sleep(0.01)
            site.runner.wake()
    stop.set()
    site.runner.wake()
    await working
    assert min(asked_for) > 0

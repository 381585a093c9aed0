"""What comes at the same moment is stored together, and each for itself where one of them cannot be."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from tortoise.exceptions import IntegrityError

from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.core.errors import Unavailable
from fedcop.core.site import site
from fedcop.federation.receiving import arrivals as arrivals_module
from fedcop.federation.receiving.arrivals import TOGETHER, Arrival, Arrivals
from tests.fedcop.federation.conftest import Stage
from tests.rig.queries import counted


def item(number: int, host: str = "good.example", actor: str | None = "https://good.example/u/gus") -> Arrival:
    uri = f"https://good.example/activities/{number}"
    return Arrival(uri, cast(str, actor), host, "", genuine=True, request={}, body=b"{}", received_at=clock.now())


def broken(number: int) -> Arrival:
    """What no database takes."""
    return item(number, actor=None)


async def stored() -> list[str]:
    return [row["uri"].rpartition("/")[2] for row in await rows("SELECT uri FROM inbox_item ORDER BY id")]


async def promised() -> int:
    return int((await rows("SELECT COUNT(*) AS n FROM job WHERE lane = 'from:good.example'"))[0]["n"])


async def test_what_comes_at_once_is_one_transaction(stage: Stage) -> None:
    arrivals = site().part(Arrivals)
    with counted() as statements:
        await asyncio.gather(*(arrivals.store(item(number)) for number in range(TOGETHER + 10)))
    inserts = [one for one in statements if one.startswith("INSERT INTO inbox_item")]
    assert len(inserts) == 2 and len(await stored()) == await promised() == TOGETHER + 10
    assert await stored() == [str(number) for number in range(TOGETHER + 10)], "those of one server keep their order"


async def test_lanes_are_taken_in_one_order_by_whatever_order_activities_come(stage: Stage) -> None:
    """Two processes that each hold the lane that the other one wants would wait until PostgreSQL ends it."""
    arrivals, hosts = site().part(Arrivals), ["z.example", "a.example", "good.example", "a.example"]
    found = [item(number, host) for number, host in enumerate(hosts)]
    await asyncio.gather(*(arrivals.store(one) for one in found))
    jobs = await rows("SELECT lane, payload FROM job WHERE lane LIKE 'from:%' ORDER BY id")
    assert [row["lane"].removeprefix("from:") for row in jobs] == sorted(hosts)
    assert [str(one.id) in str(row["payload"]) for row, one in zip(jobs, (found[1], found[3]), strict=False)] == [
        True
    ] * 2


async def test_the_same_one_twice_is_stored_and_promised_once(stage: Stage) -> None:
    arrivals = site().part(Arrivals)
    await asyncio.gather(arrivals.store(item(1)), arrivals.store(item(1)), arrivals.store(item(2)))
    await arrivals.store(item(2))
    assert await stored() == ["1", "2"] and await promised() == 2


async def test_one_that_cannot_be_stored_takes_nobody_along(stage: Stage) -> None:
    arrivals = site().part(Arrivals)
    outcomes = await asyncio.gather(
        *(arrivals.store(one) for one in (item(1), broken(2), item(3))), return_exceptions=True
    )
    assert [type(one) for one in outcomes] == [type(None), IntegrityError, type(None)]
    assert await stored() == ["1", "3"] and await promised() == 2
    with pytest.raises(IntegrityError):
        await arrivals.store(broken(4))
    await arrivals.store(item(5))
    assert await stored() == ["1", "3", "5"]


async def test_a_database_that_is_away_is_waited_for_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    async def away(items: list[Arrival]) -> None:
        tried.append(len(items))
        raise Unavailable(code="database-away")

    monkeypatch.setattr(arrivals_module, "_insert", away)
    arrivals = site().part(Arrivals)
    outcomes = await asyncio.gather(*(arrivals.store(item(n)) for n in range(5)), return_exceptions=True)
    assert tried == [5] and [type(one) for one in outcomes] == [Unavailable] * 5


async def test_two_processes_that_held_each_other_up_lose_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends one of them: what it had is stored all the same, one by one."""
    tried: list[int] = []
    insert = arrivals_module._insert

    async def held_up(items: list[Arrival]) -> list[None]:
        tried.append(len(items))
        if len(tried) == 1:
            raise Unavailable(code="database-busy")
        return await insert(items)

    monkeypatch.setattr(arrivals_module, "_insert", held_up)
    arrivals = site().part(Arrivals)
    await asyncio.gather(*(arrivals.store(item(n)) for n in range(5)))
    assert tried == [5, 1, 1, 1, 1, 1] and len(await stored()) == 5


async def test_the_same_ones_are_stored_in_one_order_by_whatever_order_they_come(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes that are given the same activities would each wait for one that the other one has just stored."""
    given: list[object] = []

    async def listened(statement: str, *values: object) -> list[dict[str, object]]:
        given.extend(value for value in values if str(value).startswith("https://good.example/activities/"))
        return await rows(statement, *values)

    monkeypatch.setattr(arrivals_module, "rows", listened)
    await arrivals_module._insert([item(number) for number in (3, 1, 2)])
    assert given == sorted(map(str, given)) and await stored() == ["3", "1", "2"], (
        "and their ids go on saying the order"
    )


async def test_who_hangs_up_has_sent_it_all_the_same(stage: Stage) -> None:
    arrivals = site().part(Arrivals)
    first = asyncio.get_running_loop().create_task(arrivals.store(item(1)))
    await asyncio.sleep(0)
    first.cancel()
    await arrivals.store(item(2))
    assert first.cancelled() and await stored() == ["1", "2"]

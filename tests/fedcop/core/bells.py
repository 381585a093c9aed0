"""Bells, and what hears them: the facts and jobs of the tests about jobs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fedcop.core.database import atomic, rows
from fedcop.core.facts import Fact, record
from fedcop.core.feature import Feature
from fedcop.core.jobs import Retry, enqueue, ordered

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


@atomic
async def ring(*facts: Fact) -> None:
    for fact in facts:
        await record(fact)


@atomic
async def record_all(*facts: Fact) -> None:
    await record(*facts)


async def waiting() -> list[dict[str, Any]]:
    return await rows("SELECT * FROM job WHERE name LIKE '%bells:%' AND name NOT LIKE '%:tick' ORDER BY id")


def bells() -> tuple[Feature, ...]:
    """Give the features of a site whose bells nobody has rung yet."""
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

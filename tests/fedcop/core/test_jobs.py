"""Jobs: promised in the transaction, done once, in order within a lane, tried again, given up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fedcop.core.database import atomic
from fedcop.core.facts import Fact, record
from fedcop.core.feature import Feature
from fedcop.core.jobs import enqueue, ordered
from fedcop.core.site import Site

DONE: list[object] = []


@dataclass(frozen=True)
class Rang(Fact):
    bell: int

    @property
    def lane(self) -> str:
        return "bells"


async def plain(**payload: object) -> None:
    DONE.append(payload)


@ordered
async def hear(fact: Rang) -> None:
    DONE.append(fact)


@pytest.fixture
def features() -> tuple[Feature, ...]:
    DONE.clear()
    return (Feature(name="bells", reacts={Rang: (hear,)}, jobs=(plain,)),)


async def test_a_job_is_done_with_its_payload(site: Site) -> None:
    await enqueue(plain, {"a": 1})
    assert await site.runner.settle() == 1
    assert DONE == [{"a": 1}]


async def test_facts_lead_to_their_reactions(site: Site) -> None:
    @atomic
    async def ring() -> None:
        await record(Rang(1))
        await record(Rang(2))

    await ring()
    assert DONE == []
    await site.runner.settle()
    assert DONE == [Rang(1), Rang(2)]

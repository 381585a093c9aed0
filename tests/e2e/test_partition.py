"""Two organisations that do not reach each other for a week, then over a network that delays and loses: all arrives, once, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.instances import until
from tests.e2e.relay import Relay
from tests.e2e.test_clock import Shifted, source_of
from tests.e2e.test_three_organisations import join, reply, sees, thread_at, write

pytestmark = pytest.mark.e2e
DAY = 86400
PATIENCE = 150.0  # seconds
EACH_DAY = 2


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Relay, Relay]]:
    """Two whose clock is one."""
    relays = [Relay(Shifted(tmp_path, name, clock="both")) for name in "ab"]
    try:
        for relay in relays:
            await relay.start()
        yield relays[0], relays[1]
    finally:
        for relay in relays:
            await relay.home.close()
            await relay.stop()


async def test_a_week_of_backlog_arrives_in_order(pair: tuple[Relay, Relay]) -> None:
    to_a, to_b = pair
    a, b = to_a.home, to_b.home
    assert isinstance(a, Shifted)
    for home, person in ((a, "ana"), (b, "bob")):
        await home.start()
        home.member(person, "owner")
    a.cli("community", "create", "soils", "--title", "Living soils", "--by", "ana")
    ana, bob = await a.sign_in("ana", "en-CA"), await b.sign_in("bob", "en-CA")
    await join(bob, f"soils@{a.host}")
    await write(ana, "soils", "Do you hear me?", "Go on.")
    here, there = (
        await thread_at(ana, "soils", "Do you hear me?"),
        await thread_at(bob, f"soils@{a.host}", "Do you hear me?"),
    )
    await reply(ana, here, "before.")
    await sees(bob, there, "before.")

    to_b.part()
    said = []
    for day in range(1, 8):
        a.set(day * DAY)
        for number in range(EACH_DAY):
            said.append(f"day {day}, {number}.")
            await reply(ana, here, said[-1])

        async def tried() -> bool:
            return bool(
                await a.number("SELECT count(*) FROM destination WHERE failing_since IS NOT NULL AND last_error <> ''")
            )

        await until(tried, lambda: f"nobody was tried: {a.log[-1500:]}", seconds=PATIENCE)

    async def waits() -> bool:
        return await a.number("SELECT count(*) FROM mailbox_entry") >= len(said)

    await until(waits, lambda: f"not all waits for b: {a.queue()}", seconds=PATIENCE)
    assert await b.number("SELECT count(*) FROM post WHERE depth > 0") == 1

    to_b.heal(delay=0.02, loss=0.02)
    a.set(8 * DAY + 60)  # the next turn of a mailbox that failed so long

    async def arrived() -> bool:
        a.set(float(a.ahead.read_text()) + 20)  # what is lost on the way is tried again after 3, 10, 30 s
        return await b.number("SELECT count(*) FROM post WHERE depth > 0") > len(said)

    await until(arrived, lambda: f"{a.queue()}: {a.log[-1500:]}", seconds=PATIENCE)
    assert to_b.lost, "nothing was lost on the way"
    kept = [
        source_of(row) for row in await b.rows("SELECT content FROM post WHERE depth > 0 ORDER BY published_at, uri")
    ]
    assert kept == ["before.", *said]
    bodies = await b.rows("SELECT body FROM inbox_item WHERE outcome = 'done' ORDER BY id")
    places = [next((n for n, row in enumerate(bodies) if f"<p>{text}" in bytes(row[0]).decode()), -1) for text in said]
    assert -1 not in places and places == sorted(places), "not in the order in which it was written"
    to_b.heal()
    await reply(bob, there, "I hear you.")
    await sees(ana, here, "I hear you.")

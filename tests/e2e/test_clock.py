"""A machine whose clock is set an hour forwards and an hour back, while it works and while it is down: nothing stalls, nothing is lost, the order stays."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.instances import Instance, until
from tests.e2e.test_three_organisations import join, reply, sees, thread_at, write

pytestmark = pytest.mark.e2e
HOUR = 3700  # seconds; others believe dates that are an hour from their own, and no more
SOON, RETRIED = 25.0, 75.0  # seconds; who was refused tries again after 3, 10, 30


class Shifted(Instance):
    """An instance whose clock can be set."""

    command = (sys.executable, "-c", "from tests.e2e.shifted import main; main()")

    def __init__(self, folder: Path, name: str, clock: str = "") -> None:
        self.ahead = folder / f"{clock or name}.ahead"
        super().__init__(folder, name, SHIFTED_BY=str(self.ahead))
        self.set(0)

    def set(self, seconds: float) -> None:
        """Set its clock, so far ahead of what is right."""
        growing = self.ahead.with_suffix(".growing")
        growing.write_text(str(seconds))
        growing.replace(self.ahead)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Shifted, Instance]]:
    a, b = Shifted(tmp_path, "a"), Instance(tmp_path, "b")
    b.warm = True
    try:
        yield a, b
    finally:
        await a.close()
        await b.close()


async def test_an_hour_forwards_and_an_hour_back(pair: tuple[Shifted, Instance]) -> None:
    a, b = pair
    for home, person in ((a, "ana"), (b, "bob")):
        await home.start()
        home.member(person, "owner")
    a.cli("community", "create", "soils", "--title", "Living soils", "--by", "ana")
    ana, bob = await a.sign_in("ana", "en-CA"), await b.sign_in("bob", "en-CA")
    await join(bob, f"soils@{a.host}")
    await write(ana, "soils", "What time is it?", "Go on.")
    here, there = (
        await thread_at(ana, "soils", "What time is it?"),
        await thread_at(bob, f"soils@{a.host}", "What time is it?"),
    )
    said: list[str] = []

    async def say(text: str) -> None:
        await reply(ana, here, text)  # the session of before is good still
        said.append(text)

    async def turn(seconds: float, word: str) -> None:
        a.set(seconds)
        for number in range(3):
            await say(f"{word} {number}.")
        await reply(bob, there, f"bob, {word}.")

    await say("at first.")
    await sees(bob, there, *said, seconds=SOON)
    await turn(HOUR, "ahead")
    assert (await a.sign_in("ana")).page.status == 200
    await turn(0, "right")  # an hour back, while it works
    await sees(bob, there, *said, seconds=SOON)
    await turn(-HOUR, "behind")  # an hour back once more
    a.kill()
    await a.start()
    await turn(-HOUR, "begun behind")
    assert await idle(a)
    a.set(0)
    await sees(bob, there, *said, seconds=SOON)
    await sees(ana, here, *(f"bob, {word}." for word in ("ahead", "right", "behind", "begun behind")), seconds=RETRIED)
    for home in (a, b):
        kept = [source_of(row) for row in await home.rows("SELECT content FROM post WHERE depth > 0 ORDER BY id")]
        assert sorted(kept) == sorted(set(kept)), "something is there twice"
        if home is a:
            assert [text for text in kept if "bob" not in text] == said, "ids do not follow one another"
    arrived = await b.rows("SELECT body FROM inbox_item WHERE outcome = 'done' ORDER BY id")
    places = [next((n for n, row in enumerate(arrived) if f"<p>{text}" in bytes(row[0]).decode()), -1) for text in said]
    assert -1 not in places and places == sorted(places), "not delivered in the order in which it was written"
    assert (await a.rows("SELECT name, error FROM job WHERE failed_at IS NOT NULL")) == []


async def idle(home: Instance) -> bool:
    """Whether nothing waits that should be done by now, nor a recurring job for longer than its turn."""

    async def done() -> bool:
        waiting = await home.rows(
            "SELECT name, due_at, unique_key FROM job WHERE unique_key IS NULL OR unique_key NOT LIKE 'timetable:%'"
        )
        at = datetime.now(UTC) - timedelta(seconds=HOUR)
        return not [row for row in waiting if datetime.fromisoformat(row[1]) < at + timedelta(seconds=HOUR)]

    return await until(done, lambda: f"there is work that waits: {home.log[-2000:]}", seconds=SOON)


def source_of(row: tuple[object, ...]) -> str:
    return str(row[0]).removeprefix("<p>").removesuffix("</p>\n").removesuffix("</p>").strip()

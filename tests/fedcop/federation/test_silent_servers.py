"""What is asked of a server that does not answer: seldom, and soon again when it is back."""

from __future__ import annotations

import pytest

from activitypub.errors import FetchFailed
from fedcop.federation.fetching import resolver
from fedcop.federation.fetching.resolver import FIRST_PAUSE, LONGEST_PAUSE
from tests.fedcop.federation.conftest import Stage


class Seconds:
    """A clock that counts what passes; the resolver's memory lives in the process, not in the database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 1000.0
        monkeypatch.setattr("fedcop.federation.fetching.resolver.monotonic", lambda: self.passed)


async def attempts(stage: Stage, uri: str) -> int:
    """Ask for an actor that cannot be had; give how many requests that made."""
    before = len(stage.world.web.asked)
    with pytest.raises(FetchFailed):
        await resolver.actor(uri)
    return len(stage.world.web.asked) - before


async def test_an_address_is_asked_again_after_its_pause_however_often_somebody_wanted_it_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = await stage.world.stranger("mona@restarting.example")
    seconds = Seconds(monkeypatch)
    stage.world.web.down.add("restarting.example")
    assert await attempts(stage, stranger.uri) == 1
    # A whole conversation waits for her key; each of its activities asks for it and must not start the pause anew.
    for _ in range(10):
        seconds.passed += FIRST_PAUSE / 11
        assert await attempts(stage, stranger.uri) == 0
    seconds.passed += FIRST_PAUSE
    stage.world.web.down.clear()
    assert (await resolver.actor(stranger.uri)).uri == stranger.uri


async def test_pauses_double_up_to_the_longest_and_end_with_an_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = await stage.world.stranger("mona@restarting.example")
    note = stranger.note()["id"]
    seconds = Seconds(monkeypatch)
    pause = FIRST_PAUSE

    async def fails() -> int:
        before = len(stage.world.web.asked)
        with pytest.raises(FetchFailed):
            await resolver.object_(note)
        return len(stage.world.web.asked) - before

    stage.world.web.down.add("restarting.example")
    while pause < LONGEST_PAUSE:
        assert await fails() == 1
        seconds.passed += pause * 0.9
        assert await fails() == 0
        seconds.passed += pause * 0.2
        pause = min(pause * 2, LONGEST_PAUSE)
    stage.world.web.down.clear()
    await resolver.object_(note)
    stage.world.web.down.add("restarting.example")
    assert await fails() == 1
    seconds.passed += FIRST_PAUSE * 1.1
    assert await fails() == 1

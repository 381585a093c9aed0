"""Strangers whom nobody has met: their keys are fetched side by side, each once, and what they sent is done in their order."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from fedcop.actors import queries as actors
from fedcop.federation.fetching import remote_actors
from fedcop.federation.models import Server
from fedcop.federation.receiving import intake, late_keys
from tests.fedcop.federation.conftest import INBOX, Stage


async def test_people_of_one_server_do_not_wait_for_each_others_documents(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await stage.world.server("many.example")
    people = [server.person(f"p{number}") for number in range(6)]
    running, most = [0], [0]
    refresh_key = remote_actors.refresh_key

    async def watched(*args: object) -> object:
        running[0] += 1
        most[0] = max(most[0], running[0])
        await asyncio.sleep(0.01)
        try:
            return await refresh_key(*args)  # type: ignore[arg-type]
        finally:
            running[0] -= 1

    monkeypatch.setattr(remote_actors, "refresh_key", watched)
    for one in people:
        assert await one.sends(one.activity("Like", stage.ana.uri), INBOX) == 202
    await stage.settle()
    assert most[0] > 1
    assert [inbound.actor.uri for inbound in stage.seen.inbounds] == [one.uri for one in people]
    assert [item.outcome for item in await stage.items()] == ["done"] * len(people)
    fetched = Counter(path for path, _headers in server.gets if "nodeinfo" not in path)
    assert set(fetched.values()) == {1} and len(fetched) == len(people)
    assert await Server.filter(host="many.example").count() == 1


async def test_what_the_first_word_of_a_stranger_leads_to_is_one_transaction(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[int] = []
    attempt = intake.attempt

    async def watched(item_id: int, attempts: int) -> None:
        alone.append(item_id)
        await attempt(item_id, attempts)

    monkeypatch.setattr(intake, "attempt", watched)
    server = await stage.world.server("one.example")
    new = server.person("zoe")
    assert await new.sends(new.activity("Like", stage.ana.uri), INBOX) == 202
    await stage.settle()
    assert await stage.last() == ("done", "") and alone == []


@pytest.mark.parametrize(("status", "outcome"), [(404, "refused"), (410, "refused"), (500, "waiting")])
async def test_a_key_that_cannot_be_had_is_asked_for_once(stage: Stage, status: int, outcome: str) -> None:
    server = await stage.world.server("many.example")
    people = [server.person(f"p{number}") for number in range(3)]
    away = people[1]
    server.statuses[away.uri.removeprefix(server.origin)] = status
    for one in [*people, away]:
        assert await one.sends(one.activity("Like", stage.ana.uri), INBOX) == 202
    await stage.settle()
    assert [item.outcome for item in await stage.items()] == ["done", outcome, "done", outcome]
    assert Counter(path for path, _headers in server.gets)[away.uri.removeprefix(server.origin)] <= 2
    assert await actors.by_uri(away.uri) is None
    if status == 500:
        server.statuses.clear()
        stage.world.clock.advance(5)
        await stage.settle()
        assert [item.outcome for item in await stage.items()] == ["done"] * 4


async def test_what_is_kept_of_failures_is_bounded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_keys, "KEPT", 2)
    missed = stage.site.part(late_keys.Missed)
    for number in range(3):
        missed.note(number, ValueError(str(number)))
    missed.raise_for(0)  # forgotten: it is asked for once more
    for number in (1, 2):
        with pytest.raises(ValueError, match=str(number)):
            missed.raise_for(number)
        missed.raise_for(number)

"""Processes on one PostgreSQL allow together what one would, and forget at once what another one changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from fedcop.accounts import instance
from fedcop.accounts.throttle import Attempts
from fedcop.core.database import atomic, execute, rows
from fedcop.core.errors import TooMany
from fedcop.core.siblings import CHANNEL, Siblings, short
from fedcop.core.site import Site
from fedcop.federation.peers import servers
from fedcop.federation.peers.policies import Policies
from fedcop.federation.receiving.inbox import BURST, NEIGHBOURS, Pace
from tests.e2e.instances import until
from web.middleware.limits import Limit, Limiter


@pytest.fixture
async def pair(make_site: Any) -> AsyncIterator[tuple[Site, Site]]:
    """Two processes of one instance, which hear each other."""
    async with make_site() as first, make_site() as second, AsyncExitStack() as opened:
        if not first.settings.database.startswith("postgres"):
            pytest.skip("on SQLite there is one process")
        for one in (first, second):
            for part in (Attempts, Pace, Policies):
                one.part(part)
            async with one.entered():
                await opened.enter_async_context(one.part(Siblings).listening())

        async def listening() -> bool:
            found = await rows(
                "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND query LIKE ?",
                f'LISTEN "{CHANNEL}"%',
            )
            return int(found[0]["n"]) == 2

        await until(listening, "they do not listen")
        yield first, second


async def soon(so: Any) -> None:
    async def is_so() -> bool:
        return bool(so())

    await until(is_so, "the other process did not hear of it")


async def test_rates_are_those_of_one_process(pair: tuple[Site, Site]) -> None:
    limits = {"login": Limit(3, 0.001), "static": Limit(2, 0.001)}
    first, second = (Limiter(limits, one.part(Siblings)) for one in pair)
    assert [first.take("login", "ana"), first.take("static", "ana"), second.take("login", "bob")] == [0, 0, 0]
    await soon(lambda: second.left("login", "ana")[1] == 2)
    assert second.left("static", "ana")[1] == 2  # not worth telling
    assert [second.take("login", "ana") for _ in range(2)] == [0, 0]
    await soon(lambda: first.take("login", "ana") > 0)
    assert first.left("login", "bob")[1] == 2


async def test_what_two_gave_at_once_is_owed(pair: tuple[Site, Site]) -> None:
    limits = {"login": Limit(1, 0.001)}
    first, second = (Limiter(limits, one.part(Siblings)) for one in pair)
    assert (first.take("login", "ana"), second.take("login", "ana")) == (0, 0)
    await soon(lambda: first.take("login", "ana") > 1500)  # two tokens to wait for, not one
    assert first.left("login", "ana")[1] == 0


async def test_guesses_are_counted_together(pair: tuple[Site, Site]) -> None:
    first, second = (one.part(Attempts) for one in pair)
    for _ in range(3):
        first.spend("log-in:ana", limit=5, seconds=900)
    second.spend("log-in:ana", limit=5, seconds=900)

    def refused() -> bool:
        try:
            second.spend("log-in:ana", limit=4, seconds=900)
        except TooMany:
            return True
        raise AssertionError("they counted each for itself")

    await soon(lambda: len(second._times[short("log-in:ana")]) == 4)
    assert refused()
    first.forgive("log-in:ana")
    await soon(lambda: short("log-in:ana") not in second._times)


async def test_a_server_may_deliver_as_much_as_to_one_process(pair: tuple[Site, Site]) -> None:
    first, second = (one.part(Pace) for one in pair)
    for _ in range(100):
        assert first.allows("a.example.org", proven=True)
    assert first.allows("b.example.org", proven=False)
    await soon(lambda: second._left("a.example.org", 1) < BURST - 80)
    assert second._left("*.example.org", NEIGHBOURS) < BURST * NEIGHBOURS
    await soon(lambda: "?b.example.org" in second._buckets)
    assert "b.example.org" not in second._buckets


async def test_a_blocked_server_is_blocked_in_every_process(pair: tuple[Site, Site]) -> None:
    first, second = pair
    async with second.entered():
        assert await servers.may_talk("bad.example")
    async with first.entered():
        await servers.set_policy("bad.example", "blocked")
        assert not await servers.may_talk("bad.example")

    async def known() -> bool:
        async with second.entered():
            return not await servers.may_talk("bad.example")

    await until(known, "the other process still talks to it", seconds=5)


async def test_what_is_read_before_the_commit_is_forgotten_after_it(pair: tuple[Site, Site]) -> None:
    first, _second = pair
    async with first.entered():
        assert await servers.may_talk("bad.example")
        looking = asyncio.Event()

        @atomic
        async def block() -> None:
            await servers.set_policy("bad.example", "blocked")
            looking.set()
            await asyncio.sleep(0.1)

        task = asyncio.get_running_loop().create_task(block())
        await looking.wait()
        assert await servers.may_talk("bad.example")  # and now this is in memory
        await task
        assert not await servers.may_talk("bad.example")


async def test_the_name_of_the_instance_is_read_anew_everywhere(pair: tuple[Site, Site]) -> None:
    first, second = pair
    async with second.entered():
        assert (await instance.read()).slogan == ""
    async with first.entered():
        await execute("INSERT INTO instance_setting (key, value) VALUES (?, ?)", "slogan", '{"is": "Ensemble"}')
        await instance.forget_everywhere(instance._TOPIC, first.part(instance._Kept).forget)

    async def known() -> bool:
        async with second.entered():
            return (await instance.read()).slogan == "Ensemble"

    await until(known, "the other process does not know it", seconds=5)


async def test_on_sqlite_nothing_is_told(site: Site) -> None:
    if site.settings.database.startswith("postgres"):
        pytest.skip("there are others to tell")
    siblings = site.part(Siblings)
    async with siblings.listening():
        siblings.used("rates", "x")
        await siblings.tell("policies")
        assert not siblings._waiting


async def test_long_names_that_come_at_once_do_not_end_the_telling(pair: tuple[Site, Site]) -> None:
    """Whoever delivers chooses the name of its server: PostgreSQL takes no message of more than 8000 bytes."""
    first, second = (one.part(Pace) for one in pair)
    long = f"{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    async with pair[0].entered():
        for number in range(150):
            first.allows(f"n{number}.{long}", proven=False)
        await asyncio.sleep(0.2)
        first.allows("a.example", proven=True)
    await soon(lambda: "a.example" in second._buckets)  # noqa: SLF001
    assert f"?n149.{long}" in second._buckets  # noqa: SLF001

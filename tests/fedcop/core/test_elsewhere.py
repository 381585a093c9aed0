"""Jobs that only wait for other servers leave their places to others, and strangers cannot take all there are."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from activitypub.client.transport import HttpRequest, HttpResponse
from activitypub.errors import FetchFailed
from fedcop.core import budgets, elsewhere, runner
from fedcop.core.database import connection, dialect, rows
from fedcop.core.elsewhere import Elsewhere
from fedcop.core.feature import Feature
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.site import Site, site

SEEN: Counter[str] = Counter()
FAILED: list[tuple[str, str]] = []


class SilentWeb:
    """Everybody takes connections and says nothing until told to."""

    def __init__(self) -> None:
        self.speaks = asyncio.Event()

    async def send(self, request: HttpRequest, **_limits: Any) -> HttpResponse:
        SEEN[request.url] += 1
        await self.speaks.wait()
        return HttpResponse(200, request.url, {}, b"")

    async def close(self) -> None:
        self.speaks.set()


async def ask(url: str) -> None:
    try:
        await site().transport.send(HttpRequest("GET", url))
    except FetchFailed as error:
        FAILED.append((url, error.reason))
        raise Retry(error.reason) from error
    await rows("SELECT 1 AS one")
    SEEN["answered"] += 1


async def write() -> None:
    await rows("SELECT 1 AS one")
    SEEN["written"] += 1


async def work() -> None:
    SEEN["working"] += 1
    await asyncio.sleep(2)


@pytest.fixture
def features() -> tuple[Feature, ...]:
    SEEN.clear()
    FAILED.clear()
    return (Feature(name="asking", jobs=(ask, write, work)),)


@pytest.fixture
def web() -> SilentWeb:
    return SilentWeb()


@pytest.fixture
async def site_(make_site: Any, web: SilentWeb) -> AsyncIterator[Site]:
    async with make_site(transport=web) as opened:
        yield opened


async def took_until(site: Site, until: Any, *, then: Any = None, seconds: float = 20) -> float:
    stop, began = asyncio.Event(), time.perf_counter()
    async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
        group.create_task(site.runner.run(stop))
        while not until():
            await asyncio.sleep(0.01)
        took = time.perf_counter() - began
        if then is not None:
            await then()
        stop.set()
    return took


async def test_silent_servers_do_not_hold_up_what_members_wait_for(site_: Site, web: SilentWeb) -> None:  # E30
    for n in range(runner.CONCURRENCY):
        await enqueue(ask, {"url": f"https://silent{n}.example/key"})
    await enqueue(write)

    async def answer() -> None:
        web.speaks.set()

    took = await took_until(site_, lambda: SEEN["written"], then=answer)
    assert took < 5, f"{took:.1f} s; that is how long strangers hold everybody up"
    assert FAILED == [], "who is slow is waited for all the same"


async def test_jobs_that_work_keep_their_places(site_: Site) -> None:
    for _ in range(runner.CONCURRENCY + 3):
        await enqueue(work)
    stop = asyncio.Event()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(site_.runner.run(stop))
        while SEEN["working"] < runner.CONCURRENCY:
            await asyncio.sleep(0.01)
        await asyncio.sleep(elsewhere.AFTER + 0.2)
        assert SEEN["working"] == runner.CONCURRENCY
        stop.set()


async def test_however_many_strangers_are_silent_others_come_soon(  # E30
    site_: Site, web: SilentWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "PATIENT", 0.3)
    await enqueue(ask, {"url": "https://honest.test/key"})  # it began first, and is slow today
    many = runner.CONCURRENCY + budgets.JOBS_THAT_WAIT + 20
    for n in range(many):
        await enqueue(ask, {"url": f"https://h{n}.evil.example/key"})
    await enqueue(write)

    async def answer() -> None:
        assert len(site_.runner.running) <= runner.CONCURRENCY + budgets.JOBS_THAT_WAIT
        web.speaks.set()

    took = await took_until(site_, lambda: SEEN["written"], then=answer)
    assert took < 10, f"{took:.1f} s"
    assert FAILED, "those who take most places are waited for less long"
    assert all(".evil.example" in url for url, _ in FAILED), "and nobody else"
    assert all("waited for it" in reason for _, reason in FAILED)


async def test_what_all_answers_lead_to_at_once_shares_the_connections_there_are(site_: Site, web: SilentWeb) -> None:
    many = runner.CONCURRENCY + budgets.JOBS_THAT_WAIT
    for n in range(many):
        await enqueue(ask, {"url": f"https://silent{n}.test/key"})

    async def answered() -> None:
        web.speaks.set()
        while SEEN["answered"] < many:
            await asyncio.sleep(0.01)

    await took_until(site_, lambda: len(site_.runner.running) == many, then=answered)
    assert FAILED == []
    if dialect() == "postgres":
        pool = connection()._pool  # type: ignore[attr-defined]
        assert pool.get_size() <= budgets.DATABASE_CONNECTIONS == pool.get_max_size()


async def test_who_is_no_job_is_not_counted(site_: Site, web: SilentWeb) -> None:
    waiting = asyncio.ensure_future(site_.transport.send(HttpRequest("GET", "https://silent.example/")))
    await asyncio.sleep(elsewhere.AFTER + 0.05)
    assert site_.part(Elsewhere).count() == 0
    web.speaks.set()
    assert (await waiting).status == 200


async def test_a_job_that_asks_several_counts_once(site_: Site, web: SilentWeb) -> None:
    elsewhere.be_job(7)
    asked = [asyncio.ensure_future(site_.transport.send(HttpRequest("GET", "https://a.example/"))) for _ in "abc"]
    await asyncio.sleep(elsewhere.AFTER + 0.05)
    assert site_.part(Elsewhere).count() == 1
    web.speaks.set()
    await asyncio.gather(*asked)
    assert site_.part(Elsewhere).count() == 0

"""What Prometheus is told, by whom it may be asked, and that the dashboard shows all of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families as read

from fedcop.core.errors import Unavailable
from fedcop.core.feature import Feature
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.metrics import REGISTRY
from fedcop.core.site import Site
from tests.e2e.instances import free_port
from tests.rig.browser import Browser
from web.metrics import run_metrics

DASHBOARD = Path(__file__).parents[2] / "deploy" / "metrics" / "grafana.json"
TOKEN = "a word that nobody guesses"


async def noted(how: str) -> None:
    """Job: end as told."""
    if how == "again":
        raise Retry("not yet")
    if how == "fails":
        raise ValueError(how)


@pytest.fixture
def features() -> tuple[Feature, ...]:
    from fedcop.features import FEATURES

    return (*FEATURES, Feature(name="x", jobs=(noted,)))


@asynccontextmanager
async def asked(site: Site, token: str = "") -> AsyncIterator[Any]:
    """Run the listener; gives what asks it."""
    site.settings = replace(site.settings, metrics=f"127.0.0.1:{free_port()}", metrics_token=token)
    stop = asyncio.Event()
    task = asyncio.get_running_loop().create_task(run_metrics(site, stop))
    async with ClientSession() as session:

        async def ask(**headers: str) -> tuple[int, dict[str, Metric]]:
            for _ in range(100):
                try:
                    async with session.get(f"http://{site.settings.metrics}/metrics", headers=headers) as answer:
                        text = await answer.text()
                        return answer.status, {one.name: one for one in read(text)} if answer.status == 200 else {}
                except OSError:
                    await asyncio.sleep(0.02)
            raise AssertionError("it does not listen")

        try:
            yield ask
        finally:
            stop.set()
            await task


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_requests_are_counted_and_timed(browser: Browser) -> None:
    before = value("fedcop_requests_total", family="page", status="200")
    timed = value("fedcop_request_seconds_count", family="page")
    await browser.get("/about")
    assert value("fedcop_requests_total", family="page", status="200") == before + 1
    assert value("fedcop_request_seconds_count", family="page") == timed + 1
    missing = value("fedcop_requests_total", family="page", status="404")
    await browser.get("/nothing/there")
    assert value("fedcop_requests_total", family="page", status="404") == missing + 1


async def test_jobs_are_counted_by_what_became_of_them(site: Site) -> None:
    name = f"{__name__}:noted"
    before = {result: value("fedcop_jobs_total", job=name, result=result) for result in ("done", "again")}
    for how in ("ends", "again", "fails"):
        await enqueue(noted, {"how": how})
    await site.runner.settle(strict=False)
    after = {result: value("fedcop_jobs_total", job=name, result=result) for result in before}
    assert after == {"done": before["done"] + 1, "again": before["again"] + 2}


async def test_what_waits_is_told(site: Site, clock: Any) -> None:
    await enqueue(noted, {"how": "ends"})
    clock.advance(40)
    async with asked(site) as ask:
        status, found = await ask()
    assert status == 200
    assert found["fedcop_jobs_waiting"].samples[0].value == 1
    assert found["fedcop_jobs_oldest_seconds"].samples[0].value == 40
    assert {"fedcop_info", "fedcop_inbox_waiting", "fedcop_mailbox_entries", "process_resident_memory_bytes"} <= set(
        found
    )


async def test_who_has_no_token_is_told_nothing(site: Site) -> None:
    async with asked(site, TOKEN) as ask:
        assert [(await ask())[0], (await ask(Authorization="Bearer x"))[0]] == [401, 401]
        assert (await ask(Authorization=f"Bearer {TOKEN}"))[0] == 200
        host, _, port = site.settings.metrics.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n")
        assert b" 401 " in await reader.readline(), "what is no text is no token either"
        writer.close()


async def test_the_pages_do_not_tell_it(browser: Browser) -> None:
    assert (await browser.get("/metrics")).status == 404


async def test_a_port_that_is_taken_is_said_in_words(site: Site) -> None:
    async with asked(site) as ask:
        await ask()
        with pytest.raises(Unavailable, match="FEDCOP_METRICS 127.0.0.1 port [0-9]+ cannot be listened on: "):
            await run_metrics(site, asyncio.Event())


async def test_the_dashboard_shows_all_that_is_told_and_nothing_else(site: Site) -> None:
    async with asked(site) as ask:
        _, found = await ask()
    told = {name for name in found if name.startswith("fedcop_")}
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    named = set(re.findall(r"fedcop_[a-z_]+", " ".join(t["expr"] for panel in panels for t in panel["targets"])))
    assert {re.sub("_(total|bucket)$", "", name) for name in named} == told

"""A form that comes twice, by a double click, a reload or an impatient network, publishes once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import FormData

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import sent, service
from fedcop.discussions.models import Post, Submission
from fedcop.resources.models import Resource
from tests.rig.clock import StandingClock
from tests.web.conftest import SignIn

QUESTION = {"kind": "question", "title": "Quelle toile ?", "source": "Contre le gel.", "language": "fr"}


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    browser = await sign_in("lea")
    browser.community = await communities.found(browser.actor, title="Fruitiers", name="fruitiers", purpose="Pousser")
    return browser


async def twice(browser: Any, path: str, page: str, **fields: str) -> list[str]:
    """Send the form of a page two times at once; give where each leads."""
    await browser.get(page)
    hidden = {name: browser.page.root.all("input", name=name)[-1]["value"] for name in ("csrf", "once")}

    async def send() -> str:
        async with browser.client.post(path, data=FormData({**hidden, **fields}), allow_redirects=False) as answer:
            return str(answer.headers.get("Location", f"{answer.status} {await answer.text()}"))

    return [*await asyncio.gather(send(), send()), await send()]


async def test_a_thread(lea: Any) -> None:
    led = await twice(lea, "/c/fruitiers/new", "/c/fruitiers/new", **QUESTION)
    assert set(led) == {f"/p/{(await Post.get()).id}"}


async def test_a_reply(lea: Any) -> None:
    root = await service.write(lea.actor, lea.community, **QUESTION)
    led = await twice(lea, f"/p/{root.id}/reply", f"/p/{root.id}", source="La blanche.")
    assert set(led) == {f"/p/{root.id}#p-{(await Post.get(depth=1)).id}"}


async def test_a_deposit(lea: Any) -> None:
    path = "/c/fruitiers/resources/new"
    led = await twice(lea, path, path, title="Guide", link="https://guides.example/gel", licence="CC-BY-4.0")
    assert set(led) == {f"/r/{(await Resource.get()).id}"}


async def test_who_goes_back_and_writes_something_else_loses_nothing(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    once = lea.page.root.all("input", name="once")[-1]["value"]
    for title in ("La première", "La deuxième"):
        await lea.get("/c/fruitiers/new")
        page = await lea.post("/c/fruitiers/new", **{**QUESTION, "title": title, "once": once})
        assert page.h1 == title
    assert await Post.all().count() == 2


async def test_forms_are_forgotten_after_a_week(lea: Any, site: Site, clock: StandingClock) -> None:
    await twice(lea, "/c/fruitiers/new", "/c/fruitiers/new", **QUESTION)
    clock.advance(timedelta(days=8).total_seconds())
    await sent.prune()
    assert not await Submission.exists()

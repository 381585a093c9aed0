"""Every page that has a fixed address, as a stranger and as the owner sees it: no barrier, no misfit, no word from the policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser

from tests.browser.rig import find_barriers, find_misfits, log_in, window
from web.routes import all_routes
from web.shared.routing import Access, Family

PAGES = sorted(
    {
        (route.path, route.access)
        for route in all_routes()
        if route.method == "GET" and route.family is Family.PAGE and "{" not in route.path
    }
)


@pytest.mark.parametrize(("width", "scheme", "language"), [("phone", "light", "fr-CA"), ("desk", "dark", "en-CA")])
@pytest.mark.parametrize("role", ["", "owner"])
async def test_no_page_has_barriers(
    live: str,
    chrome: Browser,
    token_of: Callable[..., Awaitable[str]],
    width: str,
    scheme: str,
    language: str,
    role: str,
) -> None:
    context = await window(chrome, width, scheme, language=language)
    if role:
        await log_in(context, live, await token_of("lea", role))
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    found = []
    for path, access in PAGES:
        if access is not Access.ANYONE and not role:
            continue
        answer = await page.goto(live + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answers {answer.status}"
        found += [f"{path}: {text}" for text in await find_barriers(page) + await find_misfits(page) + complaints]
        complaints.clear()
    assert not found, "\n".join(found)

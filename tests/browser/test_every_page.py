"""Every page that has a fixed address, as a stranger and as the owner sees it: no barrier, no misfit, no word from the policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser

from fedcop.accounts import signup
from tests.browser.rig import DESK, Look, find_barriers, find_misfits, in_every_look, log_in, window
from web.routes import all_routes
from web.shared.routing import Access, Family

PAGES = sorted(
    {
        (route.path, route.access)
        for route in all_routes()
        if route.method == "GET" and route.family is Family.PAGE and "{" not in route.path
    }
)
# The owner's look at what strangers see too, or test_people looks at with something on it: axe need not see that in every look.
SEEN = (
    "/about",
    "/privacy",
    "/accessibility",
    "/help",
    "/whats-new",
    "/offline",
    "/admin",
    "/admin/identity",
    "/settings",
    "/invites",
    "/people",
    "/welcome",
)


@in_every_look
@pytest.mark.parametrize("role", ["", "owner"])
async def test_no_page_has_barriers(
    live: str,
    chrome: Browser,
    token_of: Callable[..., Awaitable[str]],
    look: Look,
    role: str,
) -> None:
    context = await window(chrome, look.width, look.scheme, language=look.language)
    if role:
        await log_in(context, live, await token_of("lea", role), look.language)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    found: list[str] = []
    looked: set[str] = set()
    paths = [path for path, access in PAGES if role or access is Access.ANYONE]
    if not role:
        paths.append((await signup.owner_link()).removeprefix(live))
    for path in paths:
        answer = await page.goto(live + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answers {answer.status}"
        found += [f"{path}: {text}" for text in complaints]
        complaints.clear()
        if page.url in looked or "html" not in answer.headers["content-type"]:
            continue  # some addresses lead to others, some answer to scripts
        looked.add(page.url)
        if not (role and look is DESK and path.startswith(SEEN)):
            found += [f"{path}: {text}" for text in await find_barriers(page, look.rules)]
        found += [f"{path}: {text}" for text in await find_misfits(page)]
    assert not found, "\n".join(found)

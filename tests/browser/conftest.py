"""Chromium in front of a running instance. `live` is its address; `chrome` the browser; `token_of("lea")` a session."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer, unused_port
from playwright.async_api import Browser, expect

from fedcop.accounts import sessions
from fedcop.accounts.signup import create_confirmed
from fedcop.core.site import Site
from tests.browser.rig import CHROMIUM, connected, running_chromium
from tests.rig import thrift
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter
from web.routes import all_routes
from web.shared.routing import RouteDef

thrift.share_routes()
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and leave it out by name where there is no Chromium."""
    absent = not os.access(CHROMIUM, os.X_OK)
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if absent:
                item.add_marker(pytest.mark.skip(reason=f"Chromium is not installed at {CHROMIUM}"))


@pytest.fixture
def more_routes() -> Sequence[RouteDef]:
    """Routes that exist in a test module only: override it there."""
    return ()


@pytest.fixture
async def here(make_site: Callable[..., AbstractAsyncContextManager[Site]]) -> AsyncIterator[Site]:
    """An instance on plain http at a port of this machine."""
    port = unused_port()
    async with make_site(
        f"http://localhost:{port}", port=port, name="Réseau Verger", contact="bonjour@verger.example"
    ) as site:
        yield site


@pytest.fixture
async def live(here: Site, more_routes: Sequence[RouteDef]) -> AsyncIterator[str]:
    """The address of `here`, being served."""
    patient = Limiter({name: Limit(100_000, 1000) for name in LIMITS})
    app = create_app(here, routes=(*all_routes(), *more_routes), limiter=patient)
    async with TestServer(app, host="localhost", port=here.settings.port):
        yield here.settings.origin


@pytest.fixture(scope="session")
def chromium() -> Iterator[str]:
    """The address of one Chromium for all tests of this process."""
    with running_chromium() as address:
        yield address


@pytest.fixture
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    """Chromium, as if it were new: every window has its own cookies, drafts and cache."""
    async with connected(chromium) as browser:
        yield browser


@pytest.fixture
def token_of(here: Site) -> Callable[..., Awaitable[str]]:
    """`await token_of("lea", role="admin")` makes a member and gives a session's token, for rig.log_in()."""

    async def make(name: str, role: str = "member") -> str:
        account = await create_confirmed(
            name, f"{name}@verger.example", "une phrase de passe assez longue", role, display_name=name.title()
        )
        return await sessions.open_session(account, "test", "127.0.0.1")

    return make

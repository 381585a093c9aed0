"""The web as people meet it: `browser` is a stranger, `sign_in("lea")` a member. Pages only, no JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.accounts.signup import create_confirmed
from fedcop.core.site import Site
from tests.rig import thrift
from tests.rig.browser import Browser
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter
from web.routes import all_routes
from web.shared.routing import RouteDef

PASSWORD = "une phrase de passe assez longue"
SignIn = Callable[..., Awaitable[Browser]]
thrift.share_routes()


@pytest.fixture
def limiter() -> Limiter:
    """Buckets that no honest test empties."""
    return Limiter({name: Limit(100_000, 1000) for name in LIMITS})


@pytest.fixture
def more_routes() -> Sequence[RouteDef]:
    """Routes that exist in a test module only: override it there."""
    return ()


@pytest.fixture
async def server(site: Site, limiter: Limiter, more_routes: Sequence[RouteDef]) -> AsyncIterator[TestServer]:
    """The application of `site` on a port of 127.0.0.1."""
    async with TestServer(create_app(site, routes=(*all_routes(), *more_routes), limiter=limiter)) as running:
        yield running


@pytest.fixture
async def open_browser(server: TestServer) -> AsyncIterator[Callable[..., Awaitable[Browser]]]:
    """`await open_browser(language="en-CA")` starts another browser with empty cookies."""
    async with AsyncExitStack() as stack:

        async def start(language: str = "fr-CA") -> Browser:
            jar = CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/").origin())
            client: TestClient = await stack.enter_async_context(TestClient(server, cookie_jar=jar))
            return Browser(client, language)

        yield start


@pytest.fixture
async def browser(open_browser: Callable[..., Awaitable[Browser]]) -> Browser:
    """A stranger's browser, in French."""
    return await open_browser()


@pytest.fixture
async def sign_in(open_browser: Callable[..., Awaitable[Browser]]) -> SignIn:
    """`lea = await sign_in("lea", role="admin")`: a member of this instance at their own browser; `lea.account`, `lea.actor`."""

    async def enter(who: str | Account, role: str = "member", language: str = "fr-CA") -> Browser:
        account = (
            who if isinstance(who, Account) else await create_confirmed(who, f"{who}@atelier.example", PASSWORD, role)
        )
        return await (await open_browser(language)).log_in(account)

    return enter

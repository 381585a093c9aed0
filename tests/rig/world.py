"""World: whole fedcops with databases of their own and scripted strangers, all in one process, all by their real names.

world.server("lemmy.example", LEMMY).person("lia")      a stranger
coop = await world.fedcop("https://coop.example")        one of us, served over TLS
async with coop.entered(): …                             act inside it
await world.settle()                                     run jobs and deliveries everywhere until nothing is due
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

from activitypub.client.transport import HttpRequest, HttpResponse
from fedcop.core.site import Site
from fedcop.federation.models import InboxItem
from fedcop.federation.sending import sender
from tests.rig import thrift
from tests.rig.clock import StandingClock
from tests.rig.fakeserver import FakeServer, Stranger
from tests.rig.fakeweb import FakeWeb, Recording
from tests.rig.manners import PLAIN, Manners
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter

thrift.share_routes()
MakeSite = Callable[..., AbstractAsyncContextManager[Site]]


class World:
    """Everything that a test about federation needs; `tests/conftest.py` has the fixture `world`."""

    def __init__(self, make_site: MakeSite, clock: StandingClock) -> None:
        self.clock = clock
        self.web = FakeWeb()
        self.fedcops: list[Site] = []
        self.strangers: dict[str, FakeServer] = {}
        self.numbers = count()
        self._make_site = make_site
        self._stack = AsyncExitStack()
        self._client: Recording | None = None

    async def fedcop(self, url: str, **settings: Any) -> Site:
        """Open one of us and serve it at its address; the last one opened is the current one."""
        host = url.removeprefix("https://")
        site = await self._stack.enter_async_context(self._make_site(url, transport=self.web.transport(), **settings))
        limiter = Limiter({name: Limit(1_000_000, 1_000_000) for name in LIMITS})
        await self.web.serve_app(host, create_app(site, limiter=limiter))
        self.fedcops.append(site)
        return site

    async def server(self, host: str, manners: Manners = PLAIN) -> FakeServer:
        """A server of strangers."""
        found = FakeServer(host, manners, self.web, clock=self.clock, numbers=self.numbers)
        await self.web.serve(host, found.answer)
        self.strangers[host] = found
        return found

    async def stranger(self, handle: str, manners: Manners = PLAIN) -> Stranger:
        """A person such as "gus@good.example"; the server is set up when new."""
        name, _, host = handle.partition("@")
        server = self.strangers.get(host) or await self.server(host, manners)
        return server.person(name)

    async def settle(self, *, rounds: int = 30, strict: bool = True) -> None:
        """Run jobs and deliveries of every fedcop until nothing is due anywhere; what failed inside fails the test."""
        for _round in range(rounds):
            done = 0
            for site in self.fedcops:
                async with site.entered():
                    done += await site.runner.settle(strict=strict)
                    done += await sender.settle()
            if not done:
                break
        else:
            raise AssertionError(f"still busy after {rounds} rounds")
        if strict:
            await self._raise_failed()

    async def _raise_failed(self) -> None:
        for site in self.fedcops:
            async with site.entered():
                for item in await InboxItem.filter(outcome="failed"):
                    raise AssertionError(
                        f"{site.settings.netloc} failed at {item.uri}: {item.reason}\n{bytes(item.body).decode()}"
                    )

    async def request(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> HttpResponse:
        """Send any request, as nobody in particular."""
        if self._client is None:
            self._client = self.web.transport()
        return await self._client.send(HttpRequest(method, url, headers or {}, body), max_bytes=1 << 24)

    async def get(self, url: str, accept: str = "application/activity+json") -> HttpResponse:
        """Ask for a document without a signature."""
        return await self.request("GET", url, {"Accept": accept})

    async def close(self) -> None:
        """End everything."""
        await self.web.close()
        await self._stack.aclose()


@asynccontextmanager
async def open_world(make_site: MakeSite, clock: StandingClock) -> AsyncIterator[World]:
    """A world for one test."""
    world = World(make_site, clock)
    try:
        yield world
    finally:
        await world.close()


async def outcomes(site: Site) -> list[tuple[str, str]]:
    """What became of everything that a fedcop received, oldest first: outcome and reason."""
    async with site.entered():
        return [(item.outcome, item.reason) for item in await InboxItem.all().order_by("id")]

"""Many https hosts in one process, by their real names: real sockets on 127.0.0.1, real TLS by a throw-away authority.

Only hosts that a test has set up can be reached; every other name is unknown, and no other address is ever dialled.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import cache, lru_cache
from typing import Any

import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.web import Application, AppRunner, BaseRequest, Response, Server, ServerRunner, StreamResponse, TCPSite

from activitypub.client.aiohttp_transport import AiohttpTransport
from activitypub.client.transport import HttpRequest, HttpResponse
from activitypub.errors import FetchFailed
from activitypub.safe_dns import check_url
from fedcop.core.database import refuse_in_transaction

Answer = Callable[[BaseRequest], Awaitable[StreamResponse]]


@lru_cache(maxsize=1)
def authority() -> trustme.CA:
    """The authority that signs every certificate of the test run."""
    return trustme.CA()


@lru_cache(maxsize=1)
def trusting() -> ssl.SSLContext:
    """A client's context that trusts only our authority; making one takes 25 ms."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


@cache
def showing(host: str) -> ssl.SSLContext:
    """A server's context with a certificate for one host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(host).configure_cert(context)
    return context


@cache
def showing_whom_one_names() -> ssl.SSLContext:
    """A server's context that shows the certificate of the host that a client names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("unnamed.test").configure_cert(context)
    context.sni_callback = lambda wire, name, _context: setattr(wire, "context", showing(name)) if name else None
    return context


class FakeWeb:
    """The whole internet of a test: names, listeners, and a transport for whoever wants to speak in it."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []  # method and url of every request that left
        self.down: set[str] = set()  # hosts that do not answer
        self._strangers: dict[str, Answer] = {}
        self._runners: list[Any] = []
        self._transports: list[AiohttpTransport] = []
        self._shared_port = 0

    async def serve_app(self, host: str, app: Application) -> None:
        """Let an application answer at a host."""
        runner = AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self.ports[host] = await self._listen(runner, showing(host))

    async def serve(self, host: str, answer: Answer) -> None:
        """Let a function answer at a host; all such hosts share one listener."""
        if not self._shared_port:
            runner = ServerRunner(Server(self._dispatch, access_log=None), shutdown_timeout=0.1)
            await runner.setup()
            self._shared_port = await self._listen(runner, showing_whom_one_names())
        self._strangers[host] = answer
        self.ports[host] = self._shared_port

    def transport(self) -> Recording:
        """A transport that reaches the hosts of this web, under the rules of the real one."""
        inner = AiohttpTransport(
            user_agent="fedcop/test",
            allow_local=True,
            resolver=_Names(self),
            ssl_context=trusting(),
            before=refuse_in_transaction,
        )
        self._transports.append(inner)
        return Recording(self, inner)

    async def close(self) -> None:
        """End all listeners and connections."""
        for transport in self._transports:
            await transport.close()
        for runner in self._runners:
            await runner.cleanup()

    async def _listen(self, runner: Any, context: ssl.SSLContext) -> int:
        self._runners.append(runner)
        site = TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        sockets = site._server.sockets  # type: ignore[union-attr]
        return int(sockets[0].getsockname()[1])

    async def _dispatch(self, request: BaseRequest) -> StreamResponse:
        answer = self._strangers.get(request.host)
        return await answer(request) if answer else Response(status=421)


class Recording:
    """A transport that notes what is asked, and keeps the rules about addresses though all of this is on one machine."""

    def __init__(self, web: FakeWeb, inner: AiohttpTransport) -> None:
        self._web = web
        self._inner = inner

    async def send(self, request: HttpRequest, *, max_bytes: int = 1 << 20, timeout: float = 10.0) -> HttpResponse:
        """Send one request if the address is one that we would ask in earnest."""
        parts = check_url(request.url)
        self._web.asked.append((request.method, request.url))
        if parts.host in self._web.down or parts.host not in self._web.ports:
            raise FetchFailed(f"the name {parts.host} is not known (DNS)")
        return await self._inner.send(request, max_bytes=max_bytes, timeout=timeout)

    async def close(self) -> None:
        """End the connections."""
        await self._inner.close()


class _Names(AbstractResolver):
    """Every known name is a port of this machine."""

    def __init__(self, web: FakeWeb) -> None:
        self._web = web

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in self._web.ports:
            raise OSError(f"{host} is not in this web")
        found = self._web.ports[host]
        return [ResolveResult(hostname=host, host="127.0.0.1", port=found, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        return None

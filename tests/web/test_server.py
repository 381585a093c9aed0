"""The real socket: serving, TLS, and stopping without cutting anybody off."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import socket
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, TCPConnector
from aiohttp.test_utils import unused_port
from aiohttp.web import Request, Response, StreamResponse

from fedcop.core.site import Site
from web import server
from web.app import create_app
from web.routes import all_routes
from web.shared.routing import ANYONE, page, routes_of

MakeSite = Callable[..., AbstractAsyncContextManager[Site]]
reached = asyncio.Event()


@page("GET", "/try/slow", access=ANYONE)
async def slow(request: Request) -> StreamResponse:
    reached.set()
    await asyncio.sleep(0.3)
    return Response(text="at last")


@pytest.fixture(autouse=True)
def with_a_slow_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        server, "create_app", lambda site: create_app(site, routes=(*all_routes(), *routes_of(__name__)))
    )


@asynccontextmanager
async def running(
    make_site: MakeSite, **settings: object
) -> AsyncIterator[tuple[str, asyncio.Event, asyncio.Task[None]]]:
    port = unused_port()
    scheme = "https" if "tls_cert" in settings else "http"
    async with make_site(f"{scheme}://localhost:{port}", port=port, **settings) as site:
        stop = asyncio.Event()
        task = asyncio.ensure_future(server.run_web(site, stop))
        for _ in range(100):
            await asyncio.sleep(0.02)
            try:
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                break
            except OSError:
                continue
        yield f"{scheme}://localhost:{port}", stop, task
        stop.set()
        await task


async def test_it_serves_and_lets_requests_under_way_end(make_site: MakeSite) -> None:
    reached.clear()
    async with running(make_site) as (url, stop, task), ClientSession() as client:
        answer = asyncio.ensure_future(client.get(url + "/try/slow"))
        await reached.wait()
        stop.set()
        assert await (await answer).text() == "at last"
        await task
        with pytest.raises(OSError):
            await client.get(url + "/about")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
async def test_packed_bodies_are_refused_without_a_word_in_the_log(  # F03
    make_site: MakeSite, caplog: pytest.LogCaptureFixture, encoding: str
) -> None:
    caplog.set_level(logging.WARNING)
    machine = {"Content-Encoding": encoding, "Content-Type": "application/activity+json"}
    form = {"Content-Encoding": encoding, "Content-Type": "application/x-www-form-urlencoded"}
    async with running(make_site) as (url, _, _), ClientSession() as client:
        for path, headers in (("/inbox", machine), ("/c/anything/inbox", machine), ("/login", form)):
            for body in (b"junk", gzip.compress(b"who=lea")):
                async with client.post(url + path, data=body, headers=headers) as answer:
                    assert answer.status == 415, path
                    await answer.read()
        async with client.post(
            url + "/inbox", data=b"{}", headers={**machine, "Content-Encoding": "identity"}
        ) as answer:
            assert answer.status == 401
    assert caplog.records == []


async def test_it_serves_over_tls(make_site: MakeSite, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
    key.write_bytes(certificate.private_key_pem.bytes())
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with (
        running(make_site, tls_cert=cert, tls_key=key) as (url, _, _),
        ClientSession(connector=TCPConnector(ssl=trust)) as client,
        client.get(url + "/about") as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"]


async def test_a_connection_that_opens_while_it_stops_holds_nobody_up(make_site: MakeSite) -> None:
    for turns in range(8):  # how far the connection has come when the word to stop is heard
        async with running(make_site) as (address, stop, task):
            with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))):
                for _ in range(turns):
                    await asyncio.sleep(0)
                stop.set()
                await asyncio.wait_for(task, timeout=server.PATIENCE / 4)
    with warnings.catch_warnings():
        # asyncio itself drops, half made, what it accepts in the very turn in which it stops listening; not another test's fault.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()

"""No server is asked for more than its budget, whatever strangers name."""

from __future__ import annotations

import gc
from asyncio import sslproto
from pathlib import Path

import pytest
from aiohttp.web import BaseRequest, Response, Server, ServerRunner, TCPSite

from activitypub.client.transport import HttpRequest, HttpResponse
from activitypub.errors import FetchFailed
from fedcop.core import budgets
from fedcop.core.network import Paced, make_transport
from fedcop.core.settings import load_settings
from tests.rig.fakeweb import authority, showing


class Counting:
    """A transport that answers at once and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def send(self, request: HttpRequest, *, max_bytes: int = 0, timeout: float = 0) -> HttpResponse:  # noqa: ASYNC109
        self.asked += 1
        return HttpResponse(200, request.url, {}, b"")

    async def close(self) -> None:
        return


async def test_one_server_is_asked_for_no_more_than_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("fedcop.core.network.time.monotonic", lambda: now)
    inner = Counting()
    paced = Paced(inner)
    for number in range(int(budgets.FETCHES_OF_HOST_IN_A_ROW)):
        await paced.send(HttpRequest("GET", f"https://victim.example/{number}"))
    with pytest.raises(FetchFailed, match="asked this server for too much") as refused:
        await paced.send(HttpRequest("GET", "https://Victim.example/more"))
    assert not refused.value.permanent and inner.asked == budgets.FETCHES_OF_HOST_IN_A_ROW
    await paced.send(HttpRequest("GET", "https://other.example/"))
    await paced.send(HttpRequest("POST", "https://victim.example/inbox"))  # deliveries have a pace of their own
    now += 1
    for number in range(int(budgets.FETCHES_OF_HOST_A_SECOND)):
        await paced.send(HttpRequest("GET", f"https://victim.example/{number}"))
    with pytest.raises(FetchFailed):
        await paced.send(HttpRequest("GET", "https://victim.example/more"))


def tls_connections() -> list[sslproto.SSLProtocol]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, sslproto.SSLProtocol)]


async def test_a_connection_over_tls_keeps_little_memory(tmp_path: Path) -> None:
    authority().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    settings = load_settings(
        {}, development=True, url="http://localhost:8000", data=tmp_path, ca_file=tmp_path / "ca.pem"
    )

    async def answer(_request: BaseRequest) -> Response:
        return Response(body=b"x" * 300_000)  # more than fits at once

    runner = ServerRunner(Server(answer))
    await runner.setup()
    transport = make_transport(settings)
    earlier = tls_connections()  # of other tests
    try:
        await TCPSite(runner, "127.0.0.1", 0, ssl_context=showing("localhost")).start()
        port = runner.addresses[0][1]
        got = await transport.send(HttpRequest("GET", f"https://localhost:{port}/"))
        assert len(got.body) == 300_000
        ends = [one for one in tls_connections() if one not in earlier]
        assert len(ends) >= 2 and all(len(one._ssl_buffer) <= 32 << 10 for one in ends)
    finally:
        await transport.close()
        await runner.cleanup()

"""Other servers for the tests of the client: real sockets on 127.0.0.1, real TLS, reached by invented names."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache

import trustme
from aiohttp.abc import AbstractResolver

from activitypub.client.aiohttp_transport import AiohttpTransport
from tests.activitypub.signing import NOW

NAMES = ("good.example", "evil.example", "h.example", "social.example")


@cache
def authority() -> trustme.CA:
    """The throw-away authority of the whole run."""
    return trustme.CA()


@cache
def certificate() -> trustme.LeafCert:
    return authority().issue_cert(*NAMES)


def clock():
    return NOW


@dataclass
class Asked:
    """A request as a stranger got it."""

    method: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Answer:
    """What a stranger answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # Sends these bytes instead of an HTTP answer, as they are.
    raw: bytes | None = None
    # Seconds between the bytes of the answer.
    drip: float = 0
    # Closes the connection with a reset instead of answering.
    reset: bool = False
    # Waits before it answers.
    wait: float = 0


Reply = Answer | Callable[[Asked], Answer | Awaitable[Answer]]


class Strangers(AbstractResolver):
    """All the other servers behind one port, and the resolver that finds them."""

    def __init__(self) -> None:
        self.replies: dict[tuple[str, str], Reply] = {}
        self.asked: list[Asked] = []
        self.lookups: list[str] = []
        self.addresses: dict[str, str] = {}
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._stopping = asyncio.Event()

    def says(self, url: str, reply: Reply) -> None:
        """Let a stranger answer at this https address."""
        host, slash, path = url.removeprefix("https://").partition("/")
        self.replies[(host, slash + path)] = reply

    def says_json(self, url: str, body: bytes, kind: str = "application/activity+json", **headers: str) -> None:
        self.says(
            url, Answer(200, body, {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}})
        )

    def transport(self, **options) -> AiohttpTransport:
        """Make a transport that trusts these strangers and finds them on the loopback address."""
        context = options.pop("ssl_context", None)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            authority().configure_trust(context)
        options.setdefault("allow_local", True)
        return AiohttpTransport(user_agent="fedcop/test", resolver=self, ssl_context=context, **options)

    async def start(self, *, tls: bool = True) -> None:
        self._stopping.clear()
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate().configure_cert(context)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self._stopping.set()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()
        await asyncio.sleep(0.01)

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list:
        self.lookups.append(host)
        if host not in NAMES and host not in self.addresses:
            raise OSError(None, "Name or service not known")
        address = self.addresses.get(host, "127.0.0.1")
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [{"hostname": host, "host": address, "port": self.port, "family": kind, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        return

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while asked := await _read_request(reader):
                if not asked.method:
                    await _send(writer, Answer(raw=b"HTTP/1.1 400 Bad Request\r\n\r\n"), head=False)
                    return
                self.asked.append(asked)
                reply = self.replies.get((asked.host, asked.target), Answer(404))
                answer = reply if isinstance(reply, Answer) else reply(asked)
                if not isinstance(answer, Answer):
                    answer = await answer
                if answer.wait and await self._stopped_within(answer.wait):
                    return
                if not await _send(writer, answer, head=asked.method == "HEAD"):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            self._open.discard(writer)
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Asked | None:
    line = (await reader.readline()).decode("latin-1")
    if not line:
        return None
    if not line.isascii():
        # Somebody speaks TLS to a server without it.
        return Asked("", "", "", (), b"")
    method, target, _version = line.split()
    headers = []
    while line := (await reader.readline()).decode().rstrip("\r\n"):
        name, _, value = line.partition(": ")
        headers.append((name, value))
    found = {name.lower(): value for name, value in headers}
    body = await reader.readexactly(int(found.get("content-length", 0)))
    return Asked(method, found["host"], target, tuple(headers), body)


async def _send(writer: asyncio.StreamWriter, answer: Answer, *, head: bool) -> bool:
    """Answer; false if the connection ends with it."""
    if answer.reset:
        writer.transport.abort()
        return False
    if answer.raw is not None:
        writer.write(answer.raw)
        await writer.drain()
        return False
    lines = {"Content-Length": str(len(answer.body)), **answer.headers}
    text = f"HTTP/1.1 {answer.status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    writer.write(text.encode())
    if answer.drip:
        for byte in answer.body:
            await asyncio.sleep(answer.drip)
            writer.write(bytes([byte]))
            await writer.drain()
    elif not head:
        writer.write(answer.body)
    await writer.drain()
    return True

"""What happens, as it happens: server-sent events, one stream each, and a WebSocket on which an app chooses and changes streams.

Who hears what is the hub's affair (hub.py). A connection begins after the middlewares have had their say: they are not kept waiting for hours.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import WSMsgType
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web import (
    Application,
    BaseRequest,
    HTTPBadRequest,
    Request,
    Response,
    StreamResponse,
    WebSocketResponse,
)

from fedcop.actors import queries as actors
from fedcop.apps import scopes
from fedcop.communities import queries as communities
from fedcop.core import asked
from fedcop.core.errors import FedcopError, NotFound, TooMany
from fedcop.core.i18n import N_, set_language
from fedcop.core.ids import read_id
from fedcop.discussions.text import clean_tag
from fedcop.timelines import lists
from fedcop.timelines.live import Stream
from web.keys import ADDRESS, HOLDER, SITE, VIEWER, member
from web.mastodon.hub import HUB, REFUSED, Connection, Hub
from web.mastodon.params import read
from web.middleware.bearer import ScopeRefused, TokenRefused, shown_protocols
from web.middleware.limits import API, LIMITER, machine_key
from web.shared.routing import Asks, api

HERE = "/api/v1/streaming"
BEAT = 15.0  # seconds of silence after which an app is told that we are there
STUCK = 20.0  # seconds in which a connection has to take what is said
STREAMS = 50  # on one connection
LONGEST = 4096  # bytes of what an app says
#: What a stream is called, what may be heard in it, and which scope it takes.
KNOWN = {
    "user": ("user", "read:statuses"),
    "user:notification": ("user:notification", "read:notifications"),
    "public": ("public", "read:statuses"),
    "public:local": ("public", "read:statuses"),
    "public:remote": ("public", "read:statuses"),
    "public:media": ("public", "read:statuses"),
    "public:local:media": ("public", "read:statuses"),
    "public:remote:media": ("public", "read:statuses"),
    "hashtag": ("hashtag", "read:statuses"),
    "hashtag:local": ("hashtag", "read:statuses"),
    "list": ("list", "read:lists"),
    "direct": ("direct", "read:statuses"),
}


class StreamRefused(FedcopError):
    """There is no such stream, or something is missing to say which one."""

    text = N_("There is no such stream. A tag has to be named, and a list too.")
    code = "unknown-stream"


@dataclass(frozen=True)
class Wished:
    """A stream, and what it is called on a WebSocket."""

    stream: Stream
    label: tuple[str, ...]


async def wished(actor_id: int, held: tuple[str, ...], name: str, *, tag: str = "", number: str = "") -> Wished:
    """Find the stream that an app wants for somebody; raise what refuses it."""
    name, given_tag = name.strip(), tag.strip()[:200]
    if name not in KNOWN:
        raise StreamRefused
    kind, scope = KNOWN[name]
    if not scopes.covers(held, scope):
        raise ScopeRefused
    parts = name.split(":")
    of = next((part for part in parts if part in ("local", "remote")), "")
    if kind == "hashtag":
        cleaned = clean_tag(given_tag)
        if not cleaned:
            raise StreamRefused
        return Wished(Stream(kind, of, tag=cleaned), (name, given_tag))
    if kind == "list":
        if not number:
            raise StreamRefused
        place, who = read_id(number), await actors.by_id(actor_id)
        if place is None or who is None:
            raise NotFound
        if (mine := await communities.my_own(who, place)) is not None:
            return Wished(Stream(kind, community_id=mine.community_id), (name, number))
        return Wished(Stream(kind, list_id=(await lists.own(who, place)).id), (name, number))
    return Wished(Stream(kind, of, "media" in parts), (name,))


def _connection(request: Request) -> Connection:
    holder, who = request[HOLDER], member(request)
    connection = Connection(
        account_id=who.account.id,
        actor_id=who.actor.id,
        token_id=holder.token.id,
        scopes=tuple(holder.scopes),
        language=who.language,
        machine=machine_key(request[ADDRESS]),
    )
    request.app[HUB].admit(connection)
    return connection


class EventStream(StreamResponse):
    """Server-sent events of one stream, for as long as the app listens."""

    def __init__(self, hub: Hub, connection: Connection, chosen: Wished) -> None:
        super().__init__(headers={"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"})
        self.content_type, self.charset = "text/event-stream", "utf-8"
        self._hub, self._connection, self._chosen = hub, connection, chosen

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Begin, and go on until it is over."""
        _forget_who(request)
        hub, connection = self._hub, self._connection
        try:
            hub.subscribe(connection, self._chosen.stream, self._chosen.label)
            await hub.enter(connection)
            writer = await super().prepare(request)
            await self._say(b":)\n")
            while not connection.code:
                said = await connection.next(BEAT)
                if not connection.code:
                    await self._say(b":thump\n" if said is None else said.lines)
        except (ConnectionError, TimeoutError):
            _cut(request)
            raise ConnectionResetError("the app is gone") from None
        finally:
            hub.leave(connection)
        return writer

    async def _say(self, said: bytes) -> None:
        async with asyncio.timeout(STUCK):
            await self.write(said)


class Socket(WebSocketResponse):
    """A WebSocket on which an app says what it wants to hear."""

    def __init__(self, hub: Hub, connection: Connection, first: dict[str, Any], protocols: tuple[str, ...]) -> None:
        # Packing takes a quarter of a megabyte for each connection.
        super().__init__(
            timeout=3.0, heartbeat=2 * BEAT, protocols=protocols, compress=False, max_msg_size=LONGEST, decode_text=True
        )
        self._hub, self._connection, self._first = hub, connection, first

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter:
        """Begin, and go on until it is over."""
        assert isinstance(request, Request)
        _forget_who(request)
        hub, connection = self._hub, self._connection
        speaking: asyncio.Task[None] | None = None
        try:
            await hub.enter(connection)
            writer = await super().prepare(request)
            speaking = asyncio.get_running_loop().create_task(self._speak(request))
            if self._first["stream"]:
                await self._obey(request, self._first, "subscribe")
            async for message in self:
                if message.type is WSMsgType.TEXT:
                    await self._hear(request, message.data)
        finally:
            saying_goodbye = bool(connection.code)
            hub.leave(connection)
            if speaking is not None:
                if not saying_goodbye:
                    speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)
        return writer

    async def _speak(self, request: Request) -> None:
        connection = self._connection
        try:
            while not connection.code:
                said = await connection.next()
                if said is not None:
                    await self._say(said.frame)
            await self.close(code=connection.code)
        except (ConnectionError, TimeoutError):
            _cut(request)

    async def _say(self, said: str) -> None:
        async with asyncio.timeout(STUCK):
            await self.send_str(said)

    async def _hear(self, request: Request, text: str) -> None:
        if request.app[LIMITER].take(API, f"account:{self._connection.account_id}"):
            self._connection.end(REFUSED)
            return
        try:
            said = orjson.loads(text)
        except orjson.JSONDecodeError:
            return  # as Mastodon does
        if isinstance(said, dict) and said.get("type") in ("subscribe", "unsubscribe"):
            await self._obey(request, said, said["type"])

    async def _obey(self, request: Request, said: dict[str, Any], act: str) -> None:
        """Begin or end a stream; what cannot be done is said."""
        connection, hub = self._connection, self._hub
        name, tag, number = (str(said.get(key) or "") for key in ("stream", "tag", "list"))
        try:
            async with request.app[SITE].entered():
                set_language(connection.language)
                with asked.remembering():
                    chosen = await wished(connection.actor_id, connection.scopes, name, tag=tag, number=number)
            if act == "unsubscribe":
                hub.unsubscribe(connection, chosen.stream)
            elif len(connection.streams) >= STREAMS:
                raise TooMany
            elif not connection.code:
                hub.subscribe(connection, chosen.stream, chosen.label)
        except FedcopError as error:
            await self._refuse(request, error)

    async def _refuse(self, request: Request, error: FedcopError) -> None:
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 400)
        async with request.app[SITE].entered():
            set_language(self._connection.language)
            said = orjson.dumps({"error": error.for_people(), "status": status}).decode()
        try:
            await self._say(said)
        except (ConnectionError, TimeoutError):
            _cut(request)


STATUS: tuple[tuple[type[FedcopError], int], ...] = (
    (NotFound, 404),
    (TooMany, 429),
    (TokenRefused, 401),
    (ScopeRefused, 401),  # on a WebSocket, as Mastodon has it
)


def _forget_who(request: BaseRequest) -> None:
    """Rows that were loaded to let somebody in are not kept for hours."""
    for key in (HOLDER, VIEWER):
        request.pop(key, None)
    asked.forget()


def _cut(request: BaseRequest) -> None:
    """Drop a connection that takes nothing any more, and what waits to be sent on it."""
    if request.transport is not None:
        request.transport.abort()


@api("GET", f"{HERE}/health", asks=Asks.NOBODY, gives="words")
async def health(request: Request) -> StreamResponse:
    """Say that streams are served."""
    return Response(text="OK")


@api("GET", HERE, asks=Asks.PERSON, takes="stream tag list:id", gives="events")
async def choose(request: Request) -> StreamResponse:
    """Open a WebSocket, with a first stream if one is named."""
    given = await read(request)
    first = {name: given.text(name) for name in ("stream", "tag", "list")}
    socket = Socket(request.app[HUB], _connection(request), first, shown_protocols(request))
    if request.method == "HEAD" or not socket.can_prepare(request).ok:
        raise HTTPBadRequest
    return socket


@api("GET", f"{HERE}/user", asks=Asks.PERSON, scope="read:statuses", gives="events")
@api("GET", f"{HERE}/user/notification", asks=Asks.PERSON, scope="read:notifications", gives="events")
@api("GET", f"{HERE}/public", asks=Asks.PERSON, scope="read:statuses", takes="only_media:flag", gives="events")
@api("GET", f"{HERE}/public/local", asks=Asks.PERSON, scope="read:statuses", takes="only_media:flag", gives="events")
@api("GET", f"{HERE}/public/remote", asks=Asks.PERSON, scope="read:statuses", takes="only_media:flag", gives="events")
@api("GET", f"{HERE}/hashtag", asks=Asks.PERSON, scope="read:statuses", takes="tag", gives="events")
@api("GET", f"{HERE}/hashtag/local", asks=Asks.PERSON, scope="read:statuses", takes="tag", gives="events")
@api("GET", f"{HERE}/list", asks=Asks.PERSON, scope="read:lists", takes="list:id", gives="events")
@api("GET", f"{HERE}/direct", asks=Asks.PERSON, scope="read:statuses", gives="events")
async def follow(request: Request) -> StreamResponse:
    """Say what happens in one stream, as it happens."""
    given, connection = await read(request), _connection(request)
    name = request.path.rstrip("/").removeprefix(f"{HERE}/").replace("/", ":")
    if name.startswith("public") and given.flag("only_media"):
        name += ":media"
    tag = given.text("tag") if name.startswith("hashtag") else ""
    number = given.text("list") if name == "list" else ""
    chosen = await wished(connection.actor_id, connection.scopes, name, tag=tag, number=number)
    if request.method == "HEAD":
        return Response(content_type="text/event-stream")
    return EventStream(request.app[HUB], connection, chosen)


async def close_streams(app: Application) -> None:
    """End what is streamed, when this process stops."""
    await app[HUB].close()

"""The connections of apps that listen to this process, and what is said to each: bounded for every person, machine and queue.

One task hears of what happens in any process of the instance (core/signals.py), and judges and writes it once for all. Rights and
tokens are judged at each event; who does not read fast enough is let go. How a connection speaks is streaming.py's affair.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Collection
from contextvars import Context
from dataclasses import dataclass

import orjson
from aiohttp.web import AppKey

from fedcop.apps import tokens
from fedcop.apps.scopes import covers
from fedcop.core import asked, budgets, metrics, signals
from fedcop.core.errors import TooMany, Unavailable
from fedcop.core.signals import Signal
from fedcop.core.site import Site
from fedcop.filters.service import CHANGED
from fedcop.timelines import live
from fedcop.timelines.feature import MERGED, NOTED
from fedcop.timelines.live import Stream
from web.mastodon import streamed
from web.mastodon.streamed import Writing

NOTIFICATIONS = "user:notification"
NOTIFIED = (live.HOME, NOTIFICATIONS)
WAITING = budgets.STREAM_WAITING  # events of one connection; an app that is further behind asks for its lists anew
BEHIND = 1000  # signals of this process
LOOK_AGAIN = 30.0  # seconds in which a token that ended somewhere without a word is noticed
GOING, REFUSED, TOO_SLOW = 1001, 1008, 1013  # RFC 6455 section 7.4.1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Most:
    """How many connections there are at a time."""

    person: int = budgets.STREAMS_OF_A_PERSON
    machine: int = budgets.STREAMS_OF_A_MACHINE
    all: int = budgets.STREAMS  # more, and the statements about who listens have more values than databases take


class Said:
    """One event in one stream, in both forms, each made once for all who get it."""

    __slots__ = ("_frame", "_lines", "event", "label", "payload")

    def __init__(self, label: tuple[str, ...], event: str, payload: str) -> None:
        self.label, self.event, self.payload = label, event, payload
        self._frame, self._lines = "", b""

    @property
    def frame(self) -> str:
        """Give it for a WebSocket: the payload is a text in it."""
        if not self._frame:
            said = {"stream": self.label, "event": self.event, "payload": self.payload}
            self._frame = orjson.dumps(said).decode()
        return self._frame

    @property
    def lines(self) -> bytes:
        """Give it as a server-sent event."""
        if not self._lines:
            self._lines = f"event: {self.event}\ndata: {self.payload}\n\n".encode()
        return self._lines


class Connection:
    """One connection of an app: whose, what it listens to, and what waits for it."""

    __slots__ = (
        "_wake", "account_id", "actor_id", "code", "language", "machine", "scopes", "streams", "token_id", "waiting",
    )  # fmt: skip

    def __init__(
        self, *, account_id: int, actor_id: int, token_id: int, scopes: tuple[str, ...], language: str, machine: str
    ) -> None:
        self.account_id, self.actor_id, self.token_id = account_id, actor_id, token_id
        self.scopes, self.language, self.machine = scopes, language, machine
        self.streams: dict[Stream, tuple[str, ...]] = {}  # with what they are called
        self.waiting: deque[Said] = deque()
        self.code = 0  # why it ended
        self._wake = asyncio.Event()

    def push(self, said: Said) -> None:
        """Say something when it is ready to hear it."""
        if len(self.waiting) >= WAITING:
            self.end(TOO_SLOW)
        if not self.code:
            self.waiting.append(said)
            self._wake.set()

    def end(self, code: int) -> None:
        """Say nothing any more."""
        self.code = self.code or code
        self.waiting.clear()
        self._wake.set()

    async def next(self, seconds: float | None = None) -> Said | None:
        """Wait for what is said next; None after so long a silence, or when it has ended."""
        if not self.waiting and not self.code:
            self._wake.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                return None
        return self.waiting.popleft() if self.waiting else None


class Hub:
    """All connections of one process."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.most = Most()
        self._streams: dict[Stream, dict[Connection, None]] = {}
        self._persons: dict[int, dict[Connection, None]] = {}
        self._machines: Counter[str] = Counter()
        self._signals: asyncio.Queue[Signal] = asyncio.Queue(BEHIND)
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._closed = False

    @property
    def connections(self) -> list[Connection]:
        """All there are."""
        return [one for person in self._persons.values() for one in person]

    def admit(self, connection: Connection) -> None:
        """Refuse one too many of a machine, or of all; of a person the oldest ends: their phone may have lost it long ago."""
        there = self._machines[connection.machine]
        if there >= self.most.machine or self._machines.total() >= self.most.all:
            raise TooMany(retry_after=60)
        mine = [one for one in self._persons.get(connection.account_id, ()) if not one.code]
        if len(mine) >= self.most.person:
            mine[0].end(GOING)

    async def enter(self, connection: Connection) -> None:
        """Say to a connection what happens from now on."""
        self._persons.setdefault(connection.account_id, {})[connection] = None
        self._machines[connection.machine] += 1
        metrics.streams.inc()
        if self._closed:
            connection.end(GOING)
            return
        if self._task is None or self._task.done():
            self._begun.clear()
            # In a context of its own: the one here is a request's, and knows who asked for what.
            self._task = asyncio.get_running_loop().create_task(self._run(), name="streams", context=Context())
        try:
            async with asyncio.timeout(2):
                await self._begun.wait()
        except TimeoutError:
            log.warning("apps that listen hear nothing until the database can be listened to")

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is over."""
        person = self._persons.get(connection.account_id, {})
        if connection not in person:
            return
        metrics.streams.dec()
        del person[connection]
        if not person:
            del self._persons[connection.account_id]
        self._machines -= Counter([connection.machine])
        for stream in list(connection.streams):
            self.unsubscribe(connection, stream)
        connection.end(GOING)

    def subscribe(self, connection: Connection, stream: Stream, label: tuple[str, ...]) -> None:
        """Let a connection listen to one stream more."""
        connection.streams[stream] = label
        self._streams.setdefault(stream, {})[connection] = None

    def unsubscribe(self, connection: Connection, stream: Stream) -> None:
        """Let it listen to one less."""
        connection.streams.pop(stream, None)
        there = self._streams.get(stream, {})
        there.pop(connection, None)
        if not there:
            self._streams.pop(stream, None)

    async def close(self) -> None:
        """End all connections, each with a word, and listen no more: this process stops."""
        self._closed = True
        for connection in self.connections:
            connection.end(GOING)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with self.site.entered(), asyncio.TaskGroup() as group:
            group.create_task(signals.receive(self._heard, self._begun), name="streams: signals")
            group.create_task(self._work(), name="streams: events")

    def _heard(self, signal: Signal) -> None:
        if self._persons and not self._signals.full():
            self._signals.put_nowait(signal)

    async def _work(self) -> None:
        looked = time.monotonic()
        while True:
            signal = None
            try:
                async with asyncio.timeout(LOOK_AGAIN):
                    signal = await self._signals.get()
            except TimeoutError:
                pass
            try:
                if time.monotonic() - looked >= LOOK_AGAIN:
                    looked = time.monotonic()
                    await self._look(self.connections)
                if signal is not None:
                    with asked.remembering():
                        await self._tell(signal)
            except Unavailable as error:
                log.warning("apps that listen are not told of something: %s", error.__cause__ or error)
            except Exception:
                log.exception("apps that listen are not told of something")

    async def _look(self, connections: Collection[Connection]) -> None:
        """End the connections whose token or account is over."""
        working = await tokens.working({one.token_id for one in connections})
        for one in connections:
            if one.token_id in working:
                one.language = working[one.token_id]
            else:
                one.end(REFUSED)

    async def _tell(self, signal: Signal) -> None:
        if signal.kind == tokens.ENDED.kind:
            await self._look(self.connections)
        elif signal.kind == NOTED:
            await self._tell_noted(*signal.ids)
        elif signal.kind == MERGED:
            await self._tell_merged(*signal.ids)
        elif signal.kind == CHANGED:
            self._tell_of_filters(*signal.ids)
        elif signal.kind in live.KINDS:
            await self._tell_of_post(signal)

    async def _tell_of_post(self, signal: Signal) -> None:
        listening = {(one.actor_id, stream) for stream, there in self._streams.items() for one in there}
        told = await live.judge(signal, listening)
        if told is None or not told.to:
            return
        concerned = [
            (one, stream, told.to[one.actor_id, stream])
            for stream, there in self._streams.items()
            for one in there
            if (one.actor_id, stream) in told.to
        ]
        await self._look({one for one, _stream, _event in concerned})
        writing, said = Writing(told), _Sayings()
        await writing.load([one for one, _stream, event in concerned if event != live.DELETE and not one.code])
        for one, stream, event in concerned:
            if one.code or stream not in one.streams:
                continue
            for payload in writing.payloads(one, stream.name, event):
                one.push(said.of(one.streams[stream], event, payload))

    def _tell_of_filters(self, account_id: int) -> None:
        for one in self._persons.get(account_id, ()):
            for label in [label for stream, label in one.streams.items() if stream.name == live.HOME]:
                one.push(Said(label, "filters_changed", "{}"))

    async def _tell_noted(self, notification_id: int, account_id: int) -> None:
        listening = await self._notified(account_id)
        told = await streamed.notification(account_id, notification_id, listening)
        said = _Sayings()
        for one, payload in told.items():
            for label in [label for stream, label in one.streams.items() if stream.name in NOTIFIED]:
                one.push(said.of(label, "notification", payload))

    async def _tell_merged(self, account_id: int) -> None:
        for one in await self._notified(account_id):
            for label in [label for stream, label in one.streams.items() if stream.name in NOTIFIED]:
                one.push(Said(label, "notifications_merged", "1"))

    async def _notified(self, account_id: int) -> list[Connection]:
        """Give the connections of a person in which it is said what they are told."""
        listening = [
            one
            for one in self._persons.get(account_id, ())
            if any(stream.name in NOTIFIED for stream in one.streams) and covers(one.scopes, "read:notifications")
        ]
        await self._look(listening)
        return [one for one in listening if not one.code]


HUB: AppKey[Hub] = AppKey("hub", Hub)


class _Sayings:
    """What is said of one thing, each once."""

    def __init__(self) -> None:
        self._made: dict[tuple[tuple[str, ...], str, str], Said] = {}

    def of(self, label: tuple[str, ...], event: str, payload: str) -> Said:
        key = (label, event, payload)
        if key not in self._made:
            self._made[key] = Said(*key)
        return self._made[key]

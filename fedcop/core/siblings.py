"""What the processes of an instance tell each other of what each keeps in memory: that something was used up, or has to be read anew.

On SQLite there is one process, and nothing is told. Promised to nobody: who did not hear allows a little too much, or knows a little
later. What has to be right is a row; what those who look are told is a signal (signals.py).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

import orjson

from fedcop.core.current import surroundings
from fedcop.core.database import after_commit, dialect
from fedcop.core.errors import Unavailable
from fedcop.core.ids import new_token
from fedcop.core.listening import listen, tell

CHANNEL = "fedcop_siblings"
PAUSE = 0.05  # seconds in which what is used up is gathered, so that a thousand requests a second are twenty messages
LONGEST = 7000  # bytes of keys in one message: PostgreSQL takes 8000

Heard = Callable[[Mapping[str, int]], None]

log = logging.getLogger(__name__)


class Siblings:
    """The other processes of this instance."""

    def __init__(self, _site: object) -> None:
        self._me = new_token(6)
        self._heard: dict[str, Heard] = {}
        self._waiting: dict[str, Counter[str]] = {}
        self._some = asyncio.Event()
        self._open = False
        self.forgotten = 0  # how often something was to be read anew: versions.py

    def hear(self, topic: str, heard: Heard) -> None:
        """Call `heard` with what others told on a topic: keys, each with how often."""
        self._heard[topic] = heard

    def used(self, topic: str, key: str) -> None:
        """Tell the others in a moment that something was used up once."""
        if self._open:
            self._waiting.setdefault(topic, Counter())[key] += 1
            self._some.set()

    async def tell(self, topic: str, key: str = "") -> None:
        """Tell the others now."""
        if self._open:
            await self._send(topic, {key: 1})

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear and be heard meanwhile; on SQLite there is nobody."""
        if dialect() == "sqlite":
            yield
            return
        self._open = True
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(listen(CHANNEL, self._read)), loop.create_task(self._gather())]
        try:
            yield
        finally:
            self._open = False
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def _read(self, said: str) -> None:
        if not said:  # we begin to listen: what was told before nobody tells again
            return
        who, topic, counted = orjson.loads(said)
        if who != self._me and topic in self._heard:
            self._heard[topic](counted)
            self.forgotten += "" in counted

    async def _gather(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(PAUSE)
            self._some.clear()
            waiting, self._waiting = self._waiting, {}
            for topic, counted in waiting.items():
                for some in _in_messages(counted):
                    try:
                        await self._send(topic, some)
                    except Exception:  # what others named must not end the telling for good
                        log.exception("the other processes were not told of %s", topic)

    async def _send(self, topic: str, counted: Mapping[str, int]) -> None:
        try:
            await tell(CHANNEL, orjson.dumps([self._me, topic, counted]).decode())
        except Unavailable as error:
            log.warning("the other processes were not told of %s: %s", topic, error.__cause__ or error)


def _in_messages(counted: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Part what is told so that the database takes each part; keys may be names that strangers chose."""
    some: dict[str, int] = {}
    length = 0
    for key, count in counted.items():
        size = len(orjson.dumps({key: count}))
        if some and length + size > LONGEST:
            yield some
            some, length = {}, 0
        some[key], length = count, length + size
    if some:
        yield some


def short(key: str) -> str:
    """Give what stands for a key: addresses of people and machines are told to no database, and messages stay short."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


async def forget_everywhere(topic: str, forget: Callable[[], None]) -> None:
    """Read something anew: at once, and once what changed it is committed, in every process."""
    forget()
    await after_commit(partial(_forget, surroundings().part(Siblings), topic, forget))


async def _forget(siblings: Siblings, topic: str, forget: Callable[[], None]) -> None:
    forget()  # somebody may have read what was there before
    siblings.forgotten += 1
    await siblings.tell(topic)

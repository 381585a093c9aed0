"""Says at once, in every process of an instance, that something has changed: a kind and ids, no words, and promised to nobody.

For those who look at this moment. What has to happen is a job (facts.py); whoever misses a signal sees the change when they look next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fedcop.core.current import surroundings
from fedcop.core.database import after_commit, dialect
from fedcop.core.errors import Unavailable
from fedcop.core.listening import listen, tell

CHANNEL = "fedcop_signals"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Signal:
    """What kind of thing happened, to what."""

    kind: str
    ids: tuple[int, ...] = ()


class Receivers:
    """Who wants to hear of signals in this process; on SQLite it is the only one."""

    def __init__(self, _site: object) -> None:
        self.hear: set[Callable[[Signal], None]] = set()


async def send(signal: Signal) -> None:
    """Say it once the transaction that is open here has committed; now, if none is."""
    await after_commit(partial(_send, signal))


async def _send(signal: Signal) -> None:
    if dialect() == "sqlite":
        for hear in tuple(surroundings().part(Receivers).hear):
            hear(signal)
        return
    try:
        await tell(CHANNEL, " ".join([signal.kind, *map(str, signal.ids)]))
    except Unavailable as error:  # the change itself is kept; only those who look right now are not told
        log.warning("cannot say that something changed: %s", error.__cause__ or error)


async def receive(hear: Callable[[Signal], None], begun: asyncio.Event) -> None:
    """Hear what any process of this instance says, from `begun` until cancelled; what is said while the database is away is not heard."""

    def read(said: str) -> None:
        begun.set()
        kind, *ids = said.split() or [""]
        if kind:
            hear(Signal(kind, tuple(map(int, ids))))

    await listen(CHANNEL, read)  # on SQLite there is nothing to listen to
    receivers = surroundings().part(Receivers).hear
    receivers.add(hear)
    begun.set()
    try:
        await asyncio.Event().wait()
    finally:
        receivers.discard(hear)

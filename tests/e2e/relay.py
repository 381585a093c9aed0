"""A relay in front of an instance, on loopback: a network that cuts off, keeps one waiting and loses what is under way, as somebody says."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from random import Random

from tests.e2e.instances import Instance, free_port

CHUNK = 1 << 10


@dataclass
class Relay:
    """Passes on what comes to `port`."""

    home: Instance
    cut: bool = False  # nobody gets through, nor does who was under way
    delay: float = 0.0  # seconds, for each piece
    loss: float = 0.0  # of the pieces, with each of which a connection ends
    luck: Random = field(default_factory=lambda: Random(7))
    port: int = field(default_factory=free_port)
    lost: int = 0

    def __post_init__(self) -> None:
        self.home.url, self.home.host = f"http://localhost:{self.port}", f"localhost:{self.port}"
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Begin."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """End, and cut off who is under way."""
        self._server.close()
        self.part()
        await self._server.wait_closed()

    def part(self) -> None:
        """Let nobody through from now on."""
        self.cut = True
        for writer in list(self._open):
            writer.transport.abort()

    def heal(self, *, delay: float = 0.0, loss: float = 0.0) -> None:
        """Let all through again, as well as that."""
        self.cut, self.delay, self.loss = False, delay, loss

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            writer.transport.abort()
            return
        self._open.add(writer)
        onward = None
        try:
            back, onward = await asyncio.open_connection("127.0.0.1", self.home.port)
            self._open.add(onward)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, onward))
                group.create_task(self._carry(back, writer))
        except* (OSError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, onward):
                if one is not None:
                    self._open.discard(one)
                    one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.luck.uniform(0, 2 * self.delay))
            if self.luck.random() < self.loss:
                self.lost += 1
                raise ConnectionAbortedError
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

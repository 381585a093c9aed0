"""Asks one server for one thing over many connections at once: for `tests.bench.crowd`, in a process of its own.

`python -m tests.bench.crowding PORT PID SECONDS`; on standard input JSON: for each connection what it asks for in turn, paths with headers, and
the addresses that requests come from. Each connection asks again as soon as it has its answer. Prints JSON: how many answers, seconds, seconds of the processor that
the process PID took, and the milliseconds that each answer took. Standard library only, so that it starts quickly and costs little beside the server.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from tests.bench.asking import clock_of

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
WARM = 0.2  # of the seconds: asked before anything is counted, once each connection has had an answer


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.took: list[float] = []  # seconds, of each answer that is counted
        self.size = 0
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.since = self.until = float("inf")  # what is asked between them is counted, and one answer in any case
        self._is_over = False
        self._requests = requests
        self._begun = 0.0
        self._missing = -1  # bytes of the answer that are still to come; -1: its head is
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: Any = transport
        self._ask()

    def _ask(self) -> None:
        self._begun = time.perf_counter()
        if self._begun > self.until and self.took:
            self._is_over = True
            self._transport.close()
            return
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Read on; the answer being whole, ask again."""
        if self._missing < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            found = LENGTH.search(self._head, 0, end + 2)
            if not self._head.startswith(b"HTTP/1.1 200 ") or found is None:
                self._fail(RuntimeError(self._head[:300].decode("latin-1")))
                return
            self.size = int(found[1])
            self._missing = self.size - (len(self._head) - end - 4)
            self._head = b""
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._missing = -1
            if self._begun >= self.since:
                self.took.append(time.perf_counter() - self._begun)
            if not self.first.done():
                self.first.set_result(None)
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        if not self._is_over:
            self._fail(error or RuntimeError("the server closed the connection"))
        elif not self.over.done():
            self.over.set_result(None)

    def _fail(self, error: Exception) -> None:
        for waited in (self.first, self.over):
            if not waited.done():
                waited.set_exception(error)
        self._transport.close()


def requests_of(asked: Sequence[tuple[str, dict[str, str]]], addresses: Sequence[str], first: int) -> Iterator[bytes]:
    """Write a request once for each address, in turn what is asked, and give them for ever."""
    written = []
    for (path, headers), address in zip(cycle(asked), [*addresses[first:], *addresses[:first]], strict=False):
        lines = [f"GET {path} HTTP/1.1", "Host: x.example", "X-Forwarded-Proto: https", f"X-Forwarded-For: {address}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        written.append("\r\n".join([*lines, "", ""]).encode())
    return cycle(written)


async def crowd(port: int, pid: int, seconds: float, asked: dict[str, Any]) -> dict[str, Any]:
    """Let all ask."""
    loop, clock, addresses = asyncio.get_running_loop(), clock_of(pid), asked["addresses"]
    apart = len(addresses) // len(asked["who"])
    askers = []
    for number, one in enumerate(asked["who"]):
        asker = Asker(requests_of(one, addresses, number * apart))
        await loop.create_connection(lambda asker=asker: asker, "127.0.0.1", port)  # type: ignore[misc]
        askers.append(asker)
    await asyncio.gather(*(asker.first for asker in askers))
    await asyncio.sleep(seconds * WARM)
    begin = time.perf_counter()
    for asker in askers:
        asker.since, asker.until = begin, begin + seconds
    cpu, own = time.clock_gettime(clock), time.process_time()
    await asyncio.gather(*(asker.over for asker in askers))
    cpu, own = time.clock_gettime(clock) - cpu, time.process_time() - own
    return {
        "seconds": time.perf_counter() - begin,
        "cpu": cpu,
        "own": own,
        "size": askers[0].size,
        "took": sorted(took for asker in askers for took in asker.took),
    }


if __name__ == "__main__":
    _, to, of, long = sys.argv
    print(json.dumps(asyncio.run(crowd(int(to), int(of), float(long), json.load(sys.stdin)))))

"""Looks names up in threads of its own: name servers that never answer must not hold up what else needs threads.

The machine's own look-up cannot be ended from outside: one that hangs keeps its place until it gives up by itself, whoever waits for it no
longer does. So there are few places, and fewer for the names below one domain. Not for: which addresses are allowed (safe_dns.py).
"""

import asyncio
import socket
import threading
from collections import Counter, deque
from contextlib import suppress
from typing import Any

from activitypub.uris import domain_of

MOST = 32  # look-ups at a time
OF_DOMAIN = 4  # of them for one domain, all names below it included
SECONDS = 6.0  # a question or answer that is lost on the way is asked again after five


class NoAnswer(OSError):
    """Whoever should know the name says nothing."""


class Lookups:
    """Asks the machine, each name in a thread that ends with its answer (a `safe_dns.Resolver`)."""

    def __init__(self) -> None:
        self._at_work: Counter[str] = Counter()
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[dict[str, Any]]:
        """Give the addresses of a host; raise OSError."""
        domain = domain_of(host)
        try:
            async with asyncio.timeout(SECONDS):
                await self._place(domain)
                found = await self._begun(domain, host, port, family)
        except TimeoutError as error:
            raise NoAnswer(f"no answer about {host}") from error
        return [_result(host, port, one) for one in found]

    async def close(self) -> None:
        """Those who look up still need nothing of ours."""

    async def _place(self, domain: str) -> None:
        """Take a place as soon as there is one for this domain."""
        if self._is_free(domain):
            self._at_work[domain] += 1
            return
        mine = (domain, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            await mine[1]
        except asyncio.CancelledError:
            if mine[1].done() and not mine[1].cancelled():  # it was given one just then
                self._leave(domain)
            else:
                self._waiting.remove(mine)
            raise

    def _begun(self, domain: str, host: str, port: int, family: int) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()

        def settle(found: Any, error: OSError | None) -> None:
            self._leave(domain)
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found)

        def look() -> None:
            found, error = None, None
            try:
                found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
            except OSError as failed:
                error = failed
            except UnicodeError as failed:
                error = OSError(str(failed))
            with suppress(RuntimeError):  # the loop was closed meanwhile, nobody waits any more
                loop.call_soon_threadsafe(settle, found, error)

        # As a daemon: a process that ends does not wait for name servers.
        try:
            threading.Thread(target=look, name=f"look up {host}", daemon=True).start()
        except RuntimeError as error:  # the machine has no thread left
            self._leave(domain)
            raise OSError(str(error)) from error
        return answer

    def _leave(self, domain: str) -> None:
        """Give a place back, and on to the first who may have it."""
        self._at_work[domain] -= 1
        if not self._at_work[domain]:
            del self._at_work[domain]
        for waiting in self._waiting:
            wanted, turn = waiting
            if self._is_free(wanted) and not turn.done():  # else it is giving up
                self._waiting.remove(waiting)
                self._at_work[wanted] += 1
                turn.set_result(None)
                return

    def _is_free(self, domain: str) -> bool:
        return self._at_work.total() < MOST and self._at_work[domain] < OF_DOMAIN


def _result(host: str, port: int, found: tuple[Any, ...]) -> dict[str, Any]:
    family, _kind, protocol, _name, address = found
    scope = (
        f"%{address[3]}" if len(address) > 3 and address[3] else ""
    )  # of an interface of ours: refused by whoever judges
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {
        "hostname": host,
        "host": address[0] + scope,
        "port": port,
        "family": family,
        "proto": protocol,
        "flags": flags,
    }

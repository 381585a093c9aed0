"""What no test may do: leave the machine, leave a task behind, talk to the network inside a transaction."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fedcop.core.transactions import in_transaction

LOCAL_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", "", None}


class LeftTheMachine(AssertionError):
    """A test tried to reach something that is not this machine."""


def is_loopback(host: Any) -> bool:
    """Whether an address is this machine's own, without asking anybody."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@contextmanager
def only_this_machine() -> Iterator[None]:
    """Refuse every connection, packet and look-up that would leave; complain at the end too, if that was swallowed."""
    attempts: list[str] = []

    def check(what: str, host: Any) -> None:
        if not is_loopback(host):
            attempts.append(f"{what} {host!r}")
            raise LeftTheMachine(f"a test tried to {what} {host!r}; only the loopback address is allowed")
        if what == "connect to" and in_transaction():
            attempts.append(f"{what} {host!r} inside a transaction")
            raise LeftTheMachine("a connection was opened inside a transaction")

    connect, connect_ex, sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    getaddrinfo = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check("connect to", address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check("connect to", address[0])
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check("send to", rest[-1][0])
        return sendto(self, data, *rest)

    def guarded_getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        check("look up", host)
        return getaddrinfo(host, *rest, **options)

    classes: Any = socket.socket
    classes.connect, classes.connect_ex, classes.sendto = guarded_connect, guarded_connect_ex, guarded_sendto
    socket.getaddrinfo = guarded_getaddrinfo
    try:
        yield
    finally:
        classes.connect, classes.connect_ex, classes.sendto = connect, connect_ex, sendto
        socket.getaddrinfo = getaddrinfo
    if attempts:
        raise LeftTheMachine("; ".join(attempts))


async def lingering(before: set[asyncio.Task[Any]]) -> list[str]:
    """Name the tasks that a test began and did not end."""
    for _ in range(5):  # those just cancelled need a turn of the loop
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        if not left:
            return []
        await asyncio.sleep(0.01)
    names = []
    for task in left:
        names.append(f"{task.get_name()}: {task.get_coro()!r}")
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return names

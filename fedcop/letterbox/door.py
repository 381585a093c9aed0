"""Listens for the operator's mail server, by LMTP on this machine only. What becomes of a letter is service.py's affair.

One address per letter: a second one is put off, so that each gets an answer of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Any

from aiosmtpd.lmtp import LMTP

from fedcop.core import budgets
from fedcop.core.site import site
from fedcop.letterbox import service

MAX_BYTES = budgets.LETTER_BYTES
IDLE = 120.0  # seconds

log = logging.getLogger(__name__)


class Door:
    """What aiosmtpd asks."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Take one address that is ours."""
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time, please"
        if not await service.knows(address):
            return service.UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take the letter."""
        return await service.take(envelope.rcpt_tos[0], (envelope.mail_from or "").strip("<>"), envelope.content)

    async def handle_exception(self, error: Exception) -> str:
        """Ask to be tried again: nothing of it was kept."""
        log.error("a letter could not be taken: %s", type(error).__name__, exc_info=error)
        return "451 4.3.0 Please try again later"


async def listen(stop: asyncio.Event) -> None:
    """Take letters until told to stop; does nothing where the operator wants no answers by mail."""
    place = site().settings.lmtp
    if not place:
        return
    try:
        server = await _open(place)
    except OSError as error:
        # Several workers of one machine: one of them listens.
        log.warning("letters are not taken at %s: %s", place, error.strerror or error)
        return
    try:
        log.info("taking letters at %s", place)
        await stop.wait()
    finally:
        server.close()
        await server.wait_closed()


async def _open(place: str) -> asyncio.Server:
    loop = asyncio.get_running_loop()

    def protocol() -> LMTP:
        return LMTP(Door(), data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, ident="fedcop", timeout=IDLE, loop=loop)

    if not place.startswith("/"):
        host, _colon, port = place.rpartition(":")
        return await loop.create_server(protocol, host.strip("[]"), int(port))
    if not await _answers(place):
        await asyncio.to_thread(_clear, Path(place))
    server = await loop.create_unix_server(protocol, place)
    await asyncio.to_thread(os.chmod, place, 0o660)
    return server


def _clear(path: Path) -> None:
    """Take away the socket of a process that was killed."""
    if path.is_socket():
        path.unlink()


async def _answers(place: str) -> bool:
    try:
        _reader, writer = await asyncio.open_unix_connection(place)
    except OSError:
        return False
    writer.close()
    return True

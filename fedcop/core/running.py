"""Whether an instance is being served right now: some commands may not work beside it."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path
from urllib.parse import urlsplit

from fedcop.core.database import open_database, rows
from fedcop.core.errors import Unavailable
from fedcop.core.settings import Settings

NAME = "fedcop-command"  # what a command calls itself to PostgreSQL, to tell itself from what serves
PATIENCE = 3.0
LOCK = "worker.lock"  # in the data folder: a worker holds it, one at most on SQLite


def as_command(database: str) -> str:
    """Give the address of the database under which a command is not taken for a server, and may take its time."""
    if not database.startswith("postgres"):
        return database
    return f"{database}{'&' if urlsplit(database).query else '?'}application_name={NAME}&command_timeout=86400"


async def refuse_if_running(settings: Settings) -> None:
    """Raise Unavailable, in words, if something serves or works on this instance now."""
    if settings.database.startswith("postgres"):
        async with open_database(as_command(settings.database)):
            found = await rows(
                "SELECT COUNT(*) AS many FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'fedcop'"
            )
        if found[0]["many"]:
            text = f"fedcop still runs on this database ({found[0]['many']} connections); stop fedcop-web and fedcop-worker first"
            raise Unavailable(text, code="still-running")
    elif await asyncio.to_thread(_is_locked, settings.data / LOCK):
        raise Unavailable(
            f"fedcop still works on {settings.data}; stop it first: systemctl stop fedcop", code="still-running"
        )
    elif settings.port and await _answers(settings.host, settings.port):
        text = f"something answers at {settings.host} port {settings.port}, perhaps fedcop; stop it first: systemctl stop fedcop"
        raise Unavailable(text, code="still-running")


def _is_locked(lock: Path) -> bool:
    """Look whether a worker holds it."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


async def _answers(host: str, port: int) -> bool:
    place = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where one listens; asked on loopback
    try:
        async with asyncio.timeout(PATIENCE):
            _reader, writer = await asyncio.open_connection(place, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True

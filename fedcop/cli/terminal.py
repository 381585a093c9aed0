"""How the command speaks: one sentence for an error, a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any, TypeVar

import typer

from activitypub.errors import ActivityPubError
from fedcop.accounts.queries import where_people_are
from fedcop.core.errors import FedcopError, Invalid, Unavailable
from fedcop.core.migrating import applied_steps, known_steps, run_migrations
from fedcop.core.network import make_transport
from fedcop.core.running import as_command
from fedcop.core.settings import Settings, SettingsError, load_settings
from fedcop.core.site import Site, open_site
from fedcop.features import FEATURES

T = TypeVar("T")

TOLD_TO_MEMBERS = re.compile(r"[.;] please tell the people who run this server\.?", re.IGNORECASE)
EXIT_PROBLEM = 1  # it could not be done; the sentence says why
EXIT_SETTINGS = 2  # a setting is unknown or malformed


def fail(sentence: str, code: int = EXIT_PROBLEM) -> typer.Exit:
    """Print one sentence where errors go and give the exit to raise."""
    typer.echo(f"fedcop: {sentence}", err=True)
    return typer.Exit(code)


def settings_or_exit() -> Settings:
    """Read the settings, or end with the one sentence that says what is wrong with them."""
    try:
        return load_settings()
    except SettingsError as error:
        raise fail(str(error), EXIT_SETTINGS) from None


@asynccontextmanager
async def opened(
    settings: Settings | None = None, *, migrate: bool = True, serving: bool = False, anywhere: bool = False
) -> AsyncIterator[Site]:
    """Open the instance that the settings describe, for one command; `anywhere`: even if its people are at another address."""
    settings = settings or settings_or_exit()
    if not serving:
        settings = replace(settings, database=as_command(settings.database))
    with nullcontext() if serving else patient():
        async with open_site(settings, FEATURES, transport=make_transport(settings), migrate=False) as site:
            if not anywhere and (other := await another_address(site)):
                raise fail(f"its people are at {other}, and url is {site.origin}; {keep(other)}", EXIT_SETTINGS)
            if migrate:
                await run_migrations()
            yield site


async def another_address(site: Site) -> str:
    """Give the origin at which this instance has people, if it is not the one of the settings: ids would be of two servers."""
    there = await where_people_are() if await applied_steps() else ""
    return "" if there == site.origin else there


def keep(origin: str) -> str:
    """Say what to do with an instance whose address was changed."""
    return f'write url = "{origin}" again: it stands in the id of everything. Another address needs a data folder of its own'


@asynccontextmanager
async def up_to_date() -> AsyncIterator[Site]:
    """Open it for a command that needs the tables of this version. Those of an earlier one are left as they are: `fedcop upgrade` backs up first."""
    async with opened(migrate=False) as site:
        applied = await applied_steps()
        if applied and set(applied) < set(known_steps()):
            raise fail("the database is not of this version yet: stop fedcop, then fedcop upgrade")
        await run_migrations()
        yield site


@contextmanager
def patient() -> Iterator[None]:
    """Let transactions last: nobody waits for those of a command, and who typed it need not hear of it."""
    told = logging.getLogger("fedcop.core.transactions")
    before = told.level
    told.setLevel(logging.ERROR)
    try:
        yield
    finally:
        told.setLevel(before)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command to its end; every expected failure becomes one sentence and an exit code. A SIGTERM ends it as Ctrl-C does."""
    try:
        return asyncio.run(_until_told(work))
    except typer.Exit:
        raise
    except Invalid as error:
        details = "; ".join(f"{field}: {text}" for field, text in getattr(error, "errors", {}).items())
        raise fail(details or str(error)) from None
    except (FedcopError, ActivityPubError) as error:
        raise fail(for_hosts(str(error)) + _whose() if isinstance(error, Unavailable) else str(error)) from None
    except KeyboardInterrupt:
        raise fail("interrupted; nothing is half done", 130) from None
    except asyncio.CancelledError:
        raise fail("told to end; nothing is half done", 143) from None
    except OSError as error:
        said = f"{error.strerror or error} ({error.filename})" if error.filename else str(error)
        raise fail(said + _whose()) from None
    except Exception as error:  # noqa: BLE001 - a traceback helps nobody who hosts; the log has it
        logging.getLogger(__name__).debug("unexpected", exc_info=error)
        causes = list(_causes(error))
        code = EXIT_SETTINGS if all(isinstance(cause, SettingsError) for cause in causes) else EXIT_PROBLEM
        raise fail("; ".join(_in_words(cause) for cause in causes), code) from None


async def _until_told(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Let SIGTERM end what runs so that it tidies up: what is half written goes, a database that was set aside comes back."""
    task = asyncio.current_task()
    if task is not None and threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work()


def _in_words(error: BaseException) -> str:
    expected = isinstance(error, (FedcopError, ActivityPubError, SettingsError, OSError))
    if isinstance(error, (Unavailable, OSError)):
        return for_hosts(str(error)) + _whose()
    return str(error) if expected else f"unexpected: {type(error).__name__}: {error}"


def for_hosts(text: str) -> str:
    """Say to who hosts what members are told: without the request to tell who hosts."""
    return TOLD_TO_MEMBERS.sub("", text).rstrip(".")


def _whose() -> str:
    """Add which file is another user's, if there is such a one: the system's own words rarely say it."""
    from fedcop.cli.doctor.belonging import closed_to_us  # noqa: PLC0415 - only when something failed

    try:
        closed = closed_to_us(load_settings())
    except (SettingsError, OSError):
        return ""
    return f"; {closed[0].rstrip('.')}: {closed[1]}" if closed else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give what really happened, without the groups that tasks wrap around it."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner)
    else:
        yield error


SAID_EVERY = 10.0  # seconds


class Progress:
    """Say how far long work has come: rewritten in place on a terminal; elsewhere a line per tenth, and one if it was silent for long."""

    def __init__(self, label: str, total: int | None = None) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self._last_tenth = -1
        self._last_said = time.monotonic()
        self._moving = sys.stderr.isatty()

    def step(self, count: int = 1) -> None:
        """Count what was done."""
        self.done += count
        text = f"{self.label}: {self.done}" + (f" / {self.total}" if self.total else "")
        if self._moving:
            sys.stderr.write(f"\r{text}\033[K")
            sys.stderr.flush()
            return
        tenth = self.done * 10 // self.total if self.total else -1
        if tenth != self._last_tenth or time.monotonic() - self._last_said > SAID_EVERY:
            self._last_tenth, self._last_said = tenth, time.monotonic()
            sys.stderr.write(text + "\n")

    def end(self) -> None:
        """Finish the line."""
        if self._moving:
            sys.stderr.write("\n")
        elif not self.total:
            sys.stderr.write(f"{self.label}: {self.done}\n")

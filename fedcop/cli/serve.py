"""`fedcop serve`, `web` and `worker`: bring up an instance and take it down without losing anything."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta

from fedcop.accounts import queries
from fedcop.accounts import service as accounts
from fedcop.built import in_full
from fedcop.cli.terminal import fail, opened, run
from fedcop.core.clock import NOTICED, now
from fedcop.core.database import rows
from fedcop.core.ids import begin_after, moment_of
from fedcop.core.log import set_up_logging
from fedcop.core.rooms import own_room
from fedcop.core.siblings import Siblings
from fedcop.core.site import Site
from fedcop.worker import run_worker
from web.metrics import run_metrics
from web.server import run_web

log = logging.getLogger(__name__)

FOR_A_WHILE = timedelta(days=1)  # one that was wrong by more has left ids that nobody should go on from
COLLECTED = 10_000  # more objects than before, and the collector looks through them; sixteen pages that are being made are some thousands

Ready = Callable[[], Awaitable[None]]
Half = Callable[[Site, asyncio.Event, Ready], Awaitable[None]]


def serve() -> None:
    """Serve pages and do the work behind them, in one process."""
    _run_halves(run_web, run_worker)


def web() -> None:
    """Serve pages only; the work is done by `fedcop worker` (PostgreSQL)."""
    _run_halves(run_web, needs_postgres=True)


def worker() -> None:
    """Do the work behind the pages: deliveries, received activities, mail (PostgreSQL)."""
    _run_halves(run_worker, needs_postgres=True)


def _run_halves(*halves: Half, needs_postgres: bool = False) -> None:
    async def work() -> None:
        async with opened(serving=True) as site:
            set_up_logging(json=site.settings.log == "json")
            if needs_postgres and not site.settings.database_url.startswith("postgres"):
                raise fail("web and worker can only be divided on PostgreSQL; with SQLite use `fedcop serve`")
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop.set)
            waited_for = len(halves)

            async def ready() -> None:
                """Say that it serves once every half does: not before a port or a folder turned out to be taken."""
                nonlocal waited_for
                waited_for -= 1
                if not waited_for:
                    gc.freeze()  # what is there by now stays: the collector need not look through it again and again
                    gc.set_threshold(COLLECTED)
                    await _greet(site, invites=run_web in halves)

            await _go_on_from_what_is_stored()
            async with own_room(), site.part(Siblings).listening(), asyncio.TaskGroup() as group:
                for half in halves:
                    group.create_task(_ending_all(half, site, stop, ready))
                group.create_task(run_metrics(site, stop))
            sys.stderr.write("fedcop: stopped; nothing was lost\n")

    run(work)


async def _go_on_from_what_is_stored() -> None:
    """Make ids that come after those of what waits, and say so if the clock is behind them: what is new would overtake what is old."""
    found = await rows("SELECT (SELECT max(id) FROM job) AS job, (SELECT max(id) FROM outgoing_activity) AS outgoing")
    last = max((int(one) for one in found[0].values() if one is not None), default=0)
    behind = moment_of(last) - now()
    if behind > timedelta(seconds=NOTICED):
        log.warning("the clock of this machine is %.0f s behind what is stored; is it right?", behind.total_seconds())
    if timedelta(0) < behind < FOR_A_WHILE:
        begin_after(last)


async def _ending_all(half: Half, site: Site, stop: asyncio.Event, ready: Ready) -> None:
    """Run one half; if it ends, for whatever reason, the other one is told to stop too."""
    try:
        await half(site, stop, ready)
    finally:
        stop.set()


async def _greet(site: Site, *, invites: bool) -> None:
    """Say who serves; whoever serves pages invites the owner, as long as there is none: each link ends those before it."""
    settings = site.settings
    lines = [f"{in_full()} serves {settings.origin}"]
    if settings.development:
        lines.append(
            "*** DEVELOPMENT MODE: plain http and local peers are allowed, rate limits are off, "
            "sign-up needs no confirmation. Never on the open internet. ***"
        )
    if invites and not await queries.has_owner():
        link = await accounts.owner_link()
        lines.append(f"First start: become the owner of this instance at {link} (works once; the newest one counts)")
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()

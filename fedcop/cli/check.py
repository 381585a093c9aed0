"""`fedcop migrate` and `fedcop doctor`: bring the database up to date, and say in words what is amiss."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta

import typer

from fedcop.cli.terminal import opened, run, settings_or_exit
from fedcop.core import database
from fedcop.core.clock import now
from fedcop.core.models import Job
from fedcop.core.site import Site
from fedcop.federation import destinations
from fedcop.letterbox import health
from fedcop.media.films import programs

Check = Callable[[Site], Awaitable[str | None]]  # None: well; else the sentence


def migrate() -> None:
    """Bring the database up to date."""

    async def work() -> None:
        async with opened(migrate=True):
            typer.echo("the database is up to date")

    run(work)


def doctor() -> None:
    """Look at settings, database, disk, queue and mail, and say what is amiss; exit code 1 if anything is."""

    async def work() -> None:
        troubles = 0
        settings_or_exit()
        async with opened() as site:
            for name, check in CHECKS.items():
                trouble = await check(site)
                troubles += trouble is not None
                typer.echo(f"{'!!' if trouble else 'ok'} {name}" + (f": {trouble}" if trouble else ""))
        if programs() is None:  # nothing is amiss: one can do without
            typer.echo("-- films: ffmpeg and ffprobe are not installed; uploads of films and sounds are refused")
        if troubles:
            raise typer.Exit(1)

    run(work)


async def _url(site: Site) -> str | None:
    if site.settings.development:
        return "development mode is on; never use it on the open internet"
    return None if site.settings.origin.startswith("https://") else "FEDCOP_URL should begin with https://"


async def _database(_site: Site) -> str | None:
    if database.dialect() == "sqlite":
        found = await database.rows("PRAGMA quick_check(1)")
        answer = str(next(iter(found[0].values()))) if found else "no answer"
        return None if answer == "ok" else f"SQLite reports {answer}; restore the last backup"
    await database.rows("SELECT 1 AS one")
    return None


async def _disk(site: Site) -> str | None:
    folder = site.settings.data
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written"
    free = shutil.disk_usage(folder).free
    return None if free > 1 << 30 else f"only {free >> 20} MiB are free in {folder}"


async def _jobs(_site: Site) -> str | None:
    failed = await Job.filter(failed_at__not_isnull=True).count()
    late = await Job.filter(failed_at=None, due_at__lt=now() - timedelta(minutes=15)).count()
    words = []
    if failed:
        words.append(f"{failed} jobs failed for good")
    if late:
        words.append(f"{late} jobs are over 15 minutes late; is a worker running?")
    return "; ".join(words) or None


async def _deliveries(_site: Site) -> str | None:
    failing = [line for line in await destinations.waiting_lines() if line.failing_since]
    return f"{len(failing)} destinations do not answer; see `fedcop queue`" if failing else None


async def _mail(site: Site) -> str | None:
    url = site.settings.smtp
    if not url:
        return None if site.settings.development else "FEDCOP_SMTP is not set; no mail can leave"
    host, _, port = url.split("@")[-1].removeprefix("smtp://").removeprefix("smtps://").partition(":")
    try:
        with socket.create_connection((host, int(port.rstrip("/") or 25)), timeout=5):
            return None
    except (OSError, ValueError) as error:
        return f"the mail server {host} does not answer: {error}"


async def _believed(_site: Site) -> str | None:
    found = await health.read()
    if found is None:
        return None
    amiss = [one.key for one in found.findings if one.state in (health.MISSING, health.WRONG)]
    return f"{', '.join(amiss)} of your domain to be mended; see /admin/mail" if amiss else None


CHECKS: dict[str, Check] = {
    "address": _url,
    "database": _database,
    "disk": _disk,
    "jobs": _jobs,
    "deliveries": _deliveries,
    "mail": _mail,
    "mail is believed": _believed,
}

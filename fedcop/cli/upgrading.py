"""`fedcop upgrade`: back up, bring the database to this version, look whether all is there, and go back by itself if it is not.

All of it happens in one transaction that the checks are part of: what fails, or is killed, has changed nothing, on either database.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import typer

from fedcop.backups import service as backups
from fedcop.cli.archiving.proving import keys_that_fail
from fedcop.cli.archiving.shape import LEFT_OUT
from fedcop.cli.archiving.writing import write
from fedcop.cli.terminal import Progress, fail, opened, run, settings_or_exit
from fedcop.core import database, tables
from fedcop.core.clock import now
from fedcop.core.migrating import MigrationError, applied_steps, forgotten_by, known_steps, run_migrations
from fedcop.core.running import refuse_if_running
from fedcop.core.site import Site

KEPT = 3  # backups of upgrades
NAME = "before-upgrade-*.tar*"


def upgrade() -> None:
    """Bring the database to this version: back up, change, check; if a check fails, all is as it was. Stop fedcop first."""

    async def work() -> None:
        await refuse_if_running(settings_or_exit())
        async with opened(migrate=False) as site:
            applied = await applied_steps()
            missing = [name for name in known_steps() if name not in applied]
            if not applied:
                raise fail("there is no instance here yet; `fedcop serve` makes one")
            if missing:
                typer.echo(f"{len(missing)} changes of the database are to be made: {missing[0]} to {missing[-1]}")
                await _back_up(site)
            await _change(site, applied, missing)

    run(work)


async def _back_up(site: Site) -> None:
    """Write texts, people and keys into a file: changes of the database touch no file."""
    folder = site.settings.data.absolute() / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    needed, free = await _size(site), shutil.disk_usage(folder).free
    if needed > free:
        raise fail(
            f"a backup takes about {needed >> 20} MiB, and {free >> 20} MiB are free in {folder}; nothing was changed"
        )
    sealed = ".age" if site.settings.backup_key else ""
    file = folder / f"before-upgrade-{now():%Y%m%d-%H%M%S}.tar{sealed}"
    written = await write(file, site, Progress, files=False)
    typer.echo(f"backed up: {written.rows} rows in {file} (no files: changes of the database touch none)")
    for old in sorted(folder.glob(NAME))[:-KEPT]:
        old.unlink(missing_ok=True)


async def _size(site: Site) -> int:
    if database.dialect() == "postgres":
        size = int((await database.rows("SELECT pg_database_size(current_database()) AS size"))[0]["size"])
        return size + backups.SPARE
    return 2 * _length(site.settings.database.removeprefix("sqlite:///")) + backups.SPARE


def _length(path: str) -> int:
    return Path(path).stat().st_size


async def _change(site: Site, applied: list[str], missing: list[str]) -> None:
    began = time.monotonic()
    if missing:
        typer.echo("counting rows and trying keys, before the changes", err=True)
    before = await counted()
    _keys, failing = await keys_that_fail(Progress) if missing else (0, [])
    told: list[str] = []

    async def look() -> None:
        told.append(await checked(before, failing, missing))

    try:
        done = await run_migrations(check=look, begins=lambda name: typer.echo(f"changing: {name}", err=True))
    except Exception as error:  # noqa: BLE001 - whatever it was, the operator learns what is so now
        why = " ".join(str(error).split())[:500] or type(error).__name__
        if await applied_steps() != applied or await counted() != before:
            raise fail(f"the upgrade failed: {why}; restore the backup: fedcop restore --replace FILE") from None
        if not missing or isinstance(error, MigrationError) and "newer" in why:
            raise fail(why) from None
        text = f"the upgrade failed: {why}. Nothing was changed, the database is as it was. Install the version that ran before, start it, and report this"
        raise fail(text) from None
    if not done:
        typer.echo("the database is of this version already; there is nothing to do")
        return
    typer.echo(f"{len(done)} changes made in {time.monotonic() - began:.0f} seconds; {told[-1]}")
    typer.echo("start fedcop now")


async def counted() -> dict[str, int]:
    """Count the rows of every table."""
    return {table.name: await tables.count(table) for table in await tables.tables()}


async def checked(before: dict[str, int], failing: list[str], steps: list[str]) -> str:
    """Look whether all is there after the steps, inside their transaction; gives what was found. Raises MigrationError."""
    typer.echo("looking whether all is there", err=True)
    after, on_purpose = await counted(), forgotten_by(steps)
    for name, count in before.items():
        if name not in on_purpose and after.get(name, 0) < count:
            raise MigrationError(f"{name} has {after.get(name, 0)} rows and had {count}")
    if database.dialect() == "sqlite":
        answers = await database.rows("PRAGMA quick_check(1)")
        answer = str(next(iter(answers[0].values()))) if answers else "no answer"
        if answer != "ok":
            raise MigrationError(f"SQLite reports {answer}")
    keys, wrong = await keys_that_fail(Progress)
    new = sorted(set(wrong) - set(failing))
    if new:
        raise MigrationError(f"{len(new)} keys no longer verify what they sign ({new[0]})")
    found = sum(count for name, count in after.items() if name not in LEFT_OUT)
    return f"{found} rows in {len(after)} tables are there, {keys} keys sign and verify"

"""`fedcop move`: from SQLite to PostgreSQL, with everything counted and compared. The source is only read, and locked meanwhile.

The copy is one transaction of the target: a crash leaves tables without rows there, and a second run goes on from that.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from fedcop.cli.terminal import Progress, fail, patient, run, settings_or_exit
from fedcop.core import tables
from fedcop.core.database import APP, atomic, open_database, tidy
from fedcop.core.errors import Unavailable
from fedcop.core.migrating import applied_steps, known_steps, run_migrations
from fedcop.core.running import as_command, refuse_if_running
from fedcop.core.settings import SettingsError, load_settings
from fedcop.core.tables import Line, Sum, Table

UNEQUAL = "move-unequal"


def move(
    target: str = typer.Argument(help="where to: postgres://user:password@host/name, a database without rows"),
) -> None:
    """Copy an instance from SQLite into an empty PostgreSQL database, and compare each table. Stop fedcop first."""

    async def work() -> None:
        settings = settings_or_exit()
        if not settings.database.startswith("sqlite:"):
            raise fail("this instance is not on SQLite; between two PostgreSQL databases use backup and restore")
        try:
            there = load_settings(database=target).database
        except SettingsError as error:
            raise fail(str(error)) from None
        if not there.startswith("postgres"):
            raise fail("name a PostgreSQL database: postgres://user:password@host/name")
        await refuse_if_running(settings)
        began = time.monotonic()
        path = settings.database.removeprefix("sqlite:///")
        with patient(), _locked(path) as source:
            async with open_database(as_command(there)):
                found = await _made_ready()
                count = await _copy(source, found)
                await tidy()
        took = time.monotonic() - began
        typer.echo(f"{count} rows in {len(found)} tables copied, counted and compared in {took:.0f} seconds")
        typer.echo(
            'Write into fedcop.toml: database = "postgres://…", as you typed it; nobody else may read that file.'
        )
        typer.echo("Then start fedcop, or fedcop-web and fedcop-worker instead of it. Files stay where they are.")
        typer.echo(f"{path} is as it was: delete it once all is well, so that nobody starts on it again.")

    run(work)


@contextmanager
def _locked(path: str) -> Iterator[sqlite3.Connection]:
    """Open the source so that nobody can write into it meanwhile; it is only read."""
    if not Path(path).is_file():
        raise fail(f"there is no instance at {path}")
    source = sqlite3.connect(path, isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES, timeout=2)
    source.row_factory = sqlite3.Row
    try:
        try:
            source.execute("BEGIN IMMEDIATE")
            steps = [
                row["name"]
                for row in source.execute("SELECT name FROM tortoise_migrations WHERE app = ? ORDER BY name", (APP,))
            ]
        except sqlite3.OperationalError as error:
            raise fail(f"{path} cannot be read ({error}); is fedcop stopped?") from None
        if steps != known_steps():
            raise fail("the database is not of this version: fedcop upgrade first")
        yield source
    finally:
        source.close()  # which gives up the transaction


async def _made_ready() -> list[Table]:
    """Let the target have the tables and no row, or refuse it."""
    applied = await applied_steps()
    if not applied and await tables.tables():
        raise fail("the target holds tables that are not fedcop's; name a database of its own (createdb fedcop)")
    if applied and applied != known_steps():
        raise fail("the target was made by another version of fedcop; name a new database (createdb fedcop)")
    await run_migrations()
    found = await tables.tables()
    filled = await tables.empty_of_rows(found)
    if filled:
        raise fail(
            f"the target is not empty ({filled} has rows); nothing was changed. Name a new database (createdb fedcop)"
        )
    return found


@atomic
async def _copy(source: sqlite3.Connection, found: Sequence[Table]) -> int:
    """Copy everything, read it back and compare; all of it or nothing. Gives the number of rows."""
    whole = sum(_count(source, table) for table in found)
    copying, comparing = Progress("copied", whole), Progress("compared", whole)
    told: dict[str, Sum] = {}
    for table in found:
        told[table.name] = Sum()
        for lines in _lines(source, table):
            for line in lines:
                told[table.name].add(line)
            await tables.write(table, lines)
            copying.step(len(lines))
        if told[table.name].count != _count(source, table):
            raise Unavailable(f"{table.name} changed meanwhile; nothing was copied", code=UNEQUAL)
    copying.end()
    for table in found:
        here = Sum()
        async for lines in tables.read(table):
            for line in lines:
                here.add(line)
            comparing.step(len(lines))
        if here != told[table.name]:
            text = f"{table.name} has {here.count} rows ({here.hex[:12]}) there and {told[table.name].count} ({told[table.name].hex[:12]}) here; nothing was copied"
            raise Unavailable(text, code=UNEQUAL)
    comparing.end()
    await tables.number_on()
    return whole


def _count(source: sqlite3.Connection, table: Table) -> int:
    return int(source.execute(f'SELECT COUNT(*) FROM "{table.name}"').fetchone()[0])  # noqa: S608 - a table of ours


def _lines(source: sqlite3.Connection, table: Table) -> Iterator[list[Line]]:
    names = ", ".join(f'"{name}"' for name in table.columns)
    cursor = source.execute(f'SELECT {names} FROM "{table.name}"')  # noqa: S608 - names of our own tables
    while rows := cursor.fetchmany(tables.AT_ONCE):
        yield [tables.plain(table, dict(row)) for row in rows]

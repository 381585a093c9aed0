"""The move from SQLite to PostgreSQL: every row compared, what is not empty refused, a crash harmless on both sides."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fedcop.core import tables
from fedcop.core.database import execute, open_database, rows
from fedcop.core.migrating import run_migrations
from fedcop.core.tables import Sum
from tests.rig.filling import counted, fill
from tests.rig.operator import Operator

pytestmark = [pytest.mark.usefixtures("threads"), pytest.mark.once, pytest.mark.postgres]
ROOT = Path(__file__).parents[3]
WAITING = """
import asyncio
from fedcop.core import tables
async def wait(*_words):
    print("copied", flush=True)
    await asyncio.sleep(60)
tables.number_on = wait
from fedcop.cli.main import main
main()
"""


@pytest.fixture
def target(postgres: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"move_{os.getpid()}"

    async def do(*statements: str) -> None:
        async with open_database(f"{postgres}/postgres"):
            for statement in statements:
                await execute(statement)

    asyncio.run(do(f"CREATE DATABASE {name}"))
    yield f"{postgres}/{name}"
    asyncio.run(do(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody with an instance on SQLite, rows in every table."""

    async def make() -> None:
        async with open_database(f"sqlite:///{tmp_path}/data/fedcop.sqlite3"):
            await run_migrations()
            await fill()
            await execute(
                "UPDATE instance_setting SET value = ? WHERE key = 'key1'", '{"b": [1.0, 1e3, "é"], "a": null}'
            )
            await execute("UPDATE post SET content = ? WHERE id = 2", 'l’été 🌾\n\t"quoted"')
            await execute("UPDATE media SET size = NULL WHERE id = 1")

    asyncio.run(make())
    return Operator(tmp_path)


def state(url: str) -> dict[str, tuple[int, str]]:
    """Add up every table."""

    async def look() -> dict[str, tuple[int, str]]:
        found = {}
        async with open_database(url):
            for table in await tables.tables():
                told = Sum()
                async for batch in tables.read(table):
                    for line in batch:
                        told.add(line)
                found[table.name] = (told.count, told.hex)
        return found

    return asyncio.run(look())


def ask(url: str, query: str) -> Any:
    async def look() -> Any:
        async with open_database(url):
            return await rows(query)

    return asyncio.run(look())


def test_everything_is_there_afterwards_and_the_source_as_it_was(operator: Operator, target: str) -> None:
    source = operator.folder / "data" / "fedcop.sqlite3"
    before = state(f"sqlite:///{source}")
    said = operator.types("move", target)
    assert said.exit_code == 0, said.output
    assert (
        f"{sum(count for count, _ in before.values())} rows in {len(before)} tables copied, counted and compared"
        in said.output
    )
    assert "Write into fedcop.toml: database" in said.output and target not in said.output
    assert state(target) == before == state(f"sqlite:///{source}")
    assert ask(target, "SELECT content FROM post WHERE id = 2")[0]["content"] == 'l’été 🌾\n\t"quoted"'
    assert ask(target, "SELECT id FROM search_entry WHERE words @@ to_tsquery('simple', 'folded1')")[0]["id"] == 1
    said = operator.types("doctor", "--local", "--json", FEDCOP_DATABASE=target)
    assert '"schema"' in said.output and "could not be looked at" not in said.output
    assert "the target is not empty" in operator.types("move", target).output
    assert "is not on SQLite" in operator.is_told(1, "move", target, FEDCOP_DATABASE=target)


def test_killed_in_the_middle_and_run_again(operator: Operator, target: str) -> None:
    source = f"sqlite:///{operator.folder}/data/fedcop.sqlite3"
    before = state(source)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FEDCOP_")}
    environment = kept | {key: value for key, value in operator.environment.items() if value}
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, "move", target],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert any(line.strip() == b"copied" for line in process.stdout), "it ended before"
        with (
            sqlite3.connect(source.removeprefix("sqlite:///"), timeout=0.1) as beside,
            pytest.raises(sqlite3.OperationalError),
        ):
            beside.execute("DELETE FROM post")  # nobody writes into the source meanwhile
        beside.close()
        process.send_signal(signal.SIGKILL)
    assert state(source) == before
    said = operator.types("move", target)
    assert said.exit_code == 0, said.output
    assert state(target) == before


def test_what_differs_or_does_not_fit_copies_nothing(
    operator: Operator, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "name a PostgreSQL database" in operator.is_told(1, "move", "sqlite:///x")
    assert "must look like" in operator.is_told(1, "move", "elsewhere")
    database = f"sqlite:///{operator.folder}/data/fedcop.sqlite3"
    with monkeypatch.context() as patched:
        original = tables.write

        async def lossy(table: Any, lines: Any) -> None:
            await original(table, lines[1:] if table.name == "mailbox_entry" else lines)

        patched.setattr(tables, "write", lossy)
        said = operator.types("move", target)
        assert said.exit_code == 1 and "mailbox_entry has 2 rows" in said.output and "nothing was copied" in said.output

    async def empty() -> dict[str, int]:
        async with open_database(target):
            return {name: count for name, count in (await counted()).items() if count}

    assert asyncio.run(empty()) == {}
    ask(database, "UPDATE actor SET display_name = '" + "x" * 400 + "' WHERE id = 1 RETURNING id")
    said = operator.types("move", target)
    assert said.exit_code == 1 and "actor: value too long" in said.output.replace("\n", " "), said.output
    ask(target, "CREATE TABLE other (id BIGINT PRIMARY KEY)")
    assert asyncio.run(empty()) == {}

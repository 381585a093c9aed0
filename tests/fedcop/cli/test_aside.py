"""A database that is set aside takes no other one's place, however soon after it that was."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from fedcop.cli.archiving import aside
from fedcop.core import running
from fedcop.core.database import execute, open_database, rows
from fedcop.core.errors import Unavailable
from fedcop.core.settings import Settings
from tests.rig.clock import StandingClock


def instance(folder: Path) -> Settings:
    return Settings(url="https://atelier.example", data=folder, database=f"sqlite:///{folder}/fedcop.sqlite3")


def of_number(database: Path, number: int) -> None:
    with closing(sqlite3.connect(database)) as raw:
        raw.execute(f"PRAGMA user_version = {number}")


def number_of(database: Path) -> int:
    with closing(sqlite3.connect(database)) as raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])


async def test_two_in_one_second_are_both_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: StandingClock
) -> None:
    monkeypatch.setattr(aside, "now", clock.now)
    database, kept = tmp_path / "fedcop.sqlite3", []
    for number in range(2):
        database.write_bytes(b"")
        async with aside.set_aside(instance(tmp_path), wanted=True) as one:
            kept.append(one.kept)
            of_number(Path(one.settings.database.removeprefix("sqlite:///")), number)
    assert len(set(kept)) == 2 and all(Path(name).exists() for name in kept) and number_of(database) == 1


async def test_the_old_one_keeps_its_place_until_the_new_one_is_whole(tmp_path: Path) -> None:
    database = tmp_path / "fedcop.sqlite3"
    of_number(database, 1)
    (tmp_path / "fedcop.sqlite3.growing").write_bytes(b"of one that was killed")
    with pytest.raises(ValueError, match="broken"):  # noqa: PT012
        async with aside.set_aside(instance(tmp_path), wanted=True) as one:
            of_number(Path(one.settings.database.removeprefix("sqlite:///")), 2)
            assert number_of(database) == 1, "who is killed here has changed nothing"
            raise ValueError("broken")
    assert [path.name for path in tmp_path.iterdir()] == [database.name] and number_of(database) == 1


async def test_who_works_on_it_is_noticed_whatever_its_port(tmp_path: Path) -> None:
    of_number(tmp_path / "fedcop.sqlite3", 1)
    with (tmp_path / "worker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="still works on"):
            await running.refuse_if_running(instance(tmp_path))
    await running.refuse_if_running(replace(instance(tmp_path), port=0))


async def schemas(url: str, *of: str) -> dict[str, list[str]]:
    """Give which tables are in which schema of ours."""
    async with open_database(url):
        found = await rows(
            "SELECT nspname::text AS schema, relname::text AS name FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'"
            " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1, 2"
        )
    there: dict[str, list[str]] = {}
    for row in found:
        there.setdefault(row["schema"], []).extend([row["name"]] if row["name"] else [])
    return there


@asynccontextmanager
async def database_of(postgres: str) -> AsyncIterator[str]:
    """An empty database of its own."""
    name = f"aside_{os.getpid()}"
    async with open_database(f"{postgres}/postgres"):
        await execute(f"CREATE DATABASE {name}")
    yield f"{postgres}/{name}"
    async with open_database(f"{postgres}/postgres"):
        await execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.once
@pytest.mark.postgres
@pytest.mark.usefixtures("threads")
async def test_schemas_exchange_their_names_once_the_new_one_is_whole(postgres: str, tmp_path: Path) -> None:
    async with database_of(postgres) as url:
        here = replace(instance(tmp_path), database=url)
        async with open_database(url):
            await execute("CREATE TABLE old_one (id int)")
            await execute("CREATE SCHEMA public_growing")  # of one that was killed
            await execute("CREATE TABLE public_growing.half (id int)")
        with pytest.raises(ValueError, match="broken"):  # noqa: PT012
            async with aside.set_aside(here, wanted=True) as one:
                async with open_database(one.settings.database):
                    assert await rows("SELECT current_schema()::text AS name") == [{"name": "public_growing"}]
                    await execute("CREATE TABLE new_one (id int)")
                there = {"public": ["old_one"], "public_growing": ["new_one"]}
                assert await schemas(url) == there, "who is killed here has changed nothing"
                raise ValueError("broken")
        assert await schemas(url) == {"public": ["old_one"]}
        for _twice in range(2):
            async with aside.set_aside(here, wanted=True) as one, open_database(one.settings.database):
                await execute("CREATE TABLE new_one (id int)")
        there = await schemas(url)
        assert there.pop("public") == ["new_one"] and sorted(there.values()) == [["new_one"], ["old_one"]]
        assert all(name.startswith("before_") for name in there) and sum(name in one.kept for name in there) >= 1

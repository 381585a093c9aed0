"""Short reads are done in the loop's own thread; what takes longer, or cannot be done there, is done elsewhere and keeps nobody waiting."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fedcop.core import sqlite_at_once, sqlite_engine
from fedcop.core.database import connection, open_database, rows
from fedcop.core.sqlite_at_once import AtOnce

pytestmark = pytest.mark.usefixtures("threads")
SHORT = "SELECT 1 AS n"
LONG = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000000) SELECT count(*) AS n FROM c"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Make a file with a table of one row, in which a writer locks readers out."""
    found = str(tmp_path / "some.sqlite3")
    with sqlite3.connect(found) as raw:
        raw.execute("CREATE TABLE thing (n INTEGER)")
        raw.execute("INSERT INTO thing VALUES (7)")
    return found


@pytest.fixture
def at_once(path: str) -> Iterator[AtOnce]:
    """Open what reads that file."""
    found = AtOnce(path, {"query_only": "ON"})
    yield found
    found.close()


def fetched(at_once: AtOnce, query: str) -> Any:
    found = at_once.read(query, lambda raw: raw.execute(query).fetchall())
    return found and [tuple(row) for row in found]


@pytest.fixture
def threads_used(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note in which thread each statement is fetched."""
    used: list[int] = []
    fetch_of = sqlite_engine._fetch

    def noted(query: str, values: Any) -> Any:
        fetch = fetch_of(query, values)

        def run(raw: sqlite3.Connection) -> Any:
            used.append(threading.get_ident())
            return fetch(raw)

        return run

    monkeypatch.setattr(sqlite_engine, "_fetch", noted)
    return used


async def test_a_short_read_stays_in_the_loops_thread(tmp_path: Path, threads_used: list[int]) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'one.sqlite3'}"):
        threads_used.clear()
        assert await rows(SHORT) == [{"n": 1}]
        assert threads_used == [threading.get_ident()]


async def test_a_long_read_is_done_by_a_reader_while_others_go_on(tmp_path: Path, threads_used: list[int]) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'one.sqlite3'}"):
        threads_used.clear()
        reading = asyncio.ensure_future(rows(LONG))
        turns = 0
        while not reading.done():
            await asyncio.sleep(0.001)
            assert await rows(SHORT) == [{"n": 1}]
            turns += 1
        assert await reading == [{"n": 3_000_000}]
        assert turns > 10
        assert await rows(LONG) == [{"n": 3_000_000}]
        threads_used.clear()
        assert await rows(LONG) == [{"n": 3_000_000}]  # without another trial
        assert len(threads_used) == 1
        assert threads_used[0] != threading.get_ident()


async def test_what_is_wrong_is_said_as_ever(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'one.sqlite3'}"):
        with pytest.raises(sqlite_engine.OperationalError, match="no such table: nowhere"):
            await rows("SELECT * FROM nowhere")
        assert await rows(SHORT) == [{"n": 1}]


async def test_a_closed_database_opens_again(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'one.sqlite3'}"):
        await connection().close()
        assert await rows(SHORT) == [{"n": 1}]


@dataclass
class Clocks:
    """The time that passes, and how much of it this thread works, as a test wants them."""

    per_look: float
    now: float = 100.0
    worked: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        self.worked += self.per_look
        return self.worked


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Let each statement be long, and nobody patient for more than it takes."""
    found = Clocks(per_look=sqlite_at_once.LONG * 2)
    monkeypatch.setattr(sqlite_at_once, "time", found)
    return found


def test_what_is_too_much_work_is_given_up(at_once: AtOnce) -> None:
    assert fetched(at_once, LONG) is None
    assert fetched(at_once, SHORT) == [(1,)]


def test_nobody_waits_long_for_a_disk(at_once: AtOnce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_at_once, "WORK", 1_000_000)
    monkeypatch.setattr(sqlite_at_once, "PATIENCE", -1.0)
    assert fetched(at_once, LONG) is None
    monkeypatch.setattr(sqlite_at_once, "PATIENCE", 3600.0)
    assert fetched(at_once, LONG) == [(3_000_000,)]


def test_what_works_long_again_is_left_to_others_for_a_while(at_once: AtOnce, clocks: Clocks) -> None:
    assert fetched(at_once, SHORT) == [(1,)]
    assert fetched(at_once, SHORT) == [(1,)]
    assert fetched(at_once, SHORT) is None
    clocks.now += sqlite_at_once.APART_FOR
    assert fetched(at_once, SHORT) == [(1,)]


def test_what_only_waited_is_tried_again(at_once: AtOnce, clocks: Clocks) -> None:
    clocks.per_look = 0.0
    assert [fetched(at_once, SHORT) for _ in range(4)] == [[(1,)]] * 4


def test_few_texts_are_remembered(at_once: AtOnce, clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_at_once, "MOST", 2)
    for n in range(5):
        assert fetched(at_once, f"SELECT {n}") == [(n,)]
        assert 1 <= len(at_once._apart) <= 2


def test_nothing_waits_for_a_lock(at_once: AtOnce, path: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert fetched(at_once, "SELECT n FROM thing") is None
    other.close()


def test_nothing_is_written(at_once: AtOnce, path: str) -> None:
    assert fetched(at_once, "DELETE FROM thing") is None
    assert fetched(at_once, "SELECT n FROM thing") == [(7,)]

"""Short reads are done in the loop's own thread; what takes longer, or cannot be done there, is done elsewhere and keeps nobody waiting."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from fedcop.core.database import atomic, connection, execute, open_database, rows
from fedcop.core.sql import sqlite_at_once, sqlite_engine
from fedcop.core.sql.sqlite_at_once import AtOnce, is_brief, opened

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
    raw = opened(path)
    raw.execute("PRAGMA query_only=ON").close()
    found = AtOnce(raw)
    yield found
    found.close()


def fetched(at_once: AtOnce, query: str) -> Any:
    found = at_once.read(query, lambda raw: raw.execute(query).fetchall())
    return found and [tuple(row) for row in found]


@pytest.fixture
def threads_used(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note in which thread each statement is fetched."""
    used: list[int] = []
    fetch_of = sqlite_engine.fetch

    def noted(query: str, values: Any) -> Any:
        fetch = fetch_of(query, values)

        def run(raw: sqlite3.Connection) -> Any:
            used.append(threading.get_ident())
            return fetch(raw)

        return run

    monkeypatch.setattr(sqlite_engine, "fetch", noted)
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


@pytest.mark.parametrize(
    ("query", "brief"),
    [
        ("INSERT INTO thing (n) VALUES (?), (?)", True),
        ("INSERT INTO thing (n) VALUES (?) ON CONFLICT (n) DO NOTHING RETURNING n", True),
        ('UPDATE "thing" SET "n"=? WHERE "id"=?', True),
        ("DELETE FROM job WHERE id IN (?, ?)", True),
        ("INSERT INTO thing SELECT n FROM other", False),
        ("INSERT INTO thing (n) VALUES ((SELECT max(n) FROM thing))", False),
        ("UPDATE thing SET n = (SELECT count(*) FROM other) WHERE id = ?", False),
        ("UPDATE thing SET n = 1 WHERE n < ?", False),
        ("UPDATE thing SET n = 1 WHERE id = ? OR n < ?", False),
        ("DELETE FROM thing", False),
        ("CREATE INDEX some ON thing (n)", False),
    ],
)
def test_what_is_brief(query: str, brief: bool) -> None:
    assert is_brief(query) is brief


async def test_a_transaction_does_at_once_what_is_brief_and_the_rest_elsewhere(
    tmp_path: Path, threads_used: list[int]
) -> None:
    here = threading.get_ident()

    @atomic
    async def write(*queries: str) -> None:
        for query in queries:
            await execute(query)

    async with open_database(f"sqlite:///{tmp_path}/a.sqlite3"):
        await execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER UNIQUE)")
        threads_used.clear()
        await write("INSERT INTO thing VALUES (1, 1), (2, 2)", "DELETE FROM thing WHERE id < 0")
        await write("UPDATE thing SET n = n + 10")
        assert [one == here for one in threads_used] == [True, False, False]
        with pytest.raises(IntegrityError):
            await write("INSERT INTO thing VALUES (3, 3)", "INSERT INTO thing VALUES (4, 12)")
        assert [row["n"] for row in await rows("SELECT n FROM thing ORDER BY id")] == [11, 12], "all or nothing"
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            for number in range(20, 60):
                group.create_task(write(f"INSERT INTO thing VALUES ({number}, {number})"))
        assert (await rows("SELECT count(*) AS n FROM thing"))[0]["n"] == 42


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
    found = Clocks(per_look=sqlite_at_once.LONG + sqlite_at_once.WORST * 2)
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
    assert fetched(at_once, SHORT) is None, "once more was enough"
    clocks.now += sqlite_at_once.APART_FOR
    clocks.per_look = 0.0
    assert [fetched(at_once, SHORT) for _ in range(4)] == [[(1,)]] * 4


def test_what_is_a_little_long_each_time_is_left_to_others(at_once: AtOnce, clocks: Clocks) -> None:
    clocks.per_look = sqlite_at_once.LONG * 2
    found = [fetched(at_once, SHORT) for _ in range(9)]
    assert found == [[(1,)]] * 3 + [None] * 6


def test_what_is_slow_now_and_then_stays(at_once: AtOnce, clocks: Clocks) -> None:
    for _ in range(9):
        clocks.per_look = sqlite_at_once.LONG * 20
        assert fetched(at_once, SHORT) == [(1,)]
        clocks.per_look = sqlite_at_once.LONG / 4
        assert [fetched(at_once, SHORT) for _ in range(4)] == [[(1,)]] * 4
    assert not at_once._owed


def test_the_collector_waits_meanwhile(at_once: AtOnce) -> None:
    def collecting(_raw: sqlite3.Connection) -> bool:
        return gc.isenabled()

    def fails(_raw: sqlite3.Connection) -> bool:
        raise sqlite3.OperationalError

    assert gc.isenabled()
    assert at_once.read(SHORT, collecting) is False
    assert gc.isenabled()
    assert at_once.read(SHORT, fails) is None
    assert gc.isenabled()


def test_what_only_waited_is_tried_again(at_once: AtOnce, clocks: Clocks) -> None:
    clocks.per_look = 0.0
    assert [fetched(at_once, SHORT) for _ in range(4)] == [[(1,)]] * 4


def test_few_texts_are_remembered(at_once: AtOnce, clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_at_once, "MOST", 2)
    for n in range(5):
        assert [fetched(at_once, f"SELECT {n}") for _ in range(3)] == [[(n,)], [(n,)], None]
        assert 1 <= len(at_once._apart) <= 2
        assert 1 <= len(at_once._owed) <= 2


def test_nothing_waits_for_a_lock(at_once: AtOnce, path: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert fetched(at_once, "SELECT n FROM thing") is None
    other.close()


def test_nothing_is_written(at_once: AtOnce, path: str) -> None:
    assert fetched(at_once, "DELETE FROM thing") is None
    assert fetched(at_once, "SELECT n FROM thing") == [(7,)]


async def test_what_was_committed_outlasts_a_power_cut(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/whole.sqlite3"):

        @atomic
        async def asked() -> list[dict[str, Any]]:
            return await rows("PRAGMA synchronous")

        assert await asked() == [{"synchronous": 2}]  # FULL: each commit waits for the disk


def test_what_the_connections_keep_of_a_large_file_is_little() -> None:
    assert sqlite_engine.PRAGMAS["mmap_size"] == 0  # each mapping would count as memory of the process
    assert 4 * -sqlite_engine.PRAGMAS["cache_size"] <= 64 << 10, "KiB: a process is to need no more than 256 MB in all"

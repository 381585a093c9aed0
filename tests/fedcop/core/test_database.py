"""The engines: what survives a cancellation, who waits for whom, how plain SQL is written once for both."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, TransactionManagementError
from tortoise.transactions import in_transaction as tortoise_transaction

from fedcop.core.clock import now
from fedcop.core.database import (
    after_commit,
    atomic,
    dialect,
    execute,
    from_json,
    in_transaction,
    moment,
    open_database,
    prepared,
    refuse_in_transaction,
    rows,
)
from fedcop.core.errors import Unavailable
from fedcop.core.models import InstanceSetting, Job
from fedcop.core.site import Site
from fedcop.core.sql.sqlite_statements import reads_only, statements
from tests.rig.guards import LeftTheMachine, is_loopback, lingering, only_this_machine
from tests.rig.queries import counted

pytestmark = pytest.mark.usefixtures("threads")


async def count() -> int:
    return int((await rows("SELECT count(*) AS n FROM instance_setting"))[0]["n"])


@atomic
async def put(key: str, value: Any = 1, pause: float = 0) -> None:
    await InstanceSetting.create(key=key, value=value)
    if pause:
        await asyncio.sleep(pause)


async def test_a_transaction_is_all_or_nothing(site: Site) -> None:
    @atomic
    async def fail() -> None:
        await put("inner")
        assert in_transaction()
        assert await count() == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not in_transaction()
    assert await count() == 0


async def test_an_error_in_the_database_rolls_back_too(site: Site) -> None:
    @atomic
    async def twice() -> None:
        await put("a")
        await put("b")
        await put("a")

    with pytest.raises(IntegrityError):
        await twice()
    assert await count() == 0
    await put("a")
    assert await count() == 1


async def test_300_cancelled_transactions_leave_whole_ones_and_a_working_database(site: Site) -> None:
    chance = random.Random(4)

    @atomic
    async def pair(n: int) -> None:
        await put(f"{n} first")
        await asyncio.sleep(0)
        await put(f"{n} second")

    async def cancelled(n: int) -> None:
        task = asyncio.ensure_future(pair(n))
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() / 500)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(60):
        for start in range(0, 300, 10):
            await asyncio.gather(*(cancelled(n) for n in range(start, start + 10)))
        await pair(1000)
    keys = {row["key"] for row in await rows("SELECT key FROM instance_setting")}
    assert {"1000 first", "1000 second"} <= keys
    for n in range(300):
        assert (f"{n} first" in keys) == (f"{n} second" in keys)


async def test_300_cancellations_of_tortoises_own_transactions_and_queries(site: Site) -> None:
    """get_or_create and the like open transactions that atomic() does not protect."""
    chance = random.Random(5)

    async def raw(n: int) -> None:
        async with tortoise_transaction("default"):
            await InstanceSetting.create(key=f"{n} first", value=n)
            await InstanceSetting.create(key=f"{n} second", value=n)

    async def plain(n: int) -> None:
        await InstanceSetting.get_or_create(key=f"{n} plain", defaults={"value": n})
        await count()

    async def cancelled(n: int) -> None:
        task = asyncio.ensure_future(raw(n) if n % 2 else plain(n))
        for _ in range(chance.randrange(15)):
            await asyncio.sleep(0)
        if chance.random() < 0.4:
            await asyncio.sleep(chance.random() / 200)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(60):
        for start in range(0, 300, 10):
            await asyncio.gather(*(cancelled(n) for n in range(start, start + 10)))
        await put("alive")
    keys = {row["key"] for row in await rows("SELECT key FROM instance_setting")}
    assert "alive" in keys
    for n in range(300):
        assert (f"{n} first" in keys) == (f"{n} second" in keys)


async def test_reads_do_not_wait_for_an_open_transaction(site: Site) -> None:
    writing = asyncio.ensure_future(put("slow", pause=0.5))
    await asyncio.sleep(0.1)
    started = time.perf_counter()
    for _ in range(20):
        assert await count() == 0  # and see nothing of it before the commit
    assert time.perf_counter() - started < 0.3
    assert not writing.done()
    await writing
    assert await count() == 1


async def test_many_writers_take_turns(site: Site) -> None:
    await asyncio.gather(*(put(f"key {n}") for n in range(60)))
    assert await count() == 60


async def test_a_caller_that_goes_away_does_not_stop_the_commit(site: Site) -> None:
    done: list[int] = []

    @atomic
    async def write() -> None:
        await put("kept", pause=0.1)
        await after_commit(lambda: done.append(1))

    task = asyncio.ensure_future(write())
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.3)
    assert await count() == 1
    assert done == [1]


async def test_after_commit_runs_once_after_the_outermost(site: Site) -> None:
    seen: list[tuple[bool, int]] = []

    async def look() -> None:
        seen.append((in_transaction(), await count()))

    @atomic
    async def inner() -> None:
        await put("a")
        await after_commit(look)

    @atomic
    async def outer() -> None:
        await inner()
        await after_commit(look)
        assert seen == []

    await outer()
    assert seen == [(False, 1)]

    @atomic
    async def failing() -> None:
        await after_commit(look)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert len(seen) == 1
    await after_commit(look)
    assert len(seen) == 2


async def test_a_task_that_outlives_its_transaction_is_refused(site: Site) -> None:
    release = asyncio.Event()

    async def late() -> None:
        await release.wait()
        await InstanceSetting.create(key="late", value=1)

    @atomic
    async def careless() -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(late())

    task = await careless()
    release.set()
    with pytest.raises(TransactionManagementError, match="has ended"):
        await task
    assert await count() == 0


async def test_network_and_mail_are_refused_inside(site: Site) -> None:
    refuse_in_transaction()

    @atomic
    async def careless() -> None:
        refuse_in_transaction()

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await careless()


async def test_times_come_back_aware_and_compare_by_time(site: Site) -> None:
    east = datetime(2026, 3, 2, 16, 0, tzinfo=timezone(timedelta(hours=4)))  # 12:00 UTC
    await Job.create(name="x:y", due_at=east)
    await Job.create(name="x:y", due_at=datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC))
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert (await Job.filter(due_at__lte=noon).count()) == 1
    found = await rows("SELECT due_at FROM job WHERE due_at <= ?", noon)
    assert found == [{"due_at": noon}]
    assert found[0]["due_at"].utcoffset() == timedelta(0)
    latest = (await rows("SELECT max(due_at) AS at FROM job"))[0]["at"]
    assert moment(latest) == noon.replace(microsecond=1)
    assert moment(None) is None


async def test_plain_sql_takes_lists_and_gives_json_as_text(site: Site) -> None:
    for n in range(4):
        await put(f"k{n}", {"n": n})
    found = await rows(
        "SELECT key, value FROM instance_setting WHERE key IN (?) AND key <> ? ORDER BY key", ["k1", "k3"], "?"
    )
    assert [(row["key"], from_json(row["value"])) for row in found] == [("k1", {"n": 1}), ("k3", {"n": 3})]
    assert await rows("SELECT key FROM instance_setting WHERE key IN (?)", []) == []
    assert await execute("DELETE FROM instance_setting WHERE key IN (?)", {"k0", "k1"}) == 2
    assert await execute("UPDATE instance_setting SET key = 'a?b' WHERE key = ?", "k2") == 1


def test_placeholders_are_counted_and_texts_left_alone() -> None:
    assert prepared("a = ? AND b = 'what? it''s' AND c IN (?)", ["x", (1, 2)], postgres=True) == (
        "a = $1 AND b = 'what? it''s' AND c IN ($2, $3)",
        ["x", 1, 2],
    )
    assert prepared("a IN ( ? ) AND f(?) AND b NOT IN (?)", [(1, 2, 3), (4, 5, 6), [7]], postgres=True) == (
        "a IN ( $1, $2, $3, $4 ) AND f($5, $6, $7) AND b NOT IN ($8)",
        [1, 2, 3, 3, 4, 5, 6, 7],
    )
    assert prepared("a IN (?)", [(1, 2, 3)], postgres=False) == ("a IN (?, ?, ?)", [1, 2, 3])
    with pytest.raises(ValueError, match="more placeholders"):
        prepared("? ?", [1], postgres=False)
    with pytest.raises(ValueError, match="fewer placeholders"):
        prepared("?", [1, 2], postgres=False)


def test_readers_get_nothing_that_writes() -> None:
    assert reads_only(" select 1") and reads_only("WITH a AS (SELECT 1) SELECT * FROM a")
    assert not reads_only("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a")
    assert not reads_only("UPDATE a SET b = 1 RETURNING b") and not reads_only("PRAGMA user_version = 3")


def test_scripts_are_split_at_statements() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END;"
    assert statements(f"CREATE TABLE a (x TEXT DEFAULT ';');\n{trigger}\nSELECT 1") == [
        "CREATE TABLE a (x TEXT DEFAULT ';');",
        trigger,
        "SELECT 1",
    ]


async def test_a_script_inside_a_transaction_is_rolled_back_with_it(site: Site) -> None:
    with pytest.raises(ZeroDivisionError):
        async with tortoise_transaction("default") as connection:
            await connection.execute_script("CREATE TABLE passing (x INT); INSERT INTO passing VALUES (1);")
            raise ZeroDivisionError
    catalogue = "sqlite_master WHERE name" if dialect() == "sqlite" else "pg_tables WHERE tablename"
    assert await rows(f"SELECT * FROM {catalogue} = 'passing'") == []


async def test_two_sites_in_one_process_do_not_mix(make_site: Any) -> None:
    async with make_site("https://a.example") as a, make_site("https://b.example") as b:
        await put("of b")
        async with a.entered():
            assert await count() == 0
            await put("of a")
            await put("of a too")
        assert await count() == 1
        async with b.entered():
            assert await count() == 1
            assert now() == b.clock.now()
        async with a.entered():
            assert await count() == 2


async def test_stepping_to_another_site_is_refused_inside_a_transaction(make_site: Any) -> None:
    async with make_site("https://a.example") as a, make_site("https://b.example"):

        @atomic
        async def careless() -> None:
            async with a.entered():
                pass

        with pytest.raises(RuntimeError, match="inside a transaction"):
            await careless()


async def test_a_time_without_a_zone_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        await rows("SELECT * FROM job WHERE due_at < ?", datetime(2026, 3, 2))


@pytest.mark.parametrize(
    "database",
    ["sqlite:///{folder}/file/x.sqlite3", "postgres://me:secret@127.0.0.1:1/none", "sqlite:///{folder}/folder"],
)
async def test_a_database_that_cannot_be_opened_is_said_in_one_sentence(tmp_path: Path, database: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unavailable) as error:
        async with open_database(database.format(folder=tmp_path)):
            pass
    assert "cannot be opened" in str(error.value) and "secret" not in str(error.value)


async def test_nobody_else_on_the_machine_may_read_the_database(tmp_path: Path) -> None:
    path = tmp_path / "data" / "x.sqlite3"
    async with open_database(f"sqlite:///{path}"):
        await execute("CREATE TABLE x (y INT)")
        assert {file.stat().st_mode & 0o077 for file in path.parent.iterdir()} == {0}
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_statements_can_be_counted(site: Site) -> None:
    await put("a")
    with counted() as seen:
        await rows("SELECT 1 AS one")
        await put("b")
        await InstanceSetting.get(key="a")
    assert len(seen) == 3
    seen.at_most(3)
    with pytest.raises(AssertionError, match="INSERT"):
        seen.at_most(2)
    await rows("SELECT 1 AS one")
    assert len(seen) == 3


def test_the_guard_knows_this_machine_from_others() -> None:
    for host in ("127.0.0.1", "127.8.9.1", "::1", "localhost", b"127.0.0.1", "::1%lo", None):
        assert is_loopback(host)
    for host in ("192.0.2.1", "::ffff:192.0.2.1", "mastodon.example", "0.0.0.0", "::"):
        assert not is_loopback(host)


def test_the_guard_refuses_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: Any) -> None:
        raise ZeroDivisionError("the guard let it through")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, unreachable)
    with pytest.raises(LeftTheMachine), only_this_machine(), socket.socket() as probe:
        probe.connect(("192.0.2.1", 80))
    with pytest.raises(LeftTheMachine, match="look up"), only_this_machine():
        socket.getaddrinfo("mastodon.example", 443)
    swallowed = suppress(LeftTheMachine)  # and said at the end all the same
    with pytest.raises(LeftTheMachine, match="192.0.2.1"), only_this_machine(), socket.socket() as probe, swallowed:
        probe.connect_ex(("192.0.2.1", 80))


async def test_tasks_left_behind_are_found() -> None:
    before = asyncio.all_tasks()
    task = asyncio.ensure_future(asyncio.sleep(60))
    (found,) = await lingering(before)
    assert "sleep" in found and task.cancelled()
    assert await lingering(before) == []


async def test_processes_that_open_a_new_file_at_the_same_moment_wait_for_one_another(tmp_path: Path) -> None:
    async def enter(number: int) -> None:
        async with open_database(f"sqlite:///{tmp_path / f'{number}.sqlite3'}"):
            await rows("SELECT 1")

    for number in range(25):
        # Each in a task, hence with connections of its own; without waiting, one of fifteen rounds fails.
        await asyncio.gather(*(asyncio.ensure_future(enter(number)) for _ in range(4)))

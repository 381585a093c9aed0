"""What pieces of work in one transaction write is written in one go, found by whoever asks for it before, and undone with the piece that said it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from fedcop.core.behind import Kind, Said, as_written, behind, later
from fedcop.core.database import atomic, connection, execute, in_parts, one_by_one, rows
from fedcop.core.errors import Unavailable
from fedcop.core.inserting import Insert
from fedcop.core.models import InstanceSetting
from fedcop.core.site import Site
from fedcop.core.sql.asyncpg_engine import PostgresTransaction
from fedcop.core.transactions import CONNECTION
from fedcop.discussions.models import Post
from tests.rig.queries import counted

ALL = "SELECT key FROM instance_setting WHERE key LIKE 'part%' ORDER BY key"
WROTE: list[int] = []


async def _write(keys: Sequence[str]) -> None:
    WROTE.append(len(keys))
    lines = ", ".join(["(?, '1')"] * len(keys))
    await execute(f"INSERT INTO instance_setting (key, value) VALUES {lines}", *keys)


async def _mark(keys: Sequence[str]) -> None:
    for key in keys:
        await execute("UPDATE instance_setting SET value = '2' WHERE key = ?", key)


SETTINGS = Kind(frozenset({"instance_setting"}), 1, _write)
MARKS = Kind(frozenset({"instance_setting"}), 2, _mark)


@pytest.fixture(autouse=True)
def nothing_written() -> None:
    WROTE.clear()


async def there() -> list[str]:
    return [row["key"] for row in await rows(ALL)]


def says(*keys: str) -> Any:
    async def part() -> None:
        await later(SETTINGS, *keys)

    return part


def go_on() -> bool:
    return False


async def test_outside_it_is_written_at_once(site: Site) -> None:
    await says("part-1", "part-2")()
    assert await there() == ["part-1", "part-2"] and WROTE == [2]
    assert behind() is None


async def test_what_parts_say_is_written_in_one_go_and_in_its_place(site: Site) -> None:
    async def marked() -> None:
        await later(MARKS, "part-3")  # said before it is there: its place is behind
        await later(SETTINGS, "part-3")

    with counted() as statements:
        assert await in_parts([says("part-1"), says("part-2"), marked], enough=go_on) == 3
    assert WROTE == [3] and len([one for one in statements if "INSERT" in str(one)]) == 1
    assert await rows("SELECT key FROM instance_setting WHERE value = '2'") == [{"key": "part-3"}]


async def test_who_asks_finds_it_and_who_asks_for_something_else_does_not_hurry_it(site: Site) -> None:
    seen: list[list[str]] = []

    async def asks() -> None:
        await rows("SELECT id FROM job")
        written = len(WROTE)
        with as_written():
            before = await there()
        seen.extend([before, await there()])
        assert behind() is None or (written, before) == (0, [])

    assert await in_parts([says("part-1"), asks, says("part-2")], enough=go_on) == 3
    assert seen[1] == ["part-1"] and await there() == ["part-1", "part-2"]


async def test_what_is_written_otherwise_comes_behind(site: Site) -> None:
    async def changes() -> None:
        await execute("UPDATE instance_setting SET value = '3'")

    assert await in_parts([says("part-1"), changes, says("part-2")], enough=go_on) == 3
    assert [row["value"] for row in await rows(ALL.replace("key FROM", "value FROM"))] in (["3", "1"], [3, 1])


async def test_what_is_undone_takes_with_it_only_what_it_said(site: Site) -> None:
    @atomic
    async def undone() -> None:
        await later(SETTINGS, "part-undone")
        assert "part-undone" in await there()  # which has all of it written, inside of what is undone
        raise ValueError

    async def goes_on() -> None:
        await later(SETTINGS, "part-2")
        with suppress(ValueError):
            await undone()
        await later(SETTINGS, "part-3")

    async def bad() -> None:
        await later(SETTINGS, "part-4")
        await there()
        raise LookupError

    assert await in_parts([says("part-1"), goes_on, bad], enough=go_on) == 2
    assert await there() == ["part-1", "part-2", "part-3"]


async def test_where_it_cannot_be_written_nothing_stays(site: Site) -> None:
    async def takes_it_for_another() -> None:
        with suppress(Exception):
            await there()

    await says("part-1")()
    twice = [says("part-0"), says("part-1"), takes_it_for_another, says("part-2")]
    for parts in (twice, [twice[0], twice[1]]):
        with pytest.raises(IntegrityError):
            await in_parts(parts, enough=go_on)
        assert await there() == ["part-1"]


async def _said(keys: Sequence[str]) -> list[Said]:
    return [Said("INSERT INTO instance_setting (key, value) VALUES (?, '1')", [key]) for key in keys]


SAID = Kind(frozenset({"instance_setting"}), 1, one_by_one(_said), _said)


@atomic
async def _in_one(*keys: str, asks: bool = False) -> None:
    for key in keys:
        await later(SAID, key)
        assert not asks or key in await there()


@pytest.mark.parametrize("asks", [False, True])
async def test_in_one_statement(site: Site, asks: bool) -> None:
    with counted() as statements:
        await _in_one("part-1", "part-2", "part-3", asks=asks)
    written = [one for one in statements if "INSERT" in str(one)]
    assert len(written) == (1 if connection().capabilities.dialect == "postgres" and not asks else 3)
    assert await there() == ["part-1", "part-2", "part-3"]
    with pytest.raises(IntegrityError):
        await _in_one("part-0", "part-3", asks=asks)
    assert await there() == ["part-1", "part-2", "part-3"]


def _said_by(*said: Said) -> Kind[int]:
    async def say(places: Sequence[int]) -> list[Said]:
        return [said[place] for place in places]

    return Kind(frozenset({"instance_setting"}), 1, one_by_one(say), say)


SET = "UPDATE instance_setting SET value = ? WHERE key = 'part-1'"
ONE = frozenset([("instance_setting", "part-1")])


@pytest.fixture
def others(site: Site) -> bool:
    """Whether others write at the same moment."""
    return connection().capabilities.dialect == "postgres"


@atomic
async def _all_of(*said: Said) -> None:
    await later(_said_by(*said), *range(len(said)))


async def value() -> str:
    return str((await rows("SELECT value FROM instance_setting WHERE key = 'part-1'"))[0]["value"])


async def test_what_touches_one_row_is_said_one_after_the_other(site: Site) -> None:
    """The parts of one statement do not see each other: of two that change a row, one would be lost."""
    insert = Said("INSERT INTO instance_setting (key, value) VALUES (?, ?)", ["part-1", "1"], ONE)
    more = "UPDATE instance_setting SET value = value || ? WHERE key = 'part-1'"
    await _all_of(insert, Said(more, ["2"], ONE), Said(more, ["3"], ONE))
    assert [sign for sign in await value() if sign.isdigit()] == ["1", "2", "3"]


async def test_fewer_rows_than_expected_and_nothing_is_done(others: bool) -> None:
    said = [
        Said("INSERT INTO instance_setting (key, value) VALUES (?, ?)", ["part-2", "1"]),
        Said(SET, ["2"], ONE, expects=1),
    ]
    if not others:  # who holds the lock has looked before
        await _all_of(*said)
        return
    with pytest.raises(Unavailable, match="busy"):
        await _all_of(*said)
    assert await there() == []
    await says("part-1")()
    await _all_of(*said)
    assert await there() == ["part-1", "part-2"] and await value() == "2"


async def test_what_is_expected_is_looked_at_in_its_place(others: bool) -> None:
    """Of a row that the same statement has changed before, PostgreSQL says that it is not there."""
    await says("part-1")()
    look = "SELECT key FROM instance_setting WHERE key = ?"
    look += " FOR NO KEY UPDATE" if others else ""
    slow = (
        "(SELECT COUNT(*) FROM instance_setting a, instance_setting b) >= 0"  # what costs more would be looked at last
    )
    await _all_of(Said(look, ["part-1"], expects=1), Said(f"{SET} AND {slow}", ["2"], ONE))
    assert await value() == "2"


@pytest.mark.parametrize("parts", [False, True])
async def test_what_waits_is_written_before_a_savepoint_of_tortoise(site: Site, parts: bool) -> None:
    """Undone inside of it, as where get_or_create comes second, it would be taken for written."""

    @atomic
    async def comes_second() -> None:
        await later(SAID, "part-2")
        with suppress(IntegrityError):
            async with in_transaction(CONNECTION):
                await InstanceSetting.create(key="part-1", value=1)

    await says("part-1")()
    if parts:
        assert await in_parts([comes_second, says("part-3")], enough=go_on) == 2
    else:
        await comes_second()
    assert await there() == ["part-1", "part-2", "part-3"][: 2 + parts]


async def test_a_task_that_outlives_its_transaction_says_nothing_into_the_void(others: bool) -> None:
    """What it says later would wait for ever, as if it were written."""
    over, tasks = asyncio.Event(), list[asyncio.Task[None]]()

    async def goes_on() -> None:
        await over.wait()
        await later(SAID, "part-1")

    async def begins_it() -> None:
        tasks.append(asyncio.get_running_loop().create_task(goes_on()))

    if others:
        await atomic(begins_it)()
    else:
        await in_parts([begins_it], enough=go_on)
    over.set()
    with pytest.raises(RuntimeError, match="after it"):
        await tasks[0]


@pytest.mark.parametrize("locks", [False, True])
async def test_a_transaction_begins_when_it_has_to(others: bool, monkeypatch: pytest.MonkeyPatch, locks: bool) -> None:
    if not others:
        pytest.skip("on SQLite it begins at once: whoever looked before would be refused")
    begun: list[PostgresTransaction] = []
    begin = PostgresTransaction.begin

    async def watched(client: PostgresTransaction) -> None:
        begun.append(client)
        await begin(client)

    monkeypatch.setattr(PostgresTransaction, "begin", watched)

    @atomic
    async def look() -> None:
        await there()
        if locks:
            await rows("SELECT key FROM instance_setting FOR UPDATE")
        await later(SAID, "part-1")

    await look()
    assert len(begun) == locks and await there() == ["part-1"]
    with pytest.raises(IntegrityError):
        await look()
    assert await there() == ["part-1"]


async def test_a_part_is_undone_whenever_it_first_wrote(site: Site) -> None:
    """On PostgreSQL a savepoint is set when something is written: those around it first."""

    @atomic
    async def writes(key: str, *, fails: bool) -> None:
        assert await there() is not None
        await execute("INSERT INTO instance_setting (key, value) VALUES (?, '1')", key)
        if fails:
            raise LookupError

    @atomic
    async def only_looks() -> None:
        await there()
        raise LookupError

    @atomic
    async def writes_as_tortoise_does() -> None:
        async with in_transaction(CONNECTION):  # as in bulk_create
            await InstanceSetting.create(key="part-undone", value=1)
        raise LookupError

    async def part(number: int) -> None:
        for broken in (only_looks, writes_as_tortoise_does, partial(writes, f"part-{number}-undone", fails=True)):
            with suppress(LookupError):
                await broken()
        await writes(f"part-{number}", fails=number == 2)

    assert await in_parts([partial(part, number) for number in range(4)], enough=go_on) == 2
    assert await there() == ["part-0", "part-1"]


MOMENT = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {
            "tags": ["pruniers"],
            "links": [{"href": "https://a.example/", "name": "é"}],
            "versions": [{"language": "fr"}],
        },
        {"published_at": MOMENT.astimezone(timezone(timedelta(hours=-4))), "edited_at": MOMENT, "sensitive": True},
        {"parent_id": 7, "depth": 3, "title": "x" * 300, "content": "<p>’</p>", "anonymised_at": MOMENT},
    ],
)
async def test_a_row_is_what_tortoise_would_write(site: Site, changed: dict[str, Any]) -> None:
    client, inserted = connection(), Insert(Post)
    given: dict[str, Any] = {
        "id": 1,
        "uri": "https://a.example/1",
        "author_id": 2,
        "root_id": 1,
        "published_at": MOMENT,
    }
    given |= {"created_at": MOMENT, "last_activity_at": MOMENT, **changed}
    post, new = Post(**given), inserted.new(**given)
    assert {**vars(new), "published_at": 0} == {
        **vars(post),
        "published_at": 0,
    } and new.published_at == post.published_at
    executor = client.executor_class(model=Post, db=client)
    wanted = [
        Post._meta.fields_map[name].to_db_value(getattr(post, name), post)  # noqa: SLF001
        for name in executor.regular_columns_all
    ]
    line = inserted.line(post)
    assert line == wanted and list(map(type, line)) == list(map(type, wanted))
    assert post._saved_in_db  # noqa: SLF001
    assert inserted.line(new) == [value if value != post.published_at else new.published_at for value in wanted]


async def test_what_is_too_long_is_refused_as_tortoise_does(site: Site) -> None:
    post = Post(uri="https://a.example/1", title="x" * 301, published_at=MOMENT, created_at=MOMENT, author_id=1)
    with pytest.raises(Exception, match="title"):
        Insert(Post).line(post)


async def test_a_new_row_has_defaults_of_its_own_and_no_other_fields(site: Site) -> None:
    inserted = Insert(Post)
    one, other = inserted.new(uri="https://a.example/1"), inserted.new(uri="https://a.example/2")
    assert one.id != other.id and one.tags == other.tags == [] and one.tags is not other.tags
    with pytest.raises(ValueError, match="title_of"):
        inserted.new(title_of="")

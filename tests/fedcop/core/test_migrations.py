"""Migrations: only safe steps, no row lost, the same schema as a new database, all or nothing, one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tortoise.migrations import operations as ops
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.utils import generate_schema_for_client

from fedcop.core import migrating
from fedcop.core.database import APP, connection, dialect, execute, open_database, rows
from fedcop.core.feature import jobs_of
from fedcop.core.migrating import MigrationError, applied_steps, is_current, known_steps, run_migrations
from fedcop.core.migration_steps import ChangeField, CreateModels, DropField, Script
from fedcop.features import FEATURES
from migrations.__main__ import unwritten
from tests.rig.filling import counted, fill, known_to_models, schema

pytestmark = pytest.mark.usefixtures("threads")

SAMPLE = "tests.fedcop.core.sample_migrations"
SAFE = (
    ops.CreateModel, ops.RenameField, ops.AddIndex, ops.RemoveIndex, ops.RunPython, ops.AlterModelOptions,
    CreateModels, Script, ChangeField, DropField,
)  # fmt: skip


def complaints(operation: Any) -> list[str]:
    """What is dangerous about one operation of a step."""
    if isinstance(operation, ops.AddField):
        field = operation.field
        wrong = []
        if not field.null and not field.has_db_default():
            wrong.append("a new column needs null=True or db_default")
        if field.index or field.unique:
            wrong.append("Tortoise makes no index for a new column: add ops.AddIndex")
        return wrong
    return [] if isinstance(operation, SAFE) else [f"{type(operation).__name__} is not safe: see migrations/README.md"]


async def steps(package: str) -> dict[str, Any]:
    executor = MigrationExecutor(connection(), {APP: {"models": [], "migrations": package}})
    await executor.loader.build_graph()
    return {key.name: step for key, step in executor.loader.disk_migrations.items()}


@pytest.fixture
async def empty(template: Any, tmp_path: Path) -> AsyncIterator[str]:
    """A database without tables."""
    url = await template.empty(tmp_path, "empty")
    async with open_database(url):
        yield url
    await template.forget(tmp_path)


async def test_every_step_is_safe(empty: str) -> None:
    wrong = {
        name: found
        for name, step in (await steps("migrations")).items()
        if (found := [text for operation in step.operations for text in complaints(operation)])
    }
    assert not wrong


async def test_the_rule_knows_what_is_dangerous() -> None:
    for operation in (
        ops.AlterField("Shelf", "name", migrating_field(max_length=9)),
        ops.RemoveField("Shelf", "name"),
        ops.AddField("Shelf", "x", migrating_field(max_length=9, default="x")),
        ops.AddField("Shelf", "x", migrating_field(max_length=9, null=True, db_index=True)),
    ):
        assert complaints(operation)


def migrating_field(**options: Any) -> Any:
    from tortoise import fields

    return fields.CharField(**options)


async def test_the_chain_is_one_line(empty: str) -> None:
    names = known_steps()
    for before, (name, step) in zip([None, *names], sorted((await steps("migrations")).items()), strict=False):
        assert step.dependencies == ([(APP, before)] if before else []), name
    assert [name[:4] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]


async def test_no_change_of_a_model_was_forgotten() -> None:
    assert await unwritten() == []


async def test_what_a_database_went_through_is_learnt_at_once_as_step_by_step(empty: str) -> None:
    found = []
    for kind, mode in ((migrating.Executor, migrating.building_models_lightly), (MigrationExecutor, nullcontext)):
        with mode():
            executor = kind(connection(), {APP: {"models": [], "migrations": "migrations"}})
            await executor.loader.build_graph()
            state = await executor._project_state({MigrationKey(APP, name) for name in known_steps()[:20]})
            found.append({name: _described(model) for name, model in state.apps.apps[APP].items()})
    assert found[0] == found[1] != {}


def _described(model: Any) -> dict[str, Any]:
    """What is in the database of a model."""
    told = model.describe()
    kinds = ("table", "pk_field", "data_fields", "unique_together", "indexes")
    return {name: sorted(map(str, told[name])) for name in kinds}


async def test_a_migrated_database_equals_a_new_one(template: Any, tmp_path: Path, empty: str) -> None:
    await run_migrations()
    migrated = known_to_models(await schema())
    async with open_database(await template.empty(tmp_path, "new")):
        await generate_schema_for_client(connection(), safe=False)
        fresh = known_to_models(await schema())
    assert migrated.keys() == fresh.keys()
    for name in fresh:
        assert migrated[name] == fresh[name], name


async def test_a_filled_database_keeps_every_row_through_all_later_steps(empty: str) -> None:
    await run_migrations(up_to=known_steps()[0])
    before = await fill()
    assert len(before) > 20
    done = await run_migrations()
    assert done == known_steps()[1:]
    assert {name: n for name, n in (await counted()).items() if name in before} == before
    assert await is_current()


async def test_a_change_of_a_parent_keeps_children_indexes_and_triggers(empty: str) -> None:
    await run_migrations(SAMPLE, up_to="0001_shelves")
    for n in range(3):
        await execute("INSERT INTO shelf (id, name, room, worn) VALUES (?, ?, 'north', 'no')", n, f"shelf {n}")
        for book in range(4):
            await execute("INSERT INTO book (id, shelf_id, title) VALUES (?, ?, ?)", n * 10 + book, n, f"book {book}")
    assert await run_migrations(SAMPLE) == ["0002_longer_names"]
    assert (await counted()) == {"shelf": 3, "book": 12, "log": 0}
    assert await rows("SELECT name, places FROM shelf WHERE id = 1") == [{"name": "shelf 1", "places": 10}]
    assert await rows("SELECT name, lent_at FROM book WHERE id = 11") == [{"name": "book 1", "lent_at": None}]
    await execute("UPDATE shelf SET name = ? WHERE id = 1", "x" * 150)
    if dialect() == "sqlite":
        assert await rows("SELECT what FROM log") == [{"what": "renamed; from shelf 1"}]
        indexed = {
            row["name"]: row["sql"] for row in await rows("SELECT name, sql FROM sqlite_master WHERE type = 'index'")
        }
        assert any('"shelf" ("worn")' in (sql or "") for sql in indexed.values())
        assert any('"book" ("lent_at")' in (sql or "") for sql in indexed.values())
        assert not any('"room"' in (sql or "") for sql in indexed.values())
        assert await rows("PRAGMA foreign_keys") == [{"foreign_keys": 1}]
    await execute("DELETE FROM shelf WHERE id = 1")  # and the reference still cascades
    assert (await counted())["book"] == 8


async def test_a_step_that_fails_changes_nothing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(client: Any) -> None:
        raise MigrationError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(migrating, "_check_references", fail)
        with pytest.raises(MigrationError, match="on purpose"):
            await run_migrations(SAMPLE)
    assert "shelf" not in await schema()
    assert await applied_steps() == []
    assert await run_migrations(SAMPLE) == ["0001_shelves", "0002_longer_names"]


async def test_rows_that_would_refer_to_nothing_stop_a_step(empty: str) -> None:
    if dialect() == "postgres":
        pytest.skip("PostgreSQL checks by itself")
    await run_migrations(SAMPLE, up_to="0001_shelves")
    await execute("PRAGMA foreign_keys=OFF")
    await execute("INSERT INTO book (id, shelf_id, title) VALUES (1, 99, 'lost')")
    with pytest.raises(MigrationError, match="book"):
        await run_migrations(SAMPLE)
    assert await applied_steps() == ["0001_shelves"]


async def test_two_processes_that_start_together_migrate_once(template: Any, tmp_path: Path) -> None:
    url = await template.empty(tmp_path, "both")

    async def start() -> list[str]:
        async with open_database(url):
            return await run_migrations()

    # Each in a task, hence in a context with connections of its own.
    done = await asyncio.gather(*(asyncio.ensure_future(start()) for _ in range(3)))
    assert sorted(done, key=len) == [[], [], known_steps()]
    await template.forget(tmp_path)


async def test_a_database_of_a_newer_fedcop_is_left_alone(empty: str) -> None:
    await run_migrations()
    await execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES (?, '0999_later', ?)",
        APP,
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(MigrationError, match="0999_later"):
        await run_migrations()
    assert not await is_current()


async def test_what_waits_is_done_by_who_does_it_now(empty: str) -> None:
    """Jobs are called by their module: one that goes elsewhere takes its rows along."""
    moved = import_module("migrations.0073_rooms_of_the_engine").MOVED
    does = jobs_of(FEATURES)
    assert set(moved.values()) <= does.keys() and not set(moved) & does.keys()
    async with open_database(empty):
        await run_migrations(up_to="0072_what_is_set_aside")
        for number, before in enumerate(moved):
            key = None if number else f"timetable:{before}"
            sql = "INSERT INTO job (id, name, payload, attempts, unique_key, due_at) VALUES (?, ?, '{}', 0, ?, ?)"
            await execute(sql, number + 1, before, key, datetime(2026, 1, 1, tzinfo=UTC))
        await run_migrations()
        found = await rows("SELECT name, unique_key FROM job WHERE name LIKE 'fedcop.federation.%' ORDER BY id")
    assert [row["name"] for row in found] == list(moved.values())
    assert found[0]["unique_key"] == f"timetable:{found[0]['name']}"

"""Steps that migrations may use beside Tortoise's safe ones: plain SQL per database, and changes of columns that keep every row."""

# ruff: noqa: SLF001 - Tortoise and aiosqlite, pinned exactly, offer no public way to what is done here
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from tortoise.migrations.operations import (
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    Operation,
    RemoveField,
    TortoiseOperation,
)
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State

from fedcop.core.sql.sqlite_statements import statements


class Script(TortoiseOperation):
    """Several statements, for one or both databases. What they make is unknown to the models."""

    reduces_to_sql = True
    reversible = False

    def __init__(self, *, sqlite: str = "", postgres: str = "") -> None:
        self.scripts: Mapping[str, str] = {"sqlite": sqlite, "postgres": postgres}

    def describe(self) -> str:
        """Say what this does."""
        return "Run a script"

    def state_forward(self, app_label: str, state: State) -> None:
        """Nothing that models know of changes."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Run the script of this database."""
        if state_editor is not None and (script := self.scripts[state_editor.client.capabilities.dialect]):
            await state_editor.client.execute_script(script)


class CreateModels(TortoiseOperation):
    """Many tables at once: Tortoise builds all models anew for each one that is created by itself."""

    def __init__(self, *models: CreateModel) -> None:
        self.models = models

    def describe(self) -> str:
        """Say what this does."""
        return f"Create {len(self.models)} models"

    def state_forward(self, app_label: str, state: State) -> None:
        """Let the models be known."""
        for each in self.models:
            state.models[app_label, each.name] = ModelState.make_from_model(app_label, each.model)
        state.reload_models([(app_label, each.name) for each in self.models])

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Create the tables, those that others refer to first."""
        if state_editor is None:
            return
        waiting = {each.name: new_state.apps.get_model(f"{app_label}.{each.name}") for each in self.models}
        while waiting:
            tables = {model._meta.db_table for model in waiting.values()}
            for name, model in list(waiting.items()):
                if not (_referred(model) - {model._meta.db_table}) & tables:
                    await state_editor.create_model(waiting.pop(name))
                    break
            else:
                raise ValueError(f"these models refer to each other in a circle: {', '.join(sorted(waiting))}")


def _referred(model: Any) -> set[str]:
    """The tables that a model's rows refer to."""
    return {
        model._meta.fields_map[name].related_model._meta.db_table
        for name in (*model._meta.fk_fields, *model._meta.o2o_fields)
    }


class Together(TortoiseOperation):
    """Operations that only add something, one after the other, with the models built anew once: that is what takes time."""

    def __init__(self, operations: Sequence[TortoiseOperation]) -> None:
        self.operations = operations

    def describe(self) -> str:
        """Say what this does."""
        return "; ".join(each.describe() for each in self.operations)

    def state_forward(self, app_label: str, state: State) -> None:
        """Let the models know all of it, then build them."""
        learn(self.operations, app_label, state)

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Do them in order."""
        for each in self.operations:
            await each.database_forward(app_label, old_state, new_state, state_editor)


class _Collecting:
    """A state that notes which models should be built anew instead of building them."""

    def __init__(self, state: State, changed: set[tuple[str, str]]) -> None:
        self.models = state.models
        self.apps = state.apps
        self._changed = changed

    def reload_model(self, app_label: str, model_name: str) -> None:
        self._changed.add((app_label, model_name))

    def reload_models(self, names: Iterable[tuple[str, str]]) -> None:
        self._changed.update(names)


def learn(operations: Iterable[Operation], app_label: str, state: State) -> None:
    """Let the models know what some operations did, and build them once, at the end: that is what takes time."""
    changed: set[tuple[str, str]] = set()
    for each in operations:
        # Each writes into the same models.
        each.state_forward(app_label, cast(State, _Collecting(state, changed)))
    state.reload_models(changed)


def together(operations: Iterable[Operation]) -> list[Operation]:
    """Put operations that only add something, and need no step in between, together; the others stay as they are."""
    found: list[Operation] = []
    run: list[TortoiseOperation] = []
    made: set[str] = set()

    def end() -> None:
        found.extend([Together(tuple(run))] if len(run) > 1 else run)
        run.clear()
        made.clear()

    for each in operations:
        if not isinstance(each, (AddField, AddIndex, CreateModel, Script)):
            end()
            found.append(each)
            continue
        # A table is made as its model is in the end: what is added to it afterwards would be there already.
        if isinstance(each, (AddField, AddIndex)) and each.model_name in made:
            end()
        if isinstance(each, CreateModel):
            made.add(each.name)
        run.append(each)
    end()
    return found


class ChangeField(AlterField):
    """Change a column. On SQLite the table is rebuilt with all its rows, indexes and triggers."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Change it."""
        if state_editor is not None and state_editor.client.capabilities.dialect == "sqlite":
            await rebuild(state_editor, new_state.apps.get_model(f"{app_label}.{self.model_name}"))
        else:
            await super().database_forward(app_label, old_state, new_state, state_editor)


class DropField(RemoveField):
    """Remove a column, with what it held. On SQLite the table is rebuilt."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Remove it."""
        if state_editor is not None and state_editor.client.capabilities.dialect == "sqlite":
            await rebuild(state_editor, new_state.apps.get_model(f"{app_label}.{self.model_name}"))
        else:
            await super().database_forward(app_label, old_state, new_state, state_editor)


async def rebuild(editor: BaseSchemaEditor, model: Any) -> None:
    """Make a SQLite table anew as `model` wants it and move every row, index and trigger over (sqlite.org's twelve steps).

    Foreign keys are off while migrations run; whether every reference still holds is checked before the commit.
    """
    client = editor.client
    table = model._meta.db_table
    temporary = f"rebuilt_{table}"
    create, *indexes = statements(editor._get_model_sql_data(model).table_sql)
    kept = await _objects_on(client, table)
    before = await _columns(client, table)
    await client.execute_script(create.replace(f'"{table}"', f'"{temporary}"', 1))
    after = await _columns(client, temporary)
    shared = ", ".join(f'"{name}"' for name in after if name in before)
    await client.execute_script(
        f'INSERT INTO "{temporary}" ({shared}) SELECT {shared} FROM "{table}";'  # noqa: S608 - names of our own models
        f'DROP TABLE "{table}"; ALTER TABLE "{temporary}" RENAME TO "{table}";'
    )
    for index in indexes:
        await client.execute_script(index)
    there = await _objects_on(client, table)
    gone = [name for name in before if name not in after]
    for name, statement in kept.items():
        if name not in there and not any(f'"{column}"' in statement for column in gone):
            await client.execute_script(statement)


async def _objects_on(client: Any, table: str) -> dict[str, str]:
    """The indexes and triggers of a table, by name."""
    query = (
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL"
    )
    return {row["name"]: row["sql"] for row in (await client.execute_query(query, [table]))[1]}


async def _columns(client: Any, table: str) -> list[str]:
    return [row["name"] for row in (await client.execute_query(f'PRAGMA table_info("{table}")'))[1]]

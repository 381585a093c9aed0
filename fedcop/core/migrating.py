"""Bring a database to the present schema: all missing steps in one transaction, one process at a time. The steps are in migrations/."""

# ruff: noqa: SLF001 - Tortoise and aiosqlite, pinned exactly, offer no public way to what is done here
from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from importlib import import_module
from itertools import chain, takewhile
from pkgutil import iter_modules
from typing import Any, cast

from tortoise import models
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.transactions import in_transaction as tortoise_transaction

from fedcop.core.database import APP, connection, dialect, rows
from fedcop.core.errors import Unavailable
from fedcop.core.migration_steps import learn, together
from fedcop.core.sql.sqlite_engine import SqliteEngine
from fedcop.core.transactions import CONNECTION

PACKAGE = "migrations"
LOCK = 0x666564636F70  # any number, the same for all processes of fedcop

log = logging.getLogger(__name__)


class MigrationError(Unavailable):
    """The database cannot be brought to the present schema; the text is for the operator."""


class Executor(MigrationExecutor):
    """Tortoise's, with fewer models built: it builds all of them twice for each operation."""

    def _migration_plan(self, *args: Any, **options: Any) -> list[PlanStep]:
        plan = super()._migration_plan(*args, **options)
        for step in plan:
            step.migration.operations = together(step.migration.operations)
        return plan

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        """Give the models as the steps left them that a database has been through; Tortoise's builds them all after each."""
        state = State(models={}, apps=StateApps(default_connections={APP: CONNECTION}))
        steps = takewhile(lambda key: key != upto, (key for key in self._full_plan() if key in applied))
        migrations = filter(None, map(self.loader.graph.nodes.get, steps))
        operations = chain.from_iterable(each.operations for each in migrations)
        learn(operations, APP, state)
        state.validate_relations_initialized()
        return state


class _Later:
    """The models of a state as it was before a step, built when somebody looks back at them: hardly any step does."""

    def __init__(self, apps: StateApps, states: dict[tuple[str, str], ModelState]) -> None:
        self._before, self._states = apps, states

    @cached_property
    def _built(self) -> StateApps:
        return self._before.clone(model_states=self._states)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._built, name)


def _copy_lightly(state: State) -> State:
    states = {key: each.clone() for key, each in state.models.items()}
    return State(models=states, apps=cast(StateApps, _Later(state.apps, states)))


_render = ModelState.render


def _render_lightly(state: ModelState, apps: StateApps, *, deepcopy_fields: bool = True) -> type[models.Model]:
    """Build a model that says nothing to those that it refers to: so these need not be built anew with it."""
    model = _render(state, apps, deepcopy_fields=deepcopy_fields)
    for name in model._meta.fk_fields | model._meta.o2o_fields:
        cast(Any, model._meta.fields_map[name]).related_name = False
    return model


LIGHTLY: tuple[tuple[Any, str, Any], ...] = (
    (State, "clone", _copy_lightly),
    (State, "_find_related_models", lambda state, app_label, model_name: {(app_label, model_name)}),
    (ModelState, "render", _render_lightly),
    (StateApps, "_build_initial_querysets", lambda apps: None),
    (models, "get_filters_for_field", lambda field_name, field, source_field: {}),
    # What a step says was a model once, which was looked at then.
    (models.ModelMeta, "_check_field_name_conflicts", staticmethod(lambda fields_map, name: None)),
)


@contextmanager
def building_models_lightly() -> Iterator[None]:
    """Let the models of steps be built without what only questions to them need: steps are about tables, and ask in plain SQL."""
    kept = [(owner, name, vars(owner)[name]) for owner, name, _lighter in LIGHTLY]
    for owner, name, lighter in LIGHTLY:
        setattr(owner, name, lighter)
    try:
        yield
    finally:
        for owner, name, original in kept:
            setattr(owner, name, original)


def known_steps(package: str = PACKAGE) -> list[str]:
    """The names of all steps, in order."""
    folder = import_module(package).__path__
    return sorted(module.name for module in iter_modules(folder) if module.name[0].isdigit())


def forgotten_by(steps: Iterable[str], package: str = PACKAGE) -> set[str]:
    """Name the tables in which steps delete rows on purpose, as their modules say (`FORGETS`)."""
    found: set[str] = set()
    for name in steps:
        found |= getattr(import_module(f"{package}.{name}"), "FORGETS", frozenset())
    return found


async def applied_steps() -> list[str]:
    """The names of the steps that this database has been through."""
    table = (
        "sqlite_master WHERE type = 'table' AND name"
        if dialect() == "sqlite"
        else "pg_tables WHERE schemaname = current_schema() AND tablename"
    )
    if not await rows(f"SELECT 1 AS one FROM {table} = 'tortoise_migrations'"):  # noqa: S608 - one of two constants
        return []
    return [row["name"] for row in await rows("SELECT name FROM tortoise_migrations WHERE app = ? ORDER BY name", APP)]


async def run_migrations(
    package: str = PACKAGE,
    *,
    up_to: str | None = None,
    check: Callable[[], Awaitable[None]] | None = None,
    begins: Callable[[str], None] | None = None,
) -> list[str]:
    """Apply the steps that are missing, all or none, and give their names. If `check` raises, nothing was done. `begins` is told of each."""
    known = known_steps(package)
    newer = set(await applied_steps()) - set(known)
    if newer:
        text = f"this database was used by a newer fedcop (it knows {max(newer)}): install that one again, or bring back a backup from before: fedcop restore --replace FILE"
        raise MigrationError(text)
    if set(known) == set(await applied_steps()):
        return []
    async with _alone() as client:
        before = set(await applied_steps())
        executor = Executor(client, {APP: {"models": [], "migrations": package, "default_connection": CONNECTION}})
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
        with building_models_lightly():
            await executor.migrate(
                [MigrationTarget(APP, up_to or known[-1])],
                direction="forward",
                progress=lambda what, _app, name: begins(name) if begins and what == "apply_start" else None,
            )
        await _check_references(client)
        if check is not None:
            await check()
        done = sorted(set(await applied_steps()) - before)
    for name in done:
        log.info("database: applied %s", name)
    return done


@asynccontextmanager
async def _alone() -> AsyncIterator[BaseDBAsyncClient]:
    """One transaction for all steps and their records, with every other process kept waiting."""
    engine: Any = connection()
    if not isinstance(engine, SqliteEngine):
        async with tortoise_transaction(CONNECTION) as client:
            await client.execute_query("SELECT pg_advisory_xact_lock($1)", [LOCK])
            yield client
        return
    # A step may rebuild a table: with foreign keys on, dropping the old one would delete the rows that refer to it.
    async with engine.migrating(), tortoise_transaction(CONNECTION) as client:
        yield client


async def _check_references(client: BaseDBAsyncClient) -> None:
    if client.capabilities.dialect != "sqlite":
        return
    _, broken = await client.execute_query("PRAGMA foreign_key_check")
    if broken:
        tables = ", ".join(sorted({row["table"] for row in broken}))
        raise MigrationError(f"a step would leave rows that refer to nothing, in {tables}; nothing was changed")


async def is_current() -> bool:
    """Whether the database has the present schema."""
    try:
        return known_steps() == await applied_steps()
    except OperationalError:
        return False

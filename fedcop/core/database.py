"""The one database of a site: how Tortoise is set up, transactions, and plain SQL that runs on SQLite and PostgreSQL alike."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakKeyDictionary

import asyncpg
import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, _current_context, require_context
from tortoise.exceptions import BaseORMException, DBConnectionError
from tortoise.models import Model
from tortoise.transactions import in_transaction as tortoise_transaction

from fedcop.core import behind, budgets
from fedcop.core.errors import Unavailable
from fedcop.core.sql.placeholders import prepared
from fedcop.core.sql.rows import made, read_quickly
from fedcop.core.sql.shapes import remember_statements
from fedcop.core.sql.text import write_quickly
from fedcop.core.transactions import (
    CONNECTION,
    NotInside,
    after_commit,
    atomic,
    in_parts,
    in_transaction,
    is_part,
    quiesce,
    refuse_in_transaction,
)

__all__ = [
    "APP",
    "MODEL_MODULES",
    "UNSYNCED",
    "NotInside",
    "after_commit",
    "atomic",
    "dialect",
    "execute",
    "fetch",
    "from_json",
    "in_chunks",
    "in_parts",
    "in_transaction",
    "is_part",
    "moment",
    "noting",
    "one_by_one",
    "open_database",
    "refuse_in_transaction",
    "row_of",
    "rows",
    "snapshot",
    "to_json",
    "tidy",
    "tortoise_config",
]

M = TypeVar("M", bound=Model)
V = TypeVar("V")
log = logging.getLogger(__name__)
APP = "fedcop"
MODEL_MODULES = (
    "fedcop.core.models",
    "fedcop.actors.models",
    "fedcop.accounts.models",
    "fedcop.accounts.signin.models",
    "fedcop.apps.models",
    "fedcop.media.models",
    "fedcop.federation.models",
    "fedcop.notifications.models",
    "fedcop.push.models",
    "fedcop.search.models",
    "fedcop.people.models",
    "fedcop.successions.models",
    "fedcop.alliances.models",
    "fedcop.communities.models",
    "fedcop.communities.admission.models",
    "fedcop.communities.charter.models",
    "fedcop.communities.copies.models",
    "fedcop.discussions.models",
    "fedcop.discussions.polls.models",
    "fedcop.discussions.quotes.models",
    "fedcop.reports.models",
    "fedcop.reports.appeals.models",
    "fedcop.resources.models",
    "fedcop.digests.models",
    "fedcop.calls.models",
    "fedcop.letterbox.models",
    "fedcop.timelines.models",
    "fedcop.profiles.models",
)
POOL = {
    "minsize": 2,
    "maxsize": budgets.DATABASE_CONNECTIONS,
}  # connections per process; PostgreSQL allows 100 in all by default

STATEMENT_KEPT = 6000  # bytes of text: one post, what hangs on it and what follows from it; a round of many is hardly ever said twice alike

_urls: WeakKeyDictionary[TortoiseContext, str] = WeakKeyDictionary()
# In a statement that is a transaction of its own on PostgreSQL: its commit waits for no disk. What commits later is never on the disk without it.
UNSYNCED = "set_config('synchronous_commit', 'off', true)"


def tortoise_config(database: str) -> dict[str, Any]:
    """What Tortoise wants to know, from a database URL of ours."""
    return {
        "connections": {CONNECTION: _connection_config(database)},
        "apps": {APP: {"models": list(MODEL_MODULES), "default_connection": CONNECTION, "migrations": "migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def _connection_config(database: str) -> dict[str, Any]:
    if database.startswith("sqlite:///"):
        path = database.removeprefix("sqlite:///")
        return {"engine": "fedcop.core.sql.sqlite_engine", "credentials": {"file_path": path}}
    parts = urlsplit(database)
    extra = dict(parse_qsl(parts.query))
    return {
        "engine": "fedcop.core.sql.asyncpg_engine",
        "credentials": {
            "host": extra.pop("host", None) or parts.hostname or "127.0.0.1",
            "port": parts.port or 5432,
            "user": unquote(parts.username or "") or None,
            "password": unquote(parts.password) if parts.password else None,
            "database": unquote(parts.path.lstrip("/")),
            "application_name": "fedcop",
            "command_timeout": float(extra.pop("command_timeout", 60)),
            "server_settings": {"timezone": "UTC"} | {key: extra.pop(key) for key in ("search_path",) if key in extra},
            "statement_cache_size": budgets.DATABASE_STATEMENTS,
            "max_cacheable_statement_size": STATEMENT_KEPT,
            **POOL,
            **extra,
        },
    }


@asynccontextmanager
async def open_database(database: str) -> AsyncIterator[TortoiseContext]:
    """Open the connections and make them those of the current context; close them at the end, come what may."""
    write_quickly()
    read_quickly()
    remember_statements()
    context = TortoiseContext()
    before = _current_context.get()
    _current_context.set(context)
    _urls[context] = database
    try:
        await context.init(config=tortoise_config(database))
        await _connect(context, database)
        yield context
    finally:
        _current_context.set(context)
        await quiesce()
        await context.close_connections()
        _current_context.set(before)


async def _connect(context: TortoiseContext, database: str) -> None:
    try:
        if database.startswith("sqlite:///"):
            _make_private(Path(database.removeprefix("sqlite:///")))
        await context.connections.get(CONNECTION).create_connection(with_db=True)
    except (OSError, BaseORMException, asyncpg.PostgresError, Unavailable) as error:
        # For the operator, who must see neither a traceback nor a password.
        where = re.sub(r"//[^@/]*@", "//", database).partition("?")[0]
        why = error.__cause__ if isinstance(error, DBConnectionError) and error.__cause__ else error
        raise Unavailable(f"The database {where} cannot be opened: {why}", code="database-closed") from error


def _make_private(path: Path) -> None:
    """Private keys and messages lie in this file: nobody else on the machine may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


async def tidy() -> None:
    """Let the database look at its own statistics: without them it may choose the wrong index."""
    await execute("PRAGMA optimize" if dialect() == "sqlite" else "ANALYZE")


async def noting(written: Awaitable[object]) -> None:
    """Write what a page only notes beside what it shows (seen until here): with a full disk people go on reading."""
    try:
        await written
    except Unavailable as error:
        log.warning("not noted: %s", error.__cause__ or error)


def connection() -> BaseDBAsyncClient:
    """The current site's database, or the open transaction on it."""
    return get_connection(CONNECTION)


def dialect() -> Literal["sqlite", "postgres"]:
    """Which of the two databases this is, for the few statements that differ."""
    return "postgres" if connection().capabilities.dialect == "postgres" else "sqlite"


def postgres_address() -> dict[str, Any]:
    """What asyncpg needs for one more connection beside the pool, to listen on."""
    credentials = _connection_config(_urls[require_context()])["credentials"]
    return {key: credentials[key] for key in ("host", "port", "user", "password", "database")}


@asynccontextmanager
async def snapshot() -> AsyncIterator[None]:
    """Read one unmoving view of the whole database, while others go on writing; PostgreSQL only (SQLite copies itself)."""
    async with tortoise_transaction(CONNECTION) as view:
        await view.execute_script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


async def rows(sql: str, *args: Any) -> list[dict[str, Any]]:
    """Run a statement with `?` placeholders and give its rows.

    A list, tuple or set as an argument fills `IN (?)`. Times come back as aware datetimes when the column is selected
    as it is, and as text from SQLite when computed (`moment()` reads both); JSON comes as text (`from_json()`).
    """
    client = connection()
    query, values = prepared(sql, args, postgres=client.capabilities.dialect == "postgres")
    return await client.execute_query_dict(query, values)


async def fetch(model: type[M], sql: str, *args: Any) -> list[M]:
    """Run a statement like `SELECT p.* FROM …` as `rows()` would, and give its rows as those of a model."""
    return [row_of(model, row) for row in await rows(sql, *args)]


def row_of(model: type[M], row: Mapping[str, Any]) -> M:
    """Make a row of a model from what `rows()` gave; what else stands in it is left aside."""
    return made(model, row)


def one_by_one(
    said: Callable[[Sequence[Any]], Awaitable[Sequence[behind.Said]]],
) -> Callable[[Sequence[Any]], Awaitable[None]]:
    """Make of what is said for some rows what says it."""

    async def write(rows: Sequence[Any]) -> None:
        for one in await said(rows):
            await execute(one.sql, *one.values)

    return write


async def execute(sql: str, *args: Any) -> int:
    """Run a statement with `?` placeholders and tell how many rows it touched."""
    client = connection()
    query, values = prepared(sql, args, postgres=client.capabilities.dialect == "postgres")
    return (await client.execute_query(query, values))[0]


def in_chunks(values: Iterable[V], most: int = 400) -> Iterator[list[V]]:
    """Give values, each once, in as many lots as needed for statements that name them: SQLite's oldest limit is 999 placeholders."""
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), most):
        yield wanted[start : start + most]


def moment(value: Any) -> datetime | None:
    """Read a time that `rows()` gave, computed or not, from either database."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def from_json(value: Any) -> Any:
    """Read a JSON column that `rows()` gave."""
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


def to_json(value: Any) -> str:
    """Write a value for a JSON column in plain SQL."""
    return orjson.dumps(value).decode()

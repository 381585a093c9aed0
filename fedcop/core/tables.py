"""All tables of a database as they are, whatever the models say: what copies of whole instances are made of, and compared by.

Rows become lines of plain values that are the same on both databases, and on each earlier schema. Not for: features, which ask models.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, cast

import asyncpg
from tortoise.exceptions import BaseORMException

from fedcop.core.database import connection, dialect, moment, rows
from fedcop.core.errors import Unavailable
from fedcop.core.sql.asyncpg_engine import PostgresEngine

AT_ONCE = 1000
WHOLE, TRUTH, REAL, TEXT, JSON, MOMENT, DATE, BYTES = [
    "whole",
    "truth",
    "real",
    "text",
    "json",
    "moment",
    "date",
    "bytes",
]
KINDS = {
    "integer": WHOLE, "int": WHOLE, "bigint": WHOLE, "smallint": WHOLE, "boolean": TRUTH,
    "real": REAL, "double precision": REAL, "text": TEXT, "varchar": TEXT, "character varying": TEXT,
    "json": JSON, "jsonb": JSON, "timestamp": MOMENT, "timestamp with time zone": MOMENT, "date": DATE,
    "blob": BYTES, "bytea": BYTES,
}  # fmt: skip
REFUSED = (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError)
OURS_ONLY = frozenset({"tortoise_migrations"})  # how far the schema is; no part of what is in it

Line = dict[str, Any]  # a row in plain values, by column


@dataclass(frozen=True)
class Table:
    """A table: the kind of each column, the one that tells rows apart, and which columns name rows of another table."""

    name: str
    columns: Mapping[str, str]
    key: str
    refers: Mapping[str, str] = field(default_factory=dict)

    def hangs_on(self, line: Mapping[str, Any], others: Collection[str]) -> bool:
        """Whether a row refers to one of these tables."""
        return any(line.get(column) is not None for column, other in self.refers.items() if other in others)


class Sum:
    """Counts and adds up lines so that two sides can be compared, in whatever order they give them."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    def add(self, line: Line) -> None:
        """Add one."""
        text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        one = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        self.total = (self.total + int.from_bytes(one)) % (1 << 256)
        self.count += 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.count, self.total) == (other.count, other.total)

    __hash__ = None  # type: ignore[assignment]

    @property
    def hex(self) -> str:
        """The sum, to be written down."""
        return f"{self.total:064x}"


async def tables() -> list[Table]:
    """List all tables, those first that others refer to."""
    found = await (_of_sqlite() if dialect() == "sqlite" else _of_postgres())
    ordered: list[Table] = []
    names: set[str] = set()
    waiting = sorted(found, key=lambda table: table.name)
    while waiting:
        ready = [table for table in waiting if set(table.refers.values()) - {table.name} <= names]
        if not ready:
            raise ValueError(f"tables refer to each other in a circle: {', '.join(table.name for table in waiting)}")
        ordered += ready
        names |= {table.name for table in ready}
        waiting = [table for table in waiting if table.name not in names]
    return ordered


async def _of_sqlite() -> list[Table]:
    found = []
    # What FTS5 keeps is made anew by triggers.
    for row in await rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_words%'"
    ):
        name = str(row["name"])
        if name in OURS_ONLY:
            continue
        columns = await rows(f'PRAGMA table_info("{name}")')
        refers = {str(each["from"]): str(each["table"]) for each in await rows(f'PRAGMA foreign_key_list("{name}")')}
        kinds = {str(each["name"]): _kind(name, str(each["type"])) for each in columns}
        found.append(Table(name, kinds, next(str(each["name"]) for each in columns if each["pk"]), refers))
    return found


async def _of_postgres() -> list[Table]:
    kinds: dict[str, dict[str, str]] = {}
    for row in await rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
    ):
        if row["table_name"] not in OURS_ONLY:
            kinds.setdefault(row["table_name"], {})[row["column_name"]] = _kind(row["table_name"], row["data_type"])
    keys: dict[str, str] = {}
    refers: dict[str, dict[str, str]] = {}
    for row in await rows(
        "SELECT c.contype::text AS kind, t.relname::text AS name, f.relname::text AS other, a.attname::text AS part"
        " FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid LEFT JOIN pg_class f ON f.oid = c.confrelid"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE c.contype IN ('p', 'f') AND c.connamespace = current_schema()::regnamespace"
    ):
        if row["kind"] == "p":
            keys[row["name"]] = row["part"]
        else:
            refers.setdefault(row["name"], {})[row["part"]] = row["other"]
    return [Table(name, columns, keys[name], refers.get(name, {})) for name, columns in kinds.items()]


def _kind(table: str, declared: str) -> str:
    kind = KINDS.get(declared.lower().partition("(")[0])
    if kind is None:
        raise ValueError(f"{table} has a column of a kind that copies do not know: {declared}")
    return kind


def _all(table: Table, without: Collection[str]) -> str:
    """Write the part of a question that says which rows: those that hang on none of these tables."""
    left = [f'"{column}" IS NULL' for column, other in table.refers.items() if other in without]
    return f'FROM "{table.name}" WHERE ' + (" AND ".join(left) or "1 = 1")


async def count(table: Table, *, without: Collection[str] = ()) -> int:
    """Count the rows; those that hang on a row of the tables `without` are left out."""
    return int((await rows(f"SELECT COUNT(*) AS n {_all(table, without)}"))[0]["n"])  # noqa: S608 - names of our own


async def read(table: Table, *, without: Collection[str] = ()) -> AsyncIterator[list[Line]]:
    """Give all rows as lines, some at a time; those that hang on a row of the tables `without` are left out."""
    names = ", ".join(f'"{name}"' for name in table.columns)
    query = f"SELECT {names} {_all(table, without)}"  # noqa: S608 - names of our own tables
    order = f' ORDER BY "{table.key}" LIMIT {AT_ONCE}'
    after = f'{query} AND "{table.key}" > ?{order}'
    batch = await rows(query + order)
    while batch:
        yield [plain(table, row) for row in batch]
        if len(batch) < AT_ONCE:
            return
        batch = await rows(after, batch[-1][table.key])


async def write(table: Table, lines: Sequence[Line]) -> None:
    """Add rows; lines that leave columns out get what the schema says. Raises Unavailable in words."""
    if not lines:
        return
    names = list(lines[0])
    unknown = [name for name in names if name not in table.columns]
    if unknown:
        raise Unavailable(f"{table.name} has no column {unknown[0]}", code="copy-refused")
    kinds = [_STORED[table.columns[name]] for name in names]
    records = [
        tuple(None if line[name] is None else make(line[name]) for name, make in zip(names, kinds, strict=True))
        for line in lines
    ]
    try:
        if dialect() == "postgres":
            await cast(PostgresEngine, connection()).copy_rows(table.name, names, records)
        else:
            places, quoted = ", ".join("?" * len(names)), ", ".join(f'"{name}"' for name in names)
            statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({places})'  # noqa: S608 - names of our own tables
            await connection().execute_many(
                statement, [[_text_of_date(value) for value in record] for record in records]
            )
    except REFUSED as error:
        raise Unavailable(f"{table.name}: {error}", code="copy-refused") from error


def _text_of_date(value: Any) -> Any:
    return value.isoformat() if type(value) is date else value


async def number_on() -> None:
    """Let what counts by itself go on after the highest number there is; SQLite does so anyway."""
    if dialect() == "sqlite":
        return
    for table in await _of_postgres():
        if table.columns[table.key] != WHOLE:
            continue
        said = await rows("SELECT pg_get_serial_sequence(?, ?) AS name", f'"{table.name}"', table.key)
        if said[0]["name"]:
            query = f'SELECT setval(?::regclass, COALESCE(MAX("{table.key}"), 0) + 1, false) FROM "{table.name}"'  # noqa: S608
            await rows(query.replace("?::regclass", f"'{said[0]['name']}'::regclass"))


async def empty_of_rows(found: Sequence[Table]) -> str:
    """Name a table that holds rows, "" if none does."""
    for table in found:
        if await rows(f'SELECT 1 AS one FROM "{table.name}" LIMIT 1'):  # noqa: S608 - a table of ours
            return table.name
    return ""


def plain(table: Table, row: Mapping[str, Any]) -> Line:
    """Write a row in values that JSON knows, the same from both databases."""
    return {name: None if row[name] is None else _PLAIN[kind](row[name]) for name, kind in table.columns.items()}


def _plain_moment(value: Any) -> str:
    found = moment(value)
    assert found is not None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _plain_json(value: Any) -> str:
    """JSON in the one way to write it: PostgreSQL keeps neither the order of names nor the shape of numbers."""
    read = json.loads(value, parse_float=_number) if isinstance(value, (str, bytes)) else value
    return json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1 << 53 else number


_PLAIN: dict[str, Callable[[Any], Any]] = {
    WHOLE: int,
    TRUTH: lambda value: int(bool(value)),
    REAL: float,
    TEXT: str,
    JSON: _plain_json,
    MOMENT: _plain_moment,
    DATE: lambda value: str(value)[:10],
    BYTES: lambda value: base64.b64encode(bytes(value)).decode(),
}
_STORED: dict[str, Callable[[Any], Any]] = {
    WHOLE: int,
    TRUTH: bool,
    REAL: float,
    TEXT: str,
    JSON: lambda value: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
    MOMENT: datetime.fromisoformat,
    DATE: date.fromisoformat,
    BYTES: base64.b64decode,
}

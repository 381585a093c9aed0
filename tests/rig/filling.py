"""Databases as they are, below the models: what a schema is in words, and rows in every table of whatever schema there is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from fedcop.core.database import dialect, execute, rows

UNKNOWN_TO_MODELS = re.compile(r"^(tortoise_migrations|search_words)")


async def schema() -> dict[str, Any]:
    """Tables with their columns, indexes and references, in words that do not depend on who made them."""
    return await (_schema_of_sqlite() if dialect() == "sqlite" else _schema_of_postgres())


async def _schema_of_sqlite() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in await rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
        name = row["name"]
        columns = [tuple(column.values())[1:] for column in await rows(f'PRAGMA table_info("{name}")')]
        references = [tuple(each.values())[2:] for each in await rows(f'PRAGMA foreign_key_list("{name}")')]
        indexes = []
        for index in await rows(f'PRAGMA index_list("{name}")'):
            parts = [part["name"] for part in await rows(f'PRAGMA index_info("{index["name"]}")')]
            indexes.append((index["unique"], parts))
        found[name] = {"columns": sorted(columns), "references": sorted(references), "indexes": sorted(indexes)}
    return found


async def _schema_of_postgres() -> dict[str, Any]:
    found: dict[str, Any] = {}
    query = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    for row in await rows(query):
        name = row.pop("table_name")
        found.setdefault(name, {"columns": [], "indexes": [], "references": []})["columns"].append(tuple(row.values()))
    for row in await rows("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"):
        bare = re.sub(r'INDEX "?\w+"? ON', "INDEX ON", row["indexdef"])
        found[row["tablename"]]["indexes"].append(bare)
    query = "SELECT conrelid::regclass::text AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    for row in await rows(query):
        found[row["name"].strip('"')]["references"].append(row["text"])
    return {name: {key: sorted(map(str, value)) for key, value in parts.items()} for name, parts in found.items()}


def known_to_models(found: dict[str, Any]) -> dict[str, Any]:
    kept = {name: parts for name, parts in found.items() if not UNKNOWN_TO_MODELS.match(name)}
    if "search_entry" in kept:  # its tsvector
        for key in ("columns", "indexes"):
            kept["search_entry"][key] = [each for each in kept["search_entry"][key] if "words" not in str(each)]
    return kept


async def fill(each: int = 3) -> dict[str, int]:
    """Put rows into every table, those that others refer to first, and count them."""
    counts: dict[str, int] = {}
    waiting = {name: parts for name, parts in (await described()).items() if not UNKNOWN_TO_MODELS.match(name)}
    while waiting:
        ready = [name for name, parts in waiting.items() if not (parts["refers"] - {name}) & waiting.keys()]
        assert ready, f"tables refer to each other in a circle: {sorted(waiting)}"
        for name in ready:
            parts = waiting.pop(name)
            for n in range(1, each + 1):
                values = {column: example(kind, column, n) for column, kind in parts["columns"].items()}
                marks = ", ".join("?" * len(values))
                names = ", ".join(f'"{column}"' for column in values)
                await execute(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', *values.values())
            counts[name] = each
    return counts


async def described() -> dict[str, Any]:
    found: dict[str, Any] = {}
    if dialect() == "sqlite":
        for name in await _schema_of_sqlite():
            columns = {row["name"]: row["type"] for row in await rows(f'PRAGMA table_info("{name}")')}
            refers = {row["table"] for row in await rows(f'PRAGMA foreign_key_list("{name}")')}
            found[name] = {"columns": columns, "refers": refers}
        return found
    query = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_generated = 'NEVER'"
    )
    for row in await rows(query):
        found.setdefault(row["table_name"], {"columns": {}, "refers": set()})["columns"][row["column_name"]] = row[
            "data_type"
        ]
    query = "SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS other FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    for row in await rows(query):
        found[row["name"].strip('"')]["refers"].add(row["other"].strip('"'))
    return found


def example(kind: str, column: str, n: int) -> Any:
    kind = kind.lower()
    if kind.startswith("timestamp"):
        return datetime(2026, 3, n, 14, 0, tzinfo=UTC)
    if kind.startswith("json"):
        return f'{{"n": {n}}}'
    if kind in ("bytea", "blob"):
        return b"\x00%d" % n
    if kind == "date":
        return date(2026, 3, n)
    if kind in ("boolean", "int"):  # what a BooleanField is on either
        return n % 2 == 0
    if kind.startswith("double") or kind == "real":
        return n / 2
    if "int" in kind:
        return n
    return f"{column[:6]}{n}"


async def counted() -> dict[str, int]:
    names = [name for name in await schema() if not UNKNOWN_TO_MODELS.match(name)]
    return {name: (await rows(f'SELECT count(*) AS n FROM "{name}"'))[0]["n"] for name in names}

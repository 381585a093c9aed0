"""What is done with a raw connection of SQLite, in whichever thread: statements made ready, their values as SQLite stores them.

Not for: where and when they run (sqlite_engine.py).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from fedcop.core.sql.shapes import PLAIN

WRITING = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


def plain_value(value: Any) -> Any:
    """Give sqlite3 what it can store: times as UTC text that sorts by time, truth as 0 and 1."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ")
    return value


def _plain(values: Sequence[Any] | None) -> Sequence[Any]:
    """Give values as SQLite stores them; hundreds of numbers are looked at in one go."""
    if values is None or PLAIN.issuperset(map(type, values)):
        return values or ()
    return [plain_value(value) for value in values]


def reads_only(query: str) -> bool:
    """Whether a statement may go to a reader. In doubt, no."""
    start = query.lstrip()[:6].upper()
    return start == "SELECT" or (start.startswith("WITH") and not WRITING.search(query))


def statements(script: str) -> list[str]:
    """Split a script at the semicolons that end a statement, not at those inside a trigger or a text."""
    found, current = [], ""
    for piece in re.split(r"(?<=;)", script):
        current += piece
        if sqlite3.complete_statement(current):
            found.append(current.strip())
            current = ""
    if current.strip():
        found.append(current.strip())
    return [each for each in found if each.strip("; \n")]


def fetch(query: str, values: Sequence[Any] | None) -> Callable[[sqlite3.Connection], tuple[int, list[sqlite3.Row]]]:
    """Run one statement: how many rows it touched, and the rows it gives."""
    query = query.replace("\x00", "'||CHAR(0)||'")
    values = _plain(values)

    def run(raw: sqlite3.Connection) -> tuple[int, list[sqlite3.Row]]:
        before = raw.total_changes
        found = raw.execute(query, values).fetchall()
        return (raw.total_changes - before) or len(found), found

    return run


def named(found: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
    """Give rows as dictionaries; `dict(row)` would look for each column among all names."""
    names = found[0].keys() if found else ()
    return [dict(zip(names, row, strict=True)) for row in found]


def insert(query: str, values: Sequence[Any]) -> Callable[[sqlite3.Connection], int]:
    """Insert one row, and give its number."""
    values = _plain(values)

    def run(raw: sqlite3.Connection) -> int:
        return raw.execute(query, values).lastrowid or 0

    return run


def many(query: str, values: Sequence[Sequence[Any]], *, own: bool) -> Callable[[sqlite3.Connection], None]:
    """Run one statement for many rows; `own`: in a transaction of its own."""
    lines = [_plain(line) for line in values]

    def run(raw: sqlite3.Connection) -> None:
        if not own:
            raw.executemany(query, lines)
            return
        raw.execute("BEGIN IMMEDIATE")
        try:
            raw.executemany(query, lines)
            raw.execute("COMMIT")
        except BaseException:
            undo(raw)
            raise

    return run


def script(query: str) -> Callable[[sqlite3.Connection], None]:
    """Run several statements."""

    def run(raw: sqlite3.Connection) -> None:
        # Not executescript(): it commits the open transaction first.
        for statement in statements(query):
            raw.execute(statement).close()

    return run


def undo(raw: sqlite3.Connection) -> None:
    """Forget the transaction that is open, if one is."""
    if raw.in_transaction:
        raw.execute("ROLLBACK")

"""Statements with `?` placeholders, as both databases take them: sequences fill `IN (?)`, and PostgreSQL numbers its places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

from fedcop.core.sql.shapes import PLAIN

ONE = -1
FILLED = 1024  # values: of more, one statement takes 32,767 in all
LONG = 4096  # characters: hardly ever said twice alike, and too much to keep
IN = re.compile(r"\bIN\s*\(\s*$", re.IGNORECASE)
PIECES = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|\?")


def prepared(sql: str, args: Sequence[Any], *, postgres: bool) -> tuple[str, list[Any]]:
    """Expand sequences, and number the placeholders for PostgreSQL.

    There, what fills `IN (?)` is filled up to 2, 4, 8, … with its last value: each length is a statement of its own, which a connection has to make
    ready before it is asked, in one more way to the server.
    """
    values: list[Any] = []
    shape: list[int] = []
    for place, value in enumerate(args):
        if isinstance(value, (list, tuple, set, frozenset)):
            values.extend(value)
            wanted = len(value)
            if postgres and 2 < wanted <= FILLED and place in _lists(sql):
                wanted = 1 << (wanted - 1).bit_length()
                values.extend([values[-1]] * (wanted - len(value)))
            shape.append(wanted)
        else:
            values.append(value)
            shape.append(ONE)
    times = () if PLAIN.issuperset(map(type, values)) else (value for value in values if isinstance(value, datetime))
    if any(time.tzinfo is None for time in times):
        raise ValueError(f"a time without a zone among the arguments of: {sql}")
    expanded = _expanded if len(sql) < LONG else _expanded.__wrapped__
    return expanded(sql, tuple(shape), postgres), values


@lru_cache(maxsize=1000)
def _lists(sql: str) -> frozenset[int]:
    """Which of the placeholders of a statement stand alone in `IN (?)`."""
    places = [found for found in PIECES.finditer(sql) if found.group() == "?"]
    return frozenset(
        number
        for number, found in enumerate(places)
        if IN.search(sql, 0, found.start()) and sql[found.end() :].lstrip().startswith(")")
    )


@lru_cache(maxsize=1000)
def _expanded(sql: str, shape: Sequence[int], postgres: bool) -> str:
    """Write a statement for arguments of which we know how many values each has (ONE: it is no sequence)."""
    waiting, numbers = iter(shape), count(1)

    def place(found: re.Match[str]) -> str:
        if found.group() != "?":
            return found.group()
        many = next(waiting, None)
        if many is None:
            raise ValueError(f"more placeholders than the {len(shape)} arguments in: {sql}")
        return ", ".join(f"${next(numbers)}" if postgres else "?" for _ in range(abs(many))) or "NULL"

    query = PIECES.sub(place, sql)
    if next(waiting, None) is not None:
        raise ValueError(f"fewer placeholders than the {len(shape)} arguments in: {sql}")
    return query

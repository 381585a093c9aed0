"""Remembers the SQL of Tortoise's statements that differ in their values alone.

To find a row by its number Tortoise composes a statement of objects, writes it, and asks: two thirds of the time is the composing. A
queryset whose filters compare columns with single numbers and texts has the same SQL for all values; it is written by Tortoise the
first time, and found again by its shape. Whether the values are then what Tortoise would send is looked at when the shape is first seen: a shape
for which they are not goes Tortoise's way for ever. Not for annotated or grouped querysets, nor for lists, moments and parts of texts in filters.
"""

# ruff: noqa: SLF001 - Tortoise, pinned exactly, offers no public way to what is done here
from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tortoise.queryset import ExistsQuery, QuerySet

KEPT = 5_000  # shapes
PLAIN = frozenset((int, str, bool, type(None)))  # what databases take as it is
# What these compare with is not the value itself, or not always one value.
OTHERS = frozenset(
    [
        "in",
        "not_in",
        "range",
        "isnull",
        "not_isnull",
        "contains",
        "icontains",
        "startswith",
        "istartswith",
        "endswith",
        "iendswith",
        "iexact",
        "search",
        "posix_regex",
        "iposix_regex",
        "date",
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "hour",
        "minute",
        "second",
        "microsecond",
        "filter",
    ]
)

_select = QuerySet.__await__
_exists = ExistsQuery.__await__
_texts: dict[Hashable, _Text | None] = {}
NEVER = object()  # seen


@dataclass(frozen=True)
class _Text:
    """The SQL of a shape, and what Tortoise found out about its columns; `fields` tells whether models were set up anew since."""

    sql: str
    index: list[Any]
    fields: object


class _Written:
    """Stands where Tortoise has a query of pypika, when it is only to be sent."""

    def __init__(self, sql: str, values: Sequence[Any]) -> None:
        self._both = sql, list(values)

    def get_parameterized_sql(self) -> tuple[str, list[Any]]:
        return self._both


def _filters(query: Any, values: list[Any]) -> Iterator[Hashable]:
    for one in query._q_objects:
        if one.children:
            raise LookupError
        yield one._is_negated, one.join_type
        for name, value in one.filters.items():
            kind = type(value)
            if value is not None and (kind not in PLAIN or name.rpartition("__")[2] in OTHERS):
                raise LookupError
            yield name, kind
            if value is not None:
                values.append(value)


def _shape(query: Any, values: list[Any]) -> Hashable:
    if query._annotations or query._custom_filters or query._force_indexes or query._use_indexes:
        raise LookupError
    filters = tuple(_filters(query, values))
    dialect = query._db.capabilities.dialect
    if isinstance(query, ExistsQuery):
        if type(query) is not ExistsQuery:
            raise LookupError
        values.append(1)
        return dialect, query.model, filters
    if query._having or query._group_bys or query._select_for_update:
        raise LookupError
    values.extend(bound for bound in (query._limit, query._offset) if bound is not None)
    bounded = query._limit is not None, query._offset is not None, query._distinct
    joined = frozenset(query._select_related)
    return dialect, query.model, filters, bounded, query._fields_for_select, tuple(query._orderings), joined


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return list(one) == list(other) and [type(value) for value in one] == [type(value) for value in other]


def _prepare(query: Any) -> None:
    """Give a query its SQL: remembered, or made by Tortoise."""
    values: list[Any] = []
    try:
        shape = _shape(query, values)
        text = _texts[shape]
    except (
        LookupError
    ) as missing:  # the shape cannot be remembered (LookupError itself), or was not seen yet (KeyError)
        query._make_query()
        if isinstance(missing, KeyError):
            _remember(shape, query, values)
        return
    if text is None or text.fields is not query.model._meta.db_native_fields:
        query._make_query()
        if text is not None:
            _remember(shape, query, values)
        return
    query.query = _Written(text.sql, values)
    if type(query) is not ExistsQuery:
        query._select_related_idx = text.index


def _remember(shape: Hashable, query: Any, values: Sequence[Any]) -> None:
    sql, sent = query.query.get_parameterized_sql()
    if len(_texts) >= KEPT:
        _texts.clear()
    index = [] if type(query) is ExistsQuery else query._select_related_idx
    known = _Text(sql, index, query.model._meta.db_native_fields)
    _texts[shape] = known if _same(sent, values) else None


def _select_quickly(query: QuerySet[Any]) -> Generator[Any, None, list[Any]]:
    if query._db is None:
        query._db = query._choose_db(query._select_for_update)
    _prepare(query)
    return query._execute().__await__()


def _exists_quickly(query: ExistsQuery) -> Generator[Any, None, bool]:
    query._choose_db_if_not_chosen()
    _prepare(query)
    return cast("Generator[Any, None, bool]", query._execute().__await__())


def remember_statements() -> None:
    """Begin it, once per process."""
    setattr(QuerySet, "__await__", _select_quickly)  # noqa: B010 - mypy knows a method by its self
    setattr(ExistsQuery, "__await__", _exists_quickly)  # noqa: B010

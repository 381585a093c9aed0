"""Lets Tortoise make objects of rows in half the time, the same objects.

For each row of a joined statement Tortoise makes five dictionaries, and looks up for each field where it comes from; here that is
found out once for a model and the names of the columns. Half of what a list of posts costs is this. What has only some columns
of a model has no other fields either: whoever reads one of those fails.
Not for Tortoise's own statements that give a part of a model (`only()`) or more than models (`annotate()`): those go its way.
"""

# ruff: noqa: SLF001 - Tortoise, pinned exactly, offers no public way to what is done here
from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, TypeVar

from tortoise import Model
from tortoise.backends.base.executor import CHUNK_SIZE, BaseExecutor
from tortoise.fields import DatetimeField, Field

M = TypeVar("M", bound=Model)
Names = tuple[str, ...]
Maker = Callable[[Sequence[Any]], Any]

_execute_select = BaseExecutor.execute_select
_makers: dict[tuple[type[Model], Names], tuple[object, Maker]] = {}


def made(model: type[M], row: Mapping[str, Any]) -> M:
    """Make a row of a model of columns by their names; what else stands in it is left aside."""
    found: M = maker(model, tuple(row.keys()))(tuple(row.values()))
    return found


def maker(model: type[Model], names: Names) -> Maker:
    """Give what makes objects of values in the order of some columns, be they all that a model has or not."""
    fields = model._meta.db_native_fields  # made anew when models are set up anew
    known = _makers.get((model, names))
    if known is None or known[0] is not fields:
        known = _makers[model, names] = fields, _made_maker(model, {name: place for place, name in enumerate(names)})
    return known[1]


def _made_maker(model: type[Model], at: Mapping[str, int]) -> Maker:
    meta = model._meta
    as_they_are = {name: at[column] for column, name, _field in meta.db_native_fields if column in at}
    names, pick = tuple(as_they_are), itemgetter(*as_they_are.values(), 0, 0)  # always several
    others: list[tuple[str, int, Callable[[Any], Any]]]
    others = [(name, at[column], field.field_type) for column, name, field in meta.db_default_fields if column in at]
    others += [(name, at[column], _reader(field)) for column, name, field in meta.db_complex_fields if column in at]
    begun = {
        "_partial": not meta.db_fields <= at.keys(),
        "_saved_in_db": True,
        "_custom_generated_pk": meta.db_pk_column not in meta.generated_db_fields,
    }

    def make(values: Sequence[Any]) -> Model:
        one = model.__new__(model)
        has = one.__dict__
        has.update(begun)
        has["_await_when_save"] = {}
        has.update(zip(names, pick(values), strict=False))
        for name, place, read in others:
            value = values[place]
            has[name] = value if value is None else read(value)
        return one

    return make


def _reader(field: Field[Any]) -> Callable[[Any], Any]:
    """Give what reads a value of a field; moments come from both databases as Tortoise would make them, in UTC."""
    read = field.to_python_value
    if not isinstance(field, DatetimeField):
        return read
    return lambda value: value if type(value) is datetime and value.tzinfo is UTC else read(value)


def joined(index: Sequence[Any], names: Names) -> Maker:
    """Give what makes of one row an object and those that it is joined with; `index` is Tortoise's, names as it gives them."""
    root, width, *_rest, start = index[0]
    make_first, at = maker(root, names[:width]), width
    parts = []
    for model, count, *_rest, path in index[1:]:
        make_one = maker(model, tuple(name.partition(".")[2] for name in names[at : at + count]))
        parts.append((make_one, at, at + count, tuple(path[:-1]), f"_{path[-1]}", tuple(path)))
        at += count

    def make(values: Sequence[Any]) -> Any:
        first = make_first(values[:width])
        there = {tuple(start): first}
        for make_one, begin, end, parent, name, path in parts:
            given = values[begin:end]
            one = make_one(given) if any(given) else None
            if (target := there.get(parent)) is not None:
                target.__dict__[name] = one
            if one is not None:
                there[path] = one
        return first

    return make


async def _select(
    executor: BaseExecutor, sql: str, values: list[Any] | None = None, custom_fields: list[str] | None = None
) -> list[Any]:
    index: Sequence[Any] = executor.select_related_idx or ()
    if custom_fields or any(count != len(model._meta.db_fields) for model, count, *_rest in index):
        return await _execute_select(executor, sql, values, custom_fields)
    rows = (await executor.db.execute_query(sql, values))[1]
    found: list[Any] = []
    if rows:
        names = tuple(rows[0].keys())
        make = joined(index, names) if index else maker(executor.model, names)
        for number, row in enumerate(rows):
            if number and number % CHUNK_SIZE == 0:
                await asyncio.sleep(0)  # others want to work too
            found.append(make(tuple(row)))
    await executor._execute_prefetch_queries(found)
    return found


def read_quickly() -> None:
    """Begin it, once per process."""
    setattr(BaseExecutor, "execute_select", _select)  # noqa: B010 - mypy knows a method by its self

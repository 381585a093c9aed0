"""Lists that are loaded with almost every answer: which columns of which models, decided once, and their SQL written once.

Tortoise composes each statement anew, and loads every column: for a list of posts that costs more than all that is shown of it.
Its own text is taken here, the columns and joins, and a condition of ours put behind it. What is not among the columns is not there:
reading it fails. Not for rows that are changed and saved, nor for lists that few ask for.
"""

# ruff: noqa: SLF001 - Tortoise, pinned exactly, offers no public way to what is done here
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from fedcop.core.database import connection
from fedcop.core.sql.placeholders import prepared
from fedcop.core.sql.rows import Maker, joined, maker

M = TypeVar("M", bound=Model)


class Select(Generic[M]):
    """`POSTS = Select(Post, only="id uri author_id")`, then `await POSTS.where("post.id IN (?)", ids)`: in conditions, tables have their own names.

    `joins` are as in `select_related()`; `only` names columns, `actor__name` one of what is joined; without it all of them come.
    """

    def __init__(self, model: type[M], *joins: str, only: str = "") -> None:
        self._model, self._joins, self._only = model, joins, only.split()
        self._texts: dict[str, tuple[str, Sequence[Any]]] = {}
        self._makers: dict[tuple[str, ...], Maker] = {}
        self._fields: object = None

    async def where(self, condition: str, *args: Any) -> list[M]:
        """Load what fulfils a condition, with `?` as in `rows()`; it may end in an ORDER BY."""
        client = connection()
        dialect = client.capabilities.dialect
        text, index = self._text(dialect)
        query, values = prepared(condition, args, postgres=dialect == "postgres")
        found = (await client.execute_query(f"{text} WHERE {query}", values))[1]
        if not found:
            return []
        names = tuple(found[0].keys())
        make = self._makers.get(names)
        if make is None:
            make = self._makers[names] = joined(index, names) if len(index) > 1 else maker(self._model, names)
        return [make(tuple(row)) for row in found]

    def _text(self, dialect: str) -> tuple[str, Sequence[Any]]:
        if self._fields is not self._model._meta.db_native_fields:  # models were set up anew
            self._fields = self._model._meta.db_native_fields
            self._texts.clear()
            self._makers.clear()
        if dialect not in self._texts:
            query: QuerySet[M] = self._model.all()
            query = query.select_related(*self._joins) if self._joins else query
            query = query.only(*self._only) if self._only else query
            self._texts[dialect] = query.sql(), query._select_related_idx
        return self._texts[dialect]

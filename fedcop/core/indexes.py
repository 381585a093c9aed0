"""An index of few rows: those that a condition picks, where all others would only make it long. Both databases know it."""

from __future__ import annotations

from typing import Any

from tortoise.indexes import Index


class IndexOfSome(Index):
    """An index of the rows of which `where`, in SQL, is true. It is used by statements that say the same in these words, not in parameters."""

    def __init__(self, *, fields: tuple[str, ...] | list[str], name: str, where: str) -> None:
        super().__init__(fields=fields, name=name)
        self.where = where
        self.extra = f" WHERE {where}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Say how to make it again, for a migration."""
        path, args, options = super().deconstruct()
        return path, args, {**options, "where": self.where}

"""A database per test, copied from a template that is made once."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from fedcop.core.database import execute, open_database
from fedcop.core.migrating import run_migrations


class SqliteTemplate:
    """A file with the present schema and nothing in it; each test gets a copy."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "template.sqlite3"
        asyncio.run(self._make())

    async def _make(self) -> None:
        async with open_database(f"sqlite:///{self.path}"):
            await run_migrations()
            await execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, folder: Path, name: str) -> str:
        """Make a database for one site of one test, and give its URL."""
        target = folder / f"{name}.sqlite3"
        shutil.copyfile(self.path, target)
        return f"sqlite:///{target}"

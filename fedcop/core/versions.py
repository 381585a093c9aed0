"""Tells whether anything was committed since a moment ago, by whichever process: what was read then is still so, if nothing was.

A version is read before what depends on it. SQLite counts commits for whoever holds a connection (`PRAGMA data_version`), PostgreSQL says which transactions it
has seen the end of (`pg_current_snapshot()`); what this process keeps of the
database in memory counts too, since it is forgotten right after the commit that changes it. Not for: keeping anything.
"""

from __future__ import annotations

from typing import cast

from fedcop.core.siblings import Siblings
from fedcop.core.site import Site
from fedcop.core.sql.asyncpg_engine import PostgresEngine
from fedcop.core.sql.sqlite_engine import SqliteEngine
from fedcop.core.transactions import CONNECTION

Version = tuple[object, int]


class Versions:
    """Those of one site: `site.part(Versions)`."""

    def __init__(self, site: Site) -> None:
        self._engine = cast(SqliteEngine | PostgresEngine, site.tortoise.connections.get(CONNECTION))
        self._siblings = site.part(Siblings)

    async def now(self) -> Version | None:
        """Give the version of what would be read now; None: that cannot be told, and nothing may be taken for unchanged."""
        found = await self._engine.version()
        return (found, self._siblings.forgotten) if found is not None else None

"""One `fedcop web` and one `fedcop worker` on a PostgreSQL of their own that waits for the disk, without a proxy: what `tests.bench.inbox` measures there."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.e2e.cluster import Cluster
from tests.rig.database import PostgresServer, postgres_server


class Divided(Cluster):
    """The two processes."""

    asking: asyncpg.Connection | None = None

    def __init__(self, folder: Path, server: PostgresServer, database: str) -> None:
        super().__init__(folder, "v", f"{server.url}/{database}", web=1, workers=1)
        self.ports = {"web1": self.port}
        self.url = f"http://localhost:{self.port}"
        self.postmaster = int((Path(server.data) / "postmaster.pid").read_text().splitlines()[0])

    async def number(self, query: str) -> int:
        """Ask the database for one number, always by the same connection."""
        if self.asking is None:
            self.asking = await asyncpg.connect(self.database)
        return int(await self.asking.fetchval(query))

    @property
    def pids(self) -> list[int]:
        """Those of fedcop."""
        return [one.pid for one in self.processes.values()]

    @property
    def pids_of_database(self) -> list[int]:
        """Those of PostgreSQL that are there now."""
        stats = [(int(path.parent.name), path) for path in Path("/proc").glob("[0-9]*/stat")]
        children = [pid for pid, path in stats if _parent(path) == self.postmaster]
        return [self.postmaster, *children]


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(") ")[2].split()[1])
    except OSError:  # it has ended
        return 0


@asynccontextmanager
async def divided(folder: Path) -> AsyncIterator[Divided]:
    """Start PostgreSQL and the two, and end all of it."""
    with postgres_server(synced=True) as server:
        connection = await asyncpg.connect(f"{server.url}/postgres")
        await connection.execute("CREATE DATABASE inbox")
        await connection.close()
        both = Divided(folder, server, "inbox")
        try:
            await both.start()
            yield both
        finally:
            if both.asking is not None:
                await both.asking.close()
            for name in both.processes:
                await both.end_one(name, signal.SIGTERM)
            await both.close()

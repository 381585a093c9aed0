"""Prove that a backup can be brought back: into a database of its own that is thrown away, with its files read and compared, not kept."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from fedcop.cli.archiving.proving import files_that_differ, keys_that_fail
from fedcop.cli.archiving.reading import bring_back
from fedcop.cli.archiving.shape import Says
from fedcop.cli.terminal import patient
from fedcop.core.errors import NotFound
from fedcop.core.migrating import run_migrations
from fedcop.core.settings import Settings
from fedcop.core.site import open_site
from fedcop.core.workplace import workplace
from fedcop.features import FEATURES


class Sieve:
    """A storage that lets files pass and keeps none: what they are is compared by their sums. So a drill needs no room for them."""

    def __init__(self) -> None:
        self.bytes = 0

    async def put(self, key: str, source: bytes | AsyncIterator[bytes]) -> None:
        """Count what comes."""
        if isinstance(source, bytes):
            self.bytes += len(source)
            return
        async for piece in source:
            self.bytes += len(piece)

    async def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """There is nothing."""
        raise NotFound()
        yield b""

    async def size(self, key: str) -> int:
        """There is nothing."""
        raise NotFound()

    def path(self, key: str) -> Path | None:
        """There is nothing."""
        return None

    async def delete(self, key: str) -> None:
        """There is nothing."""

    async def exists(self, key: str) -> bool:
        """There is nothing."""
        return False

    async def trouble(self) -> str:
        """There is none."""
        return ""


@dataclass(frozen=True)
class Drilled:
    """What a drill found."""

    rows: int
    tables: int
    files: int
    bytes: int
    keys: int
    steps: int  # of the schema, that were made afterwards
    seconds: float
    wrong: tuple[str, ...]  # sentences

    @property
    def well(self) -> bool:
        """Whether the backup can be trusted."""
        return not self.wrong


async def drill(file: Path, settings: Settings, says: Says, key: Path | None = None) -> Drilled:
    """Bring a backup back aside, look at it, and leave nothing behind. Raises as bring_back() does."""
    began = time.monotonic()
    sieve = Sieve()
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with patient(), workplace(settings.data) as folder:
        aside = replace(settings, data=folder, database=f"sqlite:///{folder}/drill.sqlite3")
        async with open_site(aside, FEATURES, storage=sieve, migrate=False) as running:
            tape = await bring_back(file, running, says, key)
            later = await run_migrations()
            keys, failing = await keys_that_fail(says)
            missing, changed = await files_that_differ(tape.files) if tape.manifest.get("files", True) else ([], [])
    wrong = []
    if failing:
        wrong.append(f"{len(failing)} keys do not verify what they sign ({failing[0]})")
    if missing:
        wrong.append(f"{len(missing)} files that rows name are not in it ({missing[0]})")
    if changed:
        wrong.append(f"{len(changed)} files are not what rows say of them ({changed[0]})")
    return Drilled(
        rows=sum(tape.rows.values()),
        tables=len(tape.rows),
        files=len(tape.files),
        bytes=sieve.bytes,
        keys=keys,
        steps=len(later),
        seconds=time.monotonic() - began,
        wrong=tuple(wrong),
    )

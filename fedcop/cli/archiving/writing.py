"""Write a backup: an unmoving view of the rows, then the files that they name."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

from fedcop import __version__
from fedcop.cli.archiving.sealing import sealing
from fedcop.cli.archiving.shape import FILES, FORMAT, LEFT_OUT, MANIFEST, ROWS, SUMS, Says, to_text
from fedcop.core import database, tables
from fedcop.core.clock import now
from fedcop.core.migrating import applied_steps
from fedcop.core.site import Site, open_site
from fedcop.core.storage import flush_folder
from fedcop.core.workplace import workplace

SPOOL = 16 << 20  # bytes of one part that are kept in memory at most


@dataclass(frozen=True)
class Written:
    """What lies in a backup."""

    rows: int
    files: int
    missing: tuple[str, ...] = ()  # keys of files that rows name and that are not there
    changed: tuple[str, ...] = ()  # keys of files that are not what their rows say


async def write(file: Path, running: Site, says: Says, *, files: bool = True) -> Written:
    """Write a backup into a file, whole or not at all; sealed, if the settings name a key. Reads any schema."""
    partial = file.with_name(file.name + ".partial")
    try:
        with _private(partial) as raw, _tape(raw, running.settings.backup_key) as tape:
            async with _snapshot(running, says):
                counts, keys = await _write_rows(tape, running, says, files=files)
            missing = await _write_files(tape, running, sorted(keys), says)
            tape.end()
        with partial.open("rb") as raw_again:
            os.fsync(raw_again.fileno())
        partial.replace(file)
        flush_folder(file.parent)
    finally:
        partial.unlink(missing_ok=True)
    changed = tape.other_than(keys)
    return Written(sum(counts.values()), len(keys) - len(missing), tuple(missing), tuple(changed))


def _private(path: Path) -> IO[bytes]:
    """Open a file to write that nobody else on this machine may read: private keys and addresses go into it."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


class Tape:
    """A tar that grows, and remembers what it was given."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._sums: dict[str, str] = {}

    def add(self, name: str, size: int, content: IO[bytes]) -> None:
        """Add a part."""
        info = tarfile.TarInfo(name)
        info.size = size
        counted = _Summed(content)
        self._tar.addfile(info, cast(IO[bytes], counted))
        self._sums[name] = counted.sum.hexdigest()

    def add_json(self, name: str, value: Any) -> None:
        """Add a small part."""
        text = json.dumps(value, indent=1).encode()
        self.add(name, len(text), io.BytesIO(text))

    def other_than(self, expected: Mapping[str, str]) -> list[str]:
        """Name the files whose SHA-256 is another one than expected."""
        return [key for key, sum in expected.items() if sum and self._sums.get(FILES + key, sum) != sum]

    def end(self) -> None:
        """Write down the sums of all parts: whoever reads them last knows that nothing is missing."""
        self.add_json(SUMS, dict(self._sums))


class _Summed:
    """Reads, and adds up what was read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(size)
        self.sum.update(piece)
        return piece


@contextmanager
def _tape(raw: IO[bytes], key: str) -> Iterator[Tape]:
    if key:
        with sealing(raw, key) as inner, tarfile.open(fileobj=inner, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            yield Tape(tar)
    else:
        with tarfile.open(fileobj=raw, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            yield Tape(tar)


@asynccontextmanager
async def _snapshot(running: Site, says: Says) -> AsyncIterator[None]:
    """Step into an unmoving copy of the database: SQLite copies itself without stopping writers, PostgreSQL reads one snapshot."""
    if database.dialect() == "postgres":
        async with database.snapshot():
            yield
        return
    source = running.settings.database.removeprefix("sqlite:///")
    with workplace(running.settings.data) as folder:
        copy = folder / "copy.sqlite3"
        _copy(source, copy, says)
        still = replace(running.settings, database=f"sqlite:///{copy}")
        async with open_site(still, running.features, transport=running.transport, migrate=False):
            yield


def _copy(source: str, copy: Path, says: Says) -> None:
    progress, copied = says("MiB of the database copied", Path(source).stat().st_size >> 20), 0

    def look() -> int:
        nonlocal copied
        size = copy.stat().st_size >> 20 if copy.exists() else 0
        progress.step(size - copied)
        copied = size
        return 0

    raw = sqlite3.connect(source)
    try:
        raw.set_progress_handler(look, 100_000)  # after so many of SQLite's own instructions
        raw.execute("VACUUM INTO ?", (str(copy),))
    finally:
        raw.close()
    progress.end()


async def _write_rows(tape: Tape, running: Site, says: Says, *, files: bool) -> tuple[dict[str, int], dict[str, str]]:
    found = [table for table in await tables.tables() if table.name not in LEFT_OUT]
    counts = {table.name: await tables.count(table, without=LEFT_OUT) for table in found}
    manifest = {
        "format": FORMAT,
        "fedcop": __version__,
        "url": running.settings.origin,
        "written_at": now().isoformat(),
        "steps": await applied_steps(),
        "rows": counts,
        "files": files,
    }
    tape.add_json(MANIFEST, manifest)
    keys: dict[str, str] = {}  # the SHA-256 that a row says of each file, "" if it says none
    progress = says("rows", sum(counts.values()))
    for table in found:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL, dir=str(running.settings.data)) as spool:
            async for batch in tables.read(table, without=LEFT_OUT):
                for line in batch:
                    spool.write(to_text(line))
                    if files and table.name == "media":
                        keys |= {line[name]: "" for name in ("key", "preview_key") if line.get(name)}
                        keys |= {line["key"]: line["sha256"]} if line.get("key") else {}
                progress.step(len(batch))
            size = spool.tell()
            spool.seek(0)
            tape.add(f"{ROWS}{table.name}.jsonl", size, cast(IO[bytes], spool))
    progress.end()
    return counts, keys


async def _write_files(tape: Tape, running: Site, keys: list[str], says: Says) -> list[str]:
    """Add the stored files. Gives the keys of those that are not there: gone since the snapshot, or lost."""
    missing: list[str] = []
    if not keys:
        return missing
    progress = says("files", len(keys))
    for key in keys:
        progress.step()
        if not await running.storage.exists(key):
            missing.append(key)
            continue
        place = running.storage.path(key)
        if place is not None:
            with place.open("rb") as file:
                tape.add(FILES + key, os.fstat(file.fileno()).st_size, file)
            continue
        with tempfile.SpooledTemporaryFile(max_size=SPOOL, dir=str(running.settings.data)) as spool:
            async for chunk in running.storage.open(key):
                spool.write(chunk)
            size = spool.tell()
            spool.seek(0)
            tape.add(FILES + key, size, cast(IO[bytes], spool))
    progress.end()
    return missing

"""Read a backup back into an instance that is still empty, and compare what lies there then with what the file says."""

from __future__ import annotations

import hashlib
import json
import tarfile
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from fedcop.cli.archiving.sealing import opening
from fedcop.cli.archiving.shape import FILES, FORMAT, LEFT_OUT, MANIFEST, ROWS, SUMS, Says, from_text
from fedcop.core import tables
from fedcop.core.database import atomic, execute
from fedcop.core.errors import Unavailable
from fedcop.core.migrating import applied_steps, known_steps, run_migrations
from fedcop.core.running import refuse_if_running
from fedcop.core.settings import Settings
from fedcop.core.site import Site
from fedcop.core.storage import FULL
from fedcop.core.tables import Sum, Table
from fedcop.core.workplace import workplace

UNREADABLE = (tarfile.TarError, EOFError, zlib.error, KeyError, ValueError, TypeError, AttributeError, Unavailable)
PIECE = 1 << 18


class NotEmpty(Exception):
    """There is something here already."""


@dataclass
class Tape:
    """What was read from a backup so far."""

    folder: Path  # where rows wait until all is here
    manifest: dict[str, Any] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)  # that the file says
    seen: dict[str, str] = field(default_factory=dict)  # that were found
    created: list[str] = field(default_factory=list)  # files that were not here before
    waiting: dict[str, Path] = field(default_factory=dict)  # files that are others here, until all was seen

    @property
    def files(self) -> dict[str, str]:
        """The SHA-256 of each file, by key."""
        return {name.removeprefix(FILES): value for name, value in self.seen.items() if name.startswith(FILES)}

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""
        rows: dict[str, int] = self.manifest["rows"]
        return rows


async def bring_back(file: Path, running: Site, says: Says, key: Path | None = None) -> Tape:
    """Read all of a backup into an empty instance, at the schema that it was written with. All or nothing."""
    await _refuse_if_not_empty(running.settings)
    with workplace(running.settings.data) as folder:
        tape = Tape(folder)
        try:
            progress, read = says("MiB read", _mib(file)), 0
            with opening(file, key) as raw, tarfile.open(fileobj=raw, mode="r|") as tar:
                for info in tar:
                    if info.isfile():
                        await _take(tape, info.name, tar.extractfile(info), running)
                        progress.step((info.offset_data + info.size >> 20) - read)
                        read = info.offset_data + info.size >> 20
            progress.end()
            _check_whole(tape)
            await _make_tables(tape.manifest)
            await _write_rows(tape, says)
            for name, place in tape.waiting.items():
                await running.storage.put(name, _read(place))
        except BaseException:
            for name in tape.created:
                await running.storage.delete(name)
            raise
    return tape


def _mib(file: Path) -> int:
    return file.stat().st_size >> 20


async def _refuse_if_not_empty(settings: Settings) -> None:
    """Let a database be empty that a start has made: what is in it before anybody came goes (`_write_rows`), if nothing runs on it."""
    found = {table.name: table for table in await tables.tables()}
    if "actor" not in found:
        return
    if await tables.empty_of_rows([found["actor"]]):
        raise NotEmpty
    await refuse_if_running(settings)


async def _take(tape: Tape, name: str, content: IO[bytes] | None, running: Site) -> None:
    if content is None:
        return
    if name in (MANIFEST, SUMS):
        text = content.read()
        tape.seen[name] = hashlib.sha256(text).hexdigest()
        if name == MANIFEST:
            tape.manifest = _checked(json.loads(text), running)
            await _look_at_schema(tape.manifest)
        else:
            tape.sums = json.loads(text)
    elif name.startswith(ROWS):
        place = tape.folder / Path(name).name
        counted = hashlib.sha256()
        with place.open("wb") as file:
            while piece := content.read(PIECE):
                counted.update(piece)
                file.write(piece)
        tape.seen[name] = counted.hexdigest()
    elif name.startswith(FILES):
        key = name.removeprefix(FILES)
        if ".." in Path(key).parts or Path(key).is_absolute():
            raise ValueError(f"the name {key!r} leads outside")
        counted = hashlib.sha256()
        if await running.storage.exists(key):
            await _compare_file(tape, key, content, counted, running)
        else:
            tape.created.append(key)
            await running.storage.put(key, _pieces(content, counted))
        tape.seen[name] = counted.hexdigest()


async def _compare_file(tape: Tape, key: str, content: IO[bytes], counted: Any, running: Site) -> None:
    """Let a file that is here already be, and keep what is another one in the backup until that is known to be whole."""
    same = 0
    async for here in running.storage.open(key):
        piece = content.read(len(here))
        counted.update(piece)
        if piece != here:
            break
        same += len(piece)
    else:
        piece = content.read(PIECE)
        counted.update(piece)
        if not piece:
            return
    place = tape.folder / f"waiting-{len(tape.waiting)}"
    tape.waiting[key] = place
    with place.open("wb") as file:
        if same:
            async for here in running.storage.open(key, 0, same):
                file.write(here)
        file.write(piece)
        async for later in _pieces(content, counted):
            file.write(later)


async def _read(place: Path) -> AsyncIterator[bytes]:
    with place.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


async def _pieces(content: IO[bytes], counted: Any) -> AsyncIterator[bytes]:
    while piece := content.read(PIECE):
        counted.update(piece)
        yield piece


def _checked(manifest: dict[str, Any], running: Site) -> dict[str, Any]:
    """Read what the file says of itself; the addresses of an instance are for ever, so its URL must be the same."""
    if manifest["format"] not in (1, FORMAT):
        raise ValueError(f"it has format {manifest['format']}, this version reads format {FORMAT}")
    if manifest["url"] != running.settings.origin:
        raise ValueError(
            f'it belongs to {manifest["url"]}, and url is {running.settings.origin}: write url = "{manifest["url"]}"'
        )
    unknown = [name for name in manifest.get("steps", ()) if name not in known_steps()]
    if unknown:
        raise ValueError(f"a newer fedcop ({manifest['fedcop']}) wrote it: install that one first")
    return manifest


def _check_whole(tape: Tape) -> None:
    if not tape.manifest:
        raise KeyError(MANIFEST)
    for name in tape.rows:
        if f"{ROWS}{name}.jsonl" not in tape.seen:
            raise KeyError(f"{ROWS}{name}.jsonl")
    if tape.manifest["format"] == 1:
        return
    if not tape.sums:
        raise KeyError(SUMS)
    for name, expected in tape.sums.items():
        if name not in tape.seen:
            raise KeyError(name)
        if tape.seen[name] != expected:
            raise ValueError(f"{name} is not what was written: the file was changed or its disk fails")


async def _make_tables(manifest: dict[str, Any]) -> None:
    """Let the schema be the one that the backup was written with; format 1 does not say, and was of the present one."""
    if not await applied_steps():
        await run_migrations(up_to=_steps(manifest)[-1])


def _steps(manifest: Mapping[str, Any]) -> list[str]:
    return manifest.get("steps") or known_steps()


async def _look_at_schema(manifest: Mapping[str, Any]) -> None:
    """Refuse a database of another version as soon as the file says of which it is: the rest of it may take long to read."""
    there = await applied_steps()
    if there and there != _steps(manifest):
        raise ValueError(
            "the database here was made by another version than the backup: name a new one, or use --replace"
        )


@atomic
async def _write_rows(tape: Tape, says: Says) -> None:
    found = {table.name: table for table in await tables.tables()}
    for table in reversed(found.values()):
        await execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - a table of ours
    progress = says("rows", sum(tape.rows.values()))
    for name in [name for name in found if name in tape.rows]:
        told, count = Sum(), 0
        with (tape.folder / f"{name}.jsonl").open("rb") as lines:
            batch: list[tables.Line] = []
            for text in lines:
                line = from_text(found[name], text, tape.manifest["format"])
                count += 1
                if found[name].hangs_on(line, LEFT_OUT):  # format 1 had such rows, which nothing can hold
                    continue
                batch.append(line)
                if len(batch) == tables.AT_ONCE:
                    await _write(found[name], batch, told)
                    progress.step(len(batch))
                    batch = []
            await _write(found[name], batch, told)
            progress.step(len(batch))
        if count != tape.rows[name]:
            raise ValueError(f"{name} has {count} rows and should have {tape.rows[name]}")
        await _compare(found[name], told, tape.manifest["format"])
    unknown = sorted(tape.rows.keys() - found.keys())
    if unknown:
        raise ValueError(f"there is no table {unknown[0]} here")
    await tables.number_on()
    progress.end()


async def _write(table: Table, batch: list[tables.Line], told: Sum) -> None:
    for line in batch:
        told.add(line)
    await tables.write(table, batch)


async def _compare(table: Table, told: Sum, format: int) -> None:
    """Read back what was written."""
    if format == 1:  # without columns that came later, and JSON in another form
        return
    here = Sum()
    async for batch in tables.read(table):
        for line in batch:
            here.add(line)
    if here != told:
        raise ValueError(f"{table.name} reads otherwise than it was written")


def in_words(error: BaseException) -> str:
    """Say in a few words why a file cannot be read as a backup; the libraries' own words fill many lines."""
    if isinstance(error, (tarfile.TarError, EOFError, zlib.error)):
        return "it is no tar file, or it was cut short"
    if isinstance(error, KeyError):
        return f"a part is missing ({error.args[0]!s:.100})" if error.args else "a part is missing"
    if isinstance(error, Unavailable) and str(error) == FULL:  # of files and of SQLite alike
        return "there is not enough room on the disk"
    if isinstance(error, Unavailable) or (
        isinstance(error, ValueError) and not isinstance(error, (json.JSONDecodeError, UnicodeError))
    ):
        return " ".join(str(error).split())[:300].rstrip(".")
    return "what it holds cannot be read"

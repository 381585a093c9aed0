"""Where files lie: the promises that every storage keeps, and the local disk. Which file belongs to whom is media/'s business."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO, ParamSpec, Protocol, TypeVar

from fedcop.core.errors import NotFound, Unavailable
from fedcop.core.i18n import N_
from fedcop.core.transactions import refuse_in_transaction

P = ParamSpec("P")
T = TypeVar("T")

CHUNK = 256 << 10
TEMPORARY = "tmp"  # in the data folder: files that are being looked at, of a process that lives
FULL = N_("The disk is full. Nothing was lost; please tell the people who run this server.")
BROKEN = N_("The disk cannot be written to. Please tell the people who run this server.")


class Storage(Protocol):
    """Files by key. A key is relative, with `/` between its parts."""

    async def put(self, key: str, source: bytes | AsyncIterator[bytes]) -> None:
        """Store a file: whole or not at all, whatever happens meanwhile."""
        ...

    def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Read a file, or a part of it, in pieces. Raises NotFound."""
        ...

    async def size(self, key: str) -> int:
        """Count its bytes. Raises NotFound."""
        ...

    def path(self, key: str) -> Path | None:
        """Where it lies on this machine's disk, if it does."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a file; it need not be there."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether it is there."""
        ...

    async def trouble(self) -> str:
        """Say to who hosts, in words, why nothing can be kept there; "" if it can."""
        ...


class DiskStorage:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, key: str, source: bytes | AsyncIterator[bytes]) -> None:
        """Write beside, flush to the disk, then rename: a reader sees the old file or the new one, never half of one."""
        refuse_in_transaction()
        target = self._at(key)
        partial = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
        try:
            file = await _on_disk(_create, partial)
            try:
                if isinstance(source, bytes):
                    await _on_disk(file.write, source)
                else:
                    async for piece in source:
                        await _on_disk(file.write, piece)
                await _on_disk(_seal, file, partial, target)
            finally:
                file.close()
        finally:
            partial.unlink(missing_ok=True)

    async def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Read in pieces."""
        try:
            file = await asyncio.to_thread(self._at(key).open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound() from None
        try:
            file.seek(start)
            left = length
            while left is None or left > 0:
                piece = await asyncio.to_thread(file.read, CHUNK if left is None else min(CHUNK, left))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                yield piece
        finally:
            file.close()

    async def size(self, key: str) -> int:
        """Count its bytes."""
        try:
            return (await asyncio.to_thread(self._at(key).stat)).st_size
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound() from None

    def path(self, key: str) -> Path | None:
        """Where it lies."""
        return self._at(key)

    async def delete(self, key: str) -> None:
        """Forget a file."""
        refuse_in_transaction()
        await _on_disk(self._at(key).unlink, True)

    async def exists(self, key: str) -> bool:
        """Whether it is there."""
        return await asyncio.to_thread(self._at(key).is_file)

    async def trouble(self) -> str:
        """Nothing: the doctor looks at disk and permissions itself."""
        return ""

    def _at(self, key: str) -> Path:
        return self.folder.joinpath(*check_key(key))


def check_key(key: str) -> list[str]:
    """Give the parts of a key; raise ValueError if it is none."""
    parts = key.split("/")
    if "\\" in key or "\x00" in key or any(part in ("", ".", "..") or part.startswith(".") for part in parts):
        raise ValueError(f"not a key of a file: {key!r}")
    return parts


async def _on_disk(function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Do something in a thread; what the disk refuses is said in words."""
    try:
        return await asyncio.to_thread(function, *args, **options)
    except OSError as error:
        raise refused_by_disk(error) from error


def sweep(data: Path, before: float) -> None:
    """Remove what a process that was killed had begun to write and never finished, if it is older than `before`."""
    left = [*(data / TEMPORARY).glob("*"), *(data / "files").rglob(".*.part")]
    for path in left:
        with suppress(OSError):
            if path.stat().st_mtime < before:
                rmtree(path) if path.is_dir() else path.unlink()


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _seal(file: BinaryIO, partial: Path, target: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    partial.replace(target)
    flush_folder(target.parent)


def flush_folder(path: Path) -> None:
    """Let the names in a folder outlast a power cut, as they were just changed. Blocks."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def refused_by_disk(error: OSError) -> Unavailable:
    """Say in words why the disk did not take something."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(FULL, code="disk-full")
    return Unavailable(BROKEN, code="disk-broken")

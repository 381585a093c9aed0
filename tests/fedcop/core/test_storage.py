"""Files are whole or not there, whatever happens; a full disk is said in words."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fedcop.core import storage as module
from fedcop.core.database import atomic, execute
from fedcop.core.errors import NotFound, Unavailable
from fedcop.core.i18n import N_
from fedcop.core.models import InstanceSetting
from fedcop.core.site import Site
from fedcop.core.storage import DiskStorage


@pytest.fixture
def storage(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files")


async def pieces(*parts: bytes, fail: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if fail:
        raise ConnectionResetError("the sender went away")


async def read(storage: DiskStorage, key: str, **options: Any) -> bytes:
    return b"".join([piece async for piece in storage.open(key, **options)])


def files(storage: DiskStorage) -> list[str]:
    return sorted(str(path.relative_to(storage.folder)) for path in storage.folder.rglob("*") if path.is_file())


async def test_put_read_forget(storage: DiskStorage) -> None:
    await storage.put("ab/cd.webp", b"one")
    await storage.put("ab/stream.bin", pieces(b"two", b"", b"three"))
    assert await read(storage, "ab/cd.webp") == b"one"
    assert await read(storage, "ab/stream.bin") == b"twothree"
    assert await read(storage, "ab/stream.bin", start=2, length=4) == b"othr"
    assert await storage.size("ab/stream.bin") == 8
    assert await storage.exists("ab/cd.webp") and storage.path("ab/cd.webp") == storage.folder / "ab" / "cd.webp"
    await storage.delete("ab/cd.webp")
    await storage.delete("ab/cd.webp")
    assert not await storage.exists("ab/cd.webp")


async def test_what_is_not_there(storage: DiskStorage) -> None:
    with pytest.raises(NotFound):
        await storage.size("x/y")
    with pytest.raises(NotFound):
        await read(storage, "x/y")
    await storage.put("x/y", b"1")
    with pytest.raises(NotFound):
        await read(storage, "x")
    with pytest.raises(NotFound):
        await read(storage, "x/y/z")


@pytest.mark.parametrize(
    "key", ["../x", "a/../../x", "/etc/passwd", "a//b", "", "a/", ".hidden", "a/.part", "a\\b", "a\x00b", "."]
)
async def test_a_key_cannot_leave_the_folder(storage: DiskStorage, key: str) -> None:  # G07
    for attempt in (storage.put(key, b"x"), storage.size(key), storage.delete(key), read(storage, key)):
        with pytest.raises(ValueError, match="not a key"):
            await attempt


async def test_a_file_that_breaks_off_leaves_nothing(storage: DiskStorage) -> None:
    await storage.put("a/kept", b"old")
    with pytest.raises(ConnectionResetError):
        await storage.put("a/new", pieces(b"half", fail=True))
    with pytest.raises(ConnectionResetError):
        await storage.put("a/kept", pieces(b"half", fail=True))
    assert await read(storage, "a/kept") == b"old"
    assert files(storage) == ["a/kept"]


async def test_a_cancelled_upload_leaves_nothing(storage: DiskStorage) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0.01)

    task = asyncio.ensure_future(storage.put("a/b", endless()))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert files(storage) == []


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk-full"), (errno.EDQUOT, "disk-full"), (errno.EIO, "disk-broken")]
)
async def test_a_full_disk_is_said_and_leaves_nothing(
    storage: DiskStorage, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def fail(*args: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(module, "_seal", fail)
    with pytest.raises(Unavailable) as error:
        await storage.put("a/b", b"x")
    assert error.value.code == code and error.value.for_people()
    assert files(storage) == []


async def test_a_really_full_disk(tmp_path: Path) -> None:
    """/dev/full behaves as a disk without space does."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(OSError, match="No space left") as error, full.open("wb") as file:
        file.write(b"x" * 100_000)
    assert module.refused_by_disk(error.value).code == "disk-full"


async def test_no_file_is_written_inside_a_transaction(site: Site) -> None:
    @atomic
    async def careless() -> None:
        await site.storage.put("a/b", b"x")

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await careless()


async def test_a_full_database_is_said_and_loses_nothing(site: Site) -> None:
    if site.settings.database.startswith("postgres"):
        pytest.skip("SQLite's own limit stands for the disk here")

    @atomic
    async def write(n: int) -> None:
        await InstanceSetting.create(key=f"big {n}", value=["x" * 100_000])

    await write(0)
    used = 200  # pages of 4 kB: there is room for some rows and not for all
    client = site.tortoise.connections.get("default")
    pages = (await client.execute_query("PRAGMA page_count"))[1][0]["page_count"]
    await client._write(lambda raw: raw.execute(f"PRAGMA max_page_count = {pages + used}").close())
    with pytest.raises(Unavailable) as error:
        for n in range(1, 30):
            await write(n)
    assert error.value.code == "database-sqlite_full"
    assert error.value.text == N_("The disk is full. Nothing was lost; please tell the people who run this server.")
    there = await InstanceSetting.filter(key__startswith="big").count()
    assert 1 <= there < 29
    await client._write(lambda raw: raw.execute("PRAGMA max_page_count = 1073741823").close())
    await write(99)
    assert await InstanceSetting.filter(key__startswith="big").count() == there + 1
    assert await execute("DELETE FROM instance_setting WHERE key = 'big 0'") == 1


def test_what_a_killed_process_left_half_done_is_swept(tmp_path: Path) -> None:
    media = tmp_path / "files" / "media" / "aa"
    folder = tmp_path / "tmp" / "tmpabc"
    for made in (media, folder):
        made.mkdir(parents=True)
    left = [tmp_path / "tmp" / "upload-x", folder / "upload", media / ".12.0f0f.part"]
    for path in (*left, media / "12"):
        path.write_bytes(b"x")
    module.sweep(tmp_path, time.time() - 60)
    assert all(path.exists() for path in left), "somebody may still be writing"
    module.sweep(tmp_path, time.time() + 60)
    assert not any(path.exists() for path in left) and list((tmp_path / "tmp").iterdir()) == []
    assert (media / "12").exists()
    module.sweep(tmp_path / "nothing", time.time())

"""The promises of a storage, held by an S3-compatible server."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from fedcop.core.database import atomic
from fedcop.core.errors import NotFound, Unavailable
from fedcop.core.s3_storage import PART, S3Storage
from fedcop.core.site import Site
from tests.e2e.instances import free_port
from tests.rig.s3 import place_of, s3, s3_server  # noqa: F401 - fixtures


@pytest.fixture
def storage(s3: str) -> S3Storage:  # noqa: F811
    return S3Storage(s3)


async def pieces(*parts: bytes, fail: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if fail:
        raise ConnectionResetError("the sender went away")


async def read(storage: S3Storage, key: str, **options: Any) -> bytes:
    return b"".join([piece async for piece in storage.open(key, **options)])


async def test_put_read_forget(storage: S3Storage) -> None:
    await storage.put("ab/cd.webp", b"one")
    await storage.put("ab/stream.bin", pieces(b"two", b"", b"three"))
    await storage.put("ab/empty", b"")
    assert await read(storage, "ab/cd.webp") == b"one"
    assert await read(storage, "ab/stream.bin") == b"twothree"
    assert await read(storage, "ab/stream.bin", start=2, length=4) == b"othr"
    assert await read(storage, "ab/stream.bin", start=2, length=400) == b"othree"
    assert await read(storage, "ab/stream.bin", start=8) == await read(storage, "ab/empty") == b""
    assert await storage.size("ab/stream.bin") == 8
    assert await storage.exists("ab/cd.webp") and storage.path("ab/cd.webp") is None
    await storage.put("ab/cd.webp", b"other")
    assert await read(storage, "ab/cd.webp") == b"other"
    await storage.delete("ab/cd.webp")
    await storage.delete("ab/cd.webp")
    assert not await storage.exists("ab/cd.webp")


async def test_a_long_file_goes_in_parts(storage: S3Storage) -> None:
    part = bytes(range(256)) * 4096
    await storage.put("films/long", pieces(*[part] * 20))
    assert await storage.size("films/long") == 20 * len(part) > 2 * PART
    assert await read(storage, "films/long", start=len(part) * 9 + 5, length=len(part)) == part[5:] + part[:5]


async def test_what_is_not_there(storage: S3Storage) -> None:
    with pytest.raises(NotFound):
        await storage.size("x/y")
    with pytest.raises(NotFound):
        await read(storage, "x/y")
    assert not await storage.exists("x")


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "a//b", "", ".hidden", "a\\b", "a\x00b"])
async def test_a_key_cannot_leave_the_folder(storage: S3Storage, key: str) -> None:  # G07
    for attempt in (storage.put(key, b"x"), storage.size(key), storage.delete(key), read(storage, key)):
        with pytest.raises(ValueError, match="not a key"):
            await attempt


@pytest.mark.parametrize("size", [10, PART])
async def test_a_file_that_breaks_off_leaves_what_was_there(storage: S3Storage, size: int) -> None:
    await storage.put("a/kept", b"old")
    for key in ("a/kept", "a/new"):
        with pytest.raises(ConnectionResetError):
            await storage.put(key, pieces(*[b"x" * size] * 2, fail=True))
    assert await read(storage, "a/kept") == b"old"
    assert not await storage.exists("a/new")


async def test_a_cancelled_upload_leaves_nothing(storage: S3Storage) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0.01)

    task = asyncio.ensure_future(storage.put("a/b", endless()))
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not await storage.exists("a/b")


async def test_a_storage_that_is_away_is_said_in_words() -> None:
    away = S3Storage(f"s3+http://key:secret@127.0.0.1:{free_port()}/bucket")
    for attempt in (away.put("a/b", b"x"), away.size("a/b"), away.delete("a/b"), away.exists("a/b")):
        with pytest.raises(Unavailable) as error:
            await attempt
        assert error.value.code == "storage-away" and "secret" not in f"{error.value} {error.value.__cause__}"


async def test_no_file_is_written_inside_a_transaction(site: Site, storage: S3Storage) -> None:
    @atomic
    async def careless() -> None:
        await storage.put("a/b", b"x")

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await careless()


async def test_the_bucket_has_one_folder_of_ours(storage: S3Storage, s3: str) -> None:  # noqa: F811
    """Keys lie below the folder that the setting names, so that a bucket may hold more than one instance."""
    await storage.put("media/1", b"x")
    bucket = s3.rpartition("@")[2].split("/")[1]
    with urllib.request.urlopen(f"http://{place_of(s3)}/{bucket}", timeout=10) as answer:  # noqa: ASYNC210
        assert "<Key>coop/media/1</Key>" in answer.read().decode()


async def test_who_hosts_is_told_why_it_cannot_be_used(storage: S3Storage, s3: str) -> None:  # noqa: F811
    assert await storage.trouble() == ""
    bucket = urlsplit(s3).path.strip("/").partition("/")[0]
    none = S3Storage(s3.replace(f"/{bucket}", "/none-of-ours"))
    assert await none.trouble() == f"there is no bucket none-of-ours at {urlsplit(s3).netloc.rpartition('@')[2]}"
    with pytest.raises(Unavailable, match="does not answer"):
        await none.put("media/00/1", b"abc")
    away = S3Storage("s3+http://key:a-long-secret@127.0.0.1:1/bucket")
    said = await away.trouble()
    assert "127.0.0.1:1 does not answer" in said and "a-long-secret" not in said

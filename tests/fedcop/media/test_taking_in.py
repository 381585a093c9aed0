"""Uploads, the honest and the hostile: what is taken, what is refused, what is left behind."""

from __future__ import annotations

import errno
import io
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid, NotFound, Unavailable
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from fedcop.discussions.service import FoundFile
from fedcop.media import copies, kinds, looks, previews, service
from fedcop.media.models import Media
from fedcop.media.stripping import BARE
from tests.rig.clock import StandingClock
from tests.rig.films import film, needs_ffmpeg
from tests.rig.people import make_member
from tests.rig.samples import pdf, picture

pytestmark = pytest.mark.usefixtures("easel")


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


async def take(owner: Actor, name: str, content: bytes) -> Media:
    return await service.accept(owner, name, pieces(content))


async def stored(site: Site, key: str) -> bytes:
    return b"".join([piece async for piece in site.storage.open(key)])


def left_in(site: Site) -> list[Path]:
    return [path for path in (site.settings.data / "tmp").rglob("*")]


@pytest.fixture
async def lea(site: Site) -> Actor:
    return (await make_member("lea")).actor


async def test_a_pdf_is_kept_byte_for_byte_and_its_first_page_drawn(site: Site, lea: Actor) -> None:
    media = await take(lea, "Fiche été.pdf", pdf())
    assert (media.media_type, media.pages, media.file_name, media.audience) == (
        "application/pdf",
        1,
        "Fiche été.pdf",
        "me",
    )
    assert await stored(site, media.key) == pdf()
    with Image.open(io.BytesIO(await stored(site, media.preview_key))) as drawn:
        assert drawn.format == "WEBP" and max(drawn.size) <= previews.LARGEST
    assert left_in(site) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_the_place_where_it_was_taken_is_removed(site: Site, lea: Actor, kind: str) -> None:
    content = picture(kind, place=True)
    assert b"Camera 3000" in content
    media = await take(lea, f"photo.{kind.lower()}", content)
    for key in (media.key, media.preview_key):
        kept = await stored(site, key)
        assert b"Camera 3000" not in kept and b"Exif" not in kept and b"eXIf" not in kept
        with Image.open(io.BytesIO(kept)) as image:
            assert not image.getexif().get_ifd(0x8825)
    assert media.media_type == f"image/{kind.lower()}" and media.size == len(await stored(site, media.key))


def moving(kind: str) -> bytes:
    """Two pictures in one file, which says where it was taken."""
    first = Image.open(io.BytesIO(picture("JPEG", place=True)))
    target = io.BytesIO()
    more = {"exif": first.getexif()} if kind != "GIF" else {"comment": b"Camera 3000", "loop": 0}
    first.save(target, kind, save_all=True, append_images=[Image.new("RGB", first.size, "blue")], **more)
    content = target.getvalue()
    if (
        kind == "GIF"
    ):  # as programs write it: the words as they are, then a row of bytes that ends any reading of blocks
        words = b"\x21\xff\x0bXMP DataXMP" + b"<x>Camera 3000</x>" + b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
        content = content[:-1] + words + b";"
    return content


@pytest.mark.parametrize("kind", ["MPO", "WEBP", "PNG", "GIF"])
async def test_the_place_is_removed_where_two_pictures_are_in_one(site: Site, lea: Actor, kind: str) -> None:  # G22
    """Many phones hang a second picture on each photograph."""
    content = moving(kind)
    assert b"Camera 3000" in content
    media = await take(lea, "photo.jpg", content)
    kept = await stored(site, media.key)
    assert b"Camera 3000" not in kept and b"Exif" not in kept and b"eXIf" not in kept
    with Image.open(io.BytesIO(kept)) as image, Image.open(io.BytesIO(content)) as before:
        assert not image.getexif().get_ifd(0x8825)
        assert getattr(image, "n_frames", 1) == (1 if kind == "MPO" else 2)
        for frame in range(getattr(image, "n_frames", 1) if kind != "MPO" else 0):
            image.seek(frame)
            before.seek(frame)
            assert image.convert("RGB").tobytes() == before.convert("RGB").tobytes()
        if kind == "GIF":
            assert image.info["loop"] == 0
    assert media.media_type == ("image/jpeg" if kind == "MPO" else f"image/{kind.lower()}")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_of_half_a_picture_what_is_there_is_left(kind: str) -> None:
    content = moving(kind)
    for length in range(0, len(content), 7):
        assert len(BARE[kind](content[:length])) <= max(length, 12)


async def test_a_photograph_lying_on_its_side_is_turned(site: Site, lea: Actor) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    target = io.BytesIO()
    Image.new("RGB", (60, 20)).save(target, "JPEG", exif=exif)
    media = await take(lea, "photo.jpg", target.getvalue())
    assert (media.width, media.height) == (20, 60)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that unfolds to gigabytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content",
    [
        bomb(100_000, 100_000),
        bomb(12_000, 12_000),
        picture("PNG")[:60],
        b"\xff\xd8\xff" + b"\0" * 500,
        b"GIF89a" + b"\xff" * 50,
    ],
    ids=["bomb", "large", "cut off", "not a jpeg", "not a gif"],
)
async def test_a_picture_that_cannot_be_drawn_is_refused(site: Site, lea: Actor, content: bytes) -> None:  # F11
    with pytest.raises(Invalid) as refused:
        await take(lea, "x.png", content)
    assert "file" in refused.value.errors
    assert await Media.all().count() == 0 and left_in(site) == []


async def test_a_broken_pdf_is_a_download_without_preview(site: Site, lea: Actor) -> None:  # F13
    for content in (b"%PDF-1.7\n", b"%PDF-1.4\n" + b"\xff" * 5000, pdf()[:200]):
        media = await take(lea, "fiche.pdf", content)
        assert media.media_type == "application/pdf" and not media.preview_key
        assert await stored(site, media.key) == content


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("photo.png", b"<html><script>", kinds.UNKNOWN),
        ("page.html", b"<!doctype html>", kinds.UNKNOWN),
        ("logo.svg", b"<svg onload=alert(1)>", kinds.UNKNOWN),
        ("feed.xml", b"<?xml version='1.0'?>", kinds.UNKNOWN),
        ("act.js", b"alert(1)", kinds.UNKNOWN),
        ("table.csv", b"a,b\n1,2\n", "text/csv"),
        ("table.csv", b"a\x00b", kinds.UNKNOWN),
        ("letter.odt", b"PK\x03\x04mimetype", "application/vnd.oasis.opendocument.text"),
        ("letter.html", b"PK\x03\x04", "application/zip"),
        ("a.pdf.exe", b"MZ\x90", kinds.UNKNOWN),
    ],
)
async def test_the_first_bytes_say_what_it_is(lea: Actor, name: str, content: bytes, told: str) -> None:  # F11, G06
    media = await take(lea, name, content)
    assert media.media_type == told
    assert not kinds.may_be_inline(media.media_type)


async def test_a_polyglot_loses_its_second_face(site: Site, lea: Actor) -> None:  # F11
    content = picture("JPEG") + b"<script>alert(1)</script>%PDF-1.4 PK\x03\x04"
    media = await take(lea, "both.html", content)
    assert media.media_type == "image/jpeg"
    assert b"<script>" not in await stored(site, media.key)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.pdf", "x.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("..", "file.pdf"),
        ("", "file.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie b.pdf"),
        ("x" * 500 + ".pdf", ("x" * 500 + ".pdf")[-120:]),
    ],
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:  # G07, J24
    assert kinds.safe_name(name, "application/pdf") == kept


async def test_empty_and_too_large_files_are_refused(site: Site, lea: Actor) -> None:
    with pytest.raises(Invalid):
        await take(lea, "a.txt", b"")
    object.__setattr__(site.settings, "max_upload", 5_000)
    with pytest.raises(Invalid) as refused:
        await take(lea, "a.txt", b"a" * 5_001)
    assert "%(limit)s" in refused.value.errors["file"]
    await take(lea, "a.txt", b"a" * 5_000)
    assert left_in(site) == []


async def test_a_full_disk_is_said_in_words_and_leaves_nothing(site: Site, lea: Actor, monkeypatch: Any) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("fedcop.core.storage._create", full)
        with pytest.raises(Unavailable) as refused:
            await take(lea, "a.txt", b"abc")
        assert refused.value.code == "disk-full"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(Unavailable) as refused:
            await take(lea, "a.txt", b"abc")
        assert refused.value.code == "disk-full"
    assert await Media.all().count() == 0 and left_in(site) == []


async def test_a_killed_or_endless_preview_costs_only_the_preview(
    lea: Actor, monkeypatch: Any, tmp_path: Path
) -> None:  # F13
    program = tmp_path / "python"
    for script in ("kill -9 $$", "echo not json", "exit 3", "exec sleep 60"):
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(previews.sys, "executable", str(program))
        monkeypatch.setattr(previews, "PATIENCE", 0.3)
        media = await take(lea, "fiche.pdf", pdf())
        assert not media.preview_key, script
        with pytest.raises(Invalid):
            await take(lea, "photo.png", picture("PNG"))


async def test_forgotten_uploads_go_after_a_long_weekend(site: Site, lea: Actor, clock: StandingClock) -> None:
    media = await take(lea, "a.txt", b"abc")
    clock.advance(timedelta(days=2).total_seconds())
    await service.drop_forgotten()
    assert await Media.filter(id=media.id).exists()
    clock.advance(timedelta(days=2).total_seconds())
    await service.drop_forgotten()
    await site.runner.settle()
    assert not await Media.filter(id=media.id).exists() and not await site.storage.exists(media.key)


async def test_only_its_owner_describes_and_discards(lea: Actor) -> None:  # I07
    noor = (await make_member("noor")).actor
    media = await take(lea, "a.png", picture("PNG"))
    for attempt in (
        service.describe(noor, media, "x"),
        service.focus(noor, media, (0, 0)),
        service.discard(noor, media),
        service.show_to_all(noor, media),
    ):
        with pytest.raises(NotFound):
            await attempt
    await service.describe(lea, media, "Un\u202e verger\x00")
    assert (await Media.get(id=media.id)).description == "Un verger"
    await service.describe(lea, media, "x", decorative=True)
    assert (await Media.get(id=media.id)).decorative and not (await Media.get(id=media.id)).description


@pytest.mark.parametrize(
    ("said", "kept"),
    [("LEHV6nWB2yk8pyo0adR*.7kCMdnj", True), ("LEHV6nWB2yk8pyo0adR*.7kCMdn", False), ("000000", True), ("00000<", False), ("~" * 900, False)],
)  # fmt: skip
def test_a_blurhash_is_whole_or_none(said: str, kept: bool) -> None:
    assert looks.blur_of(said) == (said if kept else "")


async def test_what_is_said_of_a_remote_picture_is_bounded_and_corrected(site: Site, lea: Actor) -> None:
    post = Post(id=7, author_id=lea.id)
    named = FoundFile(url="https://a.example/i.png", blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj", focus=(7.0, -0.5))
    [media] = await copies.name_remote(post, [named])
    assert (media.blurhash, media.focus) == (named.blurhash, (1.0, -0.5))
    await copies.receive_bytes(media, picture("PNG"))
    assert looks.blur_of(media.blurhash) and media.blurhash != named.blurhash  # what we saw ourselves
    await copies.name_remote(post, [replace(named, focus=None, blurhash="<")])
    again = await Media.get(id=media.id)
    assert (again.blurhash, again.focus) == (media.blurhash, None)


@needs_ffmpeg
async def test_a_film_of_others_stays_as_it_was_signed_and_is_looked_at(site: Site, lea: Actor) -> None:
    content = film("mov")
    named = FoundFile(
        url="https://a.example/f", media_type="video/*", name="Un film", duration=9.0, captions="Bonjour\u202e"
    )
    [media] = await copies.name_remote(Post(id=7, author_id=lea.id), [named])
    assert (media.is_film, media.duration, media.captions) == (True, 9.0, "Bonjour")
    await copies.receive_bytes(media, content)
    assert await stored(site, media.key) == content and media.preview_key
    assert (media.media_type, media.width, media.is_silent) == ("video/quicktime", 64, False)
    await copies.receive_bytes(media, content[:900])  # what cannot be looked at is still the file that was sent
    assert (media.state, media.size) == ("ready", 900)

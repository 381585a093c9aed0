"""Films and sounds: what is taken, what is written of it, and what a hostile one can do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid
from fedcop.core.site import Site
from fedcop.media import captions, films, kinds, service
from fedcop.media.models import Media
from fedcop.media.preparing import Wait
from tests.fedcop.media.test_taking_in import left_in, pieces, stored
from tests.rig.films import film, needs_ffmpeg, sound
from tests.rig.people import make_member
from tests.rig.samples import picture

pytestmark = pytest.mark.usefixtures("easel")
PLAYED = {"mov": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg", "wav": "audio/mp4"}


@pytest.fixture
async def lea(site: Site) -> Actor:
    return (await make_member("lea")).actor


async def take(owner: Actor, name: str, content: bytes, wait: Wait = Wait.TO_THE_END) -> Media:
    return await service.accept(owner, name, pieces(content), wait=wait)


@needs_ffmpeg
async def test_what_is_taken_is_played_everywhere_and_says_nothing_of_its_maker(site: Site, lea: Actor) -> None:
    for name, content in (
        ("verger.mov", film("mov")),
        ("verger.webm", film("webm", "libvpx")),
        ("bourdon.mp3", sound()),
        ("bourdon.wav", sound("wav")),
    ):
        media = await take(lea, name, content)
        kept = await stored(site, media.key)
        assert (media.state, media.media_type, media.size) == ("ready", PLAYED[name.rpartition(".")[2]], len(kept))
        assert kinds.may_be_inline(media.media_type) and kinds.type_of(kept[:64], "") in films.READERS
        for told in (b"Camera 3000", b"45.5017", b"x264", b"Lavf5"):
            assert told not in kept, (name, told)
        assert media.duration and 0.9 <= media.duration < 1.2 and media.bit_rate
        if media.is_film:
            assert (media.width, media.height, media.frame_rate, media.is_loop) == (64, 48, "10/1", False)
            assert media.blurhash and await stored(site, media.preview_key)
    assert [media.file_name for media in await Media.all().order_by("id")] == [
        "verger.mp4", "verger.webm", "bourdon.mp3", "bourdon.m4a",
    ]  # fmt: skip
    assert left_in(site) == []


@needs_ffmpeg
async def test_what_has_to_be_written_anew_waits_for_a_job(site: Site, lea: Actor) -> None:
    waiting, dropped = [await take(lea, "vieux.mov", film("mov", "mpeg4", sound=False), Wait.A_MOMENT) for _ in "ab"]
    assert (waiting.state, waiting.key, waiting.width) == ("waiting", "", 64)
    assert await site.storage.exists(waiting.raw_key)
    await service.describe(lea, waiting, "Le verger", captions="Bonjour")
    await service.discard(lea, dropped)
    await site.runner.settle()
    made = await Media.get(id=waiting.id)
    assert (made.state, made.media_type, made.description, made.captions) == (
        "ready",
        "video/mp4",
        "Le verger",
        "Bonjour",
    )
    assert made.is_loop and made.preview_key and made.file_name == "vieux.mp4"
    for media in (waiting, dropped):
        assert not await site.storage.exists(media.raw_key)


@needs_ffmpeg
async def test_the_broken_the_large_and_the_lying_are_refused(
    site: Site, lea: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(film("ts"))
    lists = f"ffconcat version 1.0\nfile '{secret}'\n".encode()
    for content in (b"\x00\x00\x00\x18ftypmp42" + b"\xff" * 500, film()[:800], b"OggS" + lists, b"ID3" + b"\0" * 99):
        with pytest.raises(Invalid) as refused:
            await take(lea, "x.mp4", content)
        assert refused.value.errors == {"file": films.BROKEN}
    for name, value, words in (
        ("LONGEST", 0.5, films.TOO_LONG),
        ("PIXELS", 64 * 47, films.TOO_LARGE),
        ("FRAMES", 9, films.TOO_FAST),
    ):
        with monkeypatch.context() as patched, pytest.raises(Invalid) as refused:
            patched.setattr(films, name, value)
            await take(lea, "x.mp4", film())
        assert refused.value.errors == {"file": words}
    monkeypatch.setattr(films, "PATIENCE", 0)
    with pytest.raises(Invalid):
        await take(lea, "x.mp4", film())
    assert await Media.all().count() == 0 and left_in(site) == []


@needs_ffmpeg
async def test_a_job_that_fails_says_so_and_keeps_no_bytes(
    site: Site, lea: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = await take(lea, "x.mp4", film(), Wait.NOT_AT_ALL)
    monkeypatch.setattr(films, "DECODERS", "png")
    monkeypatch.setattr(films, "QUICK", 0)
    await site.runner.settle()
    failed = await Media.get(id=media.id)
    assert (failed.state, failed.key) == ("failed", "") and failed.state_reason
    assert not await site.storage.exists(media.raw_key)


async def test_without_ffmpeg_it_is_said_at_once(lea: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "programs", lambda: None)
    with pytest.raises(Invalid) as refused:
        await take(lea, "x.mp4", b"\x00\x00\x00\x18ftypmp42")
    assert refused.value.errors == {"file": films.ABSENT}
    assert (await take(lea, "verger.png", picture("PNG"))).state == "ready"


def test_the_cage_takes_the_environment_and_sets_limits() -> None:  # F13
    code = "import os, resource as r; print(len(os.environ) < 3, *(r.getrlimit(kind)[0] for kind in (r.RLIMIT_CPU, r.RLIMIT_FSIZE)))"
    words = [sys.executable, films.CAGE, "7", "1000", sys.executable, "-c", code]
    assert subprocess.run(words, capture_output=True, check=True).stdout == b"True 7 1000\n"  # noqa: S603


def test_captions_are_read_with_their_times_and_without() -> None:
    said = captions.clean(
        "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Bonjour & bienvenue</i>\r\n\r\n2\n0:03.000 --> 0:04.000 align:start\nLà.\u202e\nIci\n"
    )
    assert captions.web_vtt(said) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nBonjour &amp; bienvenue\n\n00:00:03.000 --> 00:00:04.000\nLà.\nIci\n"
    )
    assert captions.read_aloud(said) == "Bonjour & bienvenue\nLà.\nIci"
    assert captions.web_vtt("Bonjour --> là") == "" and captions.read_aloud("Bonjour") == "Bonjour"

"""The room that the uploads of one member may take: counted, refused in words, and nothing of what is refused stays."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from fedcop.actors.models import Actor
from fedcop.cli.doctor import instance
from fedcop.core.errors import Invalid
from fedcop.core.site import Site
from fedcop.media import allowance, preparing, service
from fedcop.media.models import Media
from fedcop.media.preparing import Wait
from tests.fedcop.media.test_taking_in import stored, take
from tests.rig.films import film, needs_ffmpeg
from tests.rig.people import make_member

pytestmark = pytest.mark.usefixtures("easel")


@pytest.fixture
async def lea(site: Site) -> Actor:
    site.settings = replace(site.settings, member_files=10_000)
    return (await make_member("lea")).actor


def kept(site: Site) -> list[str]:
    return [path.name for path in (site.settings.data / "files").rglob("*") if path.is_file()]


async def refused(owner: Actor, size: int) -> str:
    with pytest.raises(Invalid) as error:
        await take(owner, "a.txt", b"a" * size)
    return error.value.errors["file"]


async def test_what_one_member_keeps_is_bounded_and_leaves_no_bytes(site: Site, lea: Actor) -> None:  # F23
    noor = (await make_member("noor")).actor
    first = await take(lea, "a.txt", b"a" * 6_000)
    before = kept(site)
    assert "that each member has here" in await refused(lea, 4_001)
    assert await Media.all().count() == 1 and kept(site) == before, "what was refused is not there"
    await take(lea, "b.txt", b"b" * 4_000)
    assert await allowance.used(lea.id) == 10_000
    await refused(lea, 1)
    await take(noor, "a.txt", b"a" * 9_000)
    await service.discard(lea, first)
    await take(lea, "c.txt", b"c" * 5_000)


async def test_no_bound_and_files_of_others_do_not_count(site: Site, lea: Actor) -> None:
    await take(lea, "a.txt", b"a" * 9_999)
    await Media.all().update(local=False)
    await take(lea, "b.txt", b"b" * 9_999)
    site.settings = replace(site.settings, member_files=0)
    await take(lea, "c.txt", b"c" * 9_999)


async def test_two_uploads_at_once_do_not_pass_together(site: Site, lea: Actor) -> None:  # F23
    took = await asyncio.gather(*(take(lea, f"{n}.txt", b"a" * 6_000) for n in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in took) == ["Invalid", "Invalid", "Invalid", "Media"]
    assert await allowance.used(lea.id) == 6_000 and len(kept(site)) == 1


async def test_who_is_full_is_told_before_anything_is_read(site: Site, lea: Actor) -> None:
    await take(lea, "a.txt", b"a" * 10_000)

    async def never() -> Any:
        raise AssertionError("read all the same")
        yield b""

    with pytest.raises(Invalid):
        await service.accept(lea, "b.txt", never())


@needs_ffmpeg
async def test_a_film_that_waits_counts_as_it_came(site: Site, lea: Actor) -> None:
    body = film()
    site.settings = replace(site.settings, member_files=len(body) + 10)
    waiting = await service.accept(lea, "film.mp4", _one(body), wait=Wait.NOT_AT_ALL)
    assert waiting.state == "waiting" and await allowance.used(lea.id) == len(body)
    await refused(lea, 11)
    with pytest.raises(Invalid):
        await service.accept(lea, "film.mp4", _one(body), wait=Wait.NOT_AT_ALL)
    assert len(kept(site)) == 1 and await stored(site, waiting.raw_key) == body
    await preparing.prepare(waiting.id)
    assert await allowance.used(lea.id) == (await Media.get(id=waiting.id)).size


async def _one(body: bytes) -> Any:
    yield body


async def test_the_doctor_names_who_has_no_room_left(site: Site, lea: Actor) -> None:
    await take(lea, "a.txt", b"a" * 8_000)
    assert await instance.members_files(site) == []
    await take(lea, "b.txt", b"a" * 1_900)
    (found,) = await instance.members_files(site)
    assert found.state == "note" and found.says == "1 members have nearly used up their room for files (lea)."

"""Files in forms that are strange, too large, broken off, or met by a full disk: a sentence at the field, nothing left behind."""

from __future__ import annotations

import asyncio
import errno
import logging
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestServer

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from fedcop.media.models import Media
from tests.rig.samples import pdf
from tests.web.conftest import SignIn
from web.shared import uploads

NEW = "/c/fruitiers/new"


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    browser = await sign_in("lea")
    browser.community = await communities.found(browser.actor, title="Fruitiers", name="fruitiers", purpose="Pousser")
    return browser


@pytest.fixture
def small(site: Site) -> Site:
    """An instance that takes files of 1 MiB at most."""
    object.__setattr__(site.settings, "max_upload", 1 << 20)
    return site


def left(site: Site) -> list[Path]:
    return list((site.settings.data / "tmp").glob("*"))


async def send(lea: Any, *files: tuple[str, bytes]) -> Any:
    await lea.get(NEW)
    hidden = {name: lea.page.root.all("input", name=name)[-1]["value"] for name in ("csrf", "once")}
    data = FormData({**hidden, "kind": "idea", "title": "Ne me perdez pas", "source": "Longtemps réfléchi."})
    for name, body in files:
        data.add_field("files", BytesIO(body), filename=name)
    return await lea._ask("POST", NEW, data, {})


async def test_a_file_that_is_too_large_costs_nothing_that_was_typed(lea: Any, small: Site) -> None:
    page = await send(lea, ("fiche.pdf", pdf()), ("film.mp4", b"x" * (3 << 20)))
    assert page.status == 422 and "film.mp4 : Ce fichier dépasse 1 Mo." in page.problems[0].replace("\xa0", " ")
    assert page.value("Titre") == "Ne me perdez pas" and page.value("source") == "Longtemps réfléchi."
    assert (await Media.get()).file_name == "fiche.pdf" and left(small) == []


async def test_who_has_no_room_left_loses_nothing_that_was_typed(lea: Any, site: Site) -> None:
    object.__setattr__(site.settings, "member_files", 1 << 20)
    page = await send(lea, ("fiche.pdf", pdf()), ("film.bin", b"x" * (1 << 20)))
    said = page.problems[0].replace("\xa0", " ").replace("\u202f", " ")
    assert (
        page.status == 422 and "film.bin : Avec ceci, vos fichiers dépasseraient les 1 Mo que chaque membre a" in said
    )
    assert page.value("Titre") == "Ne me perdez pas" and page.value("source") == "Longtemps réfléchi."
    assert (await Media.get()).file_name == "fiche.pdf" and left(site) == []
    said = (await lea.get("/settings/data")).main.text.replace("\xa0", " ").replace("\u202f", " ")
    assert "Vos fichiers prennent" in said and "il y a de la place pour 1" in said
    object.__setattr__(site.settings, "member_files", 0)
    assert "de la place" not in (await lea.get("/settings/data")).main.text
    assert (await send(lea, ("film.bin", b"x" * (1 << 20)))).status == 200


async def test_files_that_are_too_much_together_are_named(lea: Any, small: Site) -> None:
    page = await send(lea, ("un.bin", b"x" * 1_000_000), ("deux.bin", b"x" * 1_000_000))
    assert page.status == 422 and "deux.bin : Avec les autres fichiers" in page.problems[0].replace("\xa0", " ")
    assert page.value("Titre") == "Ne me perdez pas"


async def test_what_is_far_too_large_is_not_read_to_the_end(lea: Any, small: Site) -> None:
    assert (await send(lea, ("film.mp4", b"x" * (16 << 20)))).status == 413
    assert left(small) == []


@pytest.mark.parametrize("name", [b"a\nb\r.txt", b"a\x00b.txt"])
async def test_a_part_with_a_broken_header_is_a_bad_request(
    lea: Any, site: Site, caplog: pytest.LogCaptureFixture, name: bytes
) -> None:
    caplog.set_level(logging.ERROR)
    body = b'--X\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\nx\r\n--X--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=X", "Accept": "text/html"}
    async with lea.client.post(NEW, data=body, headers=headers) as answer:
        assert answer.status == 400
    assert caplog.records == [] and left(site) == []


async def test_who_goes_away_leaves_nothing(
    lea: Any, site: Site, server: TestServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    await lea.get(NEW)
    cookies = lea.client.session.cookie_jar.filter_cookies(lea.client.make_url("/"))
    cookie = "; ".join(f"{one.key}={one.value}" for one in cookies.values())
    head = (
        f"POST {NEW} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: 900000\r\n"
        "Content-Type: multipart/form-data; boundary=X\r\n\r\n"
        '--X\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
    )
    _reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head.encode() + b"x" * 600_000)
    await writer.drain()
    for _ in range(100):
        await asyncio.sleep(0.02)
        if left(site):
            break
    assert len(left(site)) == 1
    writer.close()
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not left(site):
            break
    assert left(site) == [] and caplog.records == [] and await Media.all().count() == 0


async def test_a_full_disk_is_said_in_words(lea: Any, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploads, "_write", full)
    page = await send(lea, ("fiche.pdf", pdf()))
    assert page.status == 503 and "disque est plein" in page.text
    assert left(site) == [] and await Post.all().count() == 0


async def test_the_same_form_twice_keeps_its_files_once(lea: Any, site: Site) -> None:
    await lea.get(NEW)
    hidden = {name: lea.page.root.all("input", name=name)[-1]["value"] for name in ("csrf", "once")}

    async def once() -> int:
        data = FormData({**hidden, "kind": "idea", "title": "Une fois", "source": "S"})
        data.add_field("files", pdf(), filename="fiche.pdf")
        async with lea.client.post(NEW, data=data, allow_redirects=False) as answer:
            return int(answer.status)

    assert await asyncio.gather(once(), once()) == [303, 303]
    assert await Post.all().count() == 1
    assert await Media.filter(post_id=None).count() == 0 and await Media.all().count() == 1
    await site.runner.settle()
    stored = [path for path in (site.settings.data / "files").rglob("*") if path.is_file()]
    media = await Media.get()
    assert len(stored) == len([key for key in (media.key, media.preview_key) if key])


@pytest.mark.parametrize("handle", ["a b" * 30_000, "e" + "\u0301" * 500, "@" + "a" * 300 + "@x.example"])
async def test_an_address_that_is_far_too_long_is_nobodys(lea: Any, handle: str) -> None:
    for path, field in (("/c/fruitiers/invite", "handle"), ("/settings/data", "alias")):
        page = await lea.get(path)
        form = next(form for form in page.root.all("form") if form.all("input", name=field))
        sent = await lea.post(form["action"] or path, **{field: handle})
        assert sent.status == 422 and sent.problems, path

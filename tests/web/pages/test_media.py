"""Files over HTTP: who gets them, and that nothing that was uploaded ever acts."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.media import service
from fedcop.media.models import Media
from tests.rig.films import film, needs_ffmpeg
from tests.rig.samples import pdf, picture
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a public community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(browser.actor, title="Fruitiers", name="fruitiers", purpose="Cultiver")
    return browser


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def hang(lea: Any, name: str, content: bytes) -> Media:
    """Upload a file and hang it on a public post."""
    media = await service.accept(lea.actor, name, pieces(content), description="x")
    await discussions.write(lea.actor, lea.community, kind="idea", title=name, source="Voici.", media=[media.id])
    return await Media.get(id=media.id)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<!doctype html><script>alert(1)</script>"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("picture.png", b"<html><script>alert(1)</script></html>"),
        ("note.json", b'{"type":"Person","id":"https://atelier.example/u/lea"}'),
        ("note.txt", b"<script>alert(1)</script>"),
        ("page.xhtml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'),
    ],
)
async def test_what_could_act_is_a_download(lea: Any, name: str, content: bytes) -> None:  # B06, G06
    media = await hang(lea, name, content)
    async with lea.client.get(media.path) as answer:
        assert answer.status == 200 and await answer.read() == content
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_picture_is_shown_in_place_and_cached(lea: Any, browser: Any) -> None:
    media = await hang(lea, "verger.png", picture("PNG"))
    async with browser.client.get(media.path) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert "public" in answer.headers["Cache-Control"] and "Set-Cookie" not in answer.headers
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        tag = answer.headers["ETag"]
    async with browser.client.get(media.path, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304 and not await answer.read()
    async with browser.client.head(media.path) as answer:
        assert answer.status == 200 and int(answer.headers["Content-Length"]) == media.size


async def test_a_part_of_a_file(lea: Any) -> None:
    content = pdf()
    media = await hang(lea, "fiche.pdf", content)
    for asked, start, end in (
        ("bytes=0-3", 0, 4),
        ("bytes=10-", 10, len(content)),
        ("bytes=-5", len(content) - 5, len(content)),
        ("bytes=5-99999999", 5, len(content)),
    ):
        async with lea.client.get(media.path, headers={"Range": asked}) as answer:
            assert answer.status == 206 and await answer.read() == content[start:end], asked
            assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(content)}"
    for asked in ("bytes=999999-", "bytes=9-3", "bytes=-0"):
        async with lea.client.get(media.path, headers={"Range": asked}) as answer:
            assert answer.status == 416, asked
    for asked in ("bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b"):
        async with lea.client.get(media.path, headers={"Range": asked}) as answer:
            assert answer.status == 200 and await answer.read() == content
    async with lea.client.get(media.path, headers={"Range": "bytes=0-3", "If-Range": '"other"'}) as answer:
        assert answer.status == 200


@needs_ffmpeg
async def test_a_film_is_described_written_down_and_played_in_place(lea: Any, browser: Any, site: Site) -> None:
    page = await lea.get("/c/fruitiers/new")
    page.fill("Titre", "La taille").fill("Votre texte", "Voici.").attach("Ajouter des fichiers", "taille.mp4", film())
    asked = await lea.press("Publier")
    assert asked.status == 422 and "Que montre cette vidéo" in asked.text
    label = "Une image qui en tient lieu jusqu’à la lecture (taille.mp4)"
    asked.attach(label, "faux.png", b"<svg/>", "image/png")
    asked = await lea.press("Publier")
    assert any("Choisissez une image" in problem for problem in asked.problems)
    asked.attach(label, "branche.png", picture("PNG", (90, 30)), "image/png")
    asked.fill("Que montre cette vidéo? (taille.mp4)", "Une branche").fill(
        "Ce qui y est dit, mot pour mot (taille.mp4)", "0:00.000 --> 0:01.000\n<b>Voilà</b>"
    )
    published = await lea.press("Publier")
    assert not published.problems, published.problems
    await site.runner.settle()
    media = await Media.get()
    page = await browser.get(f"/p/{media.post_id}")
    played = page.root.first("video")
    async with browser.client.get(media.preview_path) as still:
        assert Image.open(io.BytesIO(await still.read())).size == (90, 30)
    assert (played["src"], played["poster"], played["preload"]) == (media.path, media.preview_path, "none")
    assert "autoplay" not in played and (played["width"], played["height"]) == ("64", "48")
    assert (
        "Voilà" in page.text and "0:01" in page.text and "media-src 'self'" in page.headers["Content-Security-Policy"]
    )
    assert "ce qui est dit dans une vidéo" in (await browser.get("/search?q=voilà")).text
    async with browser.client.get(
        media.path
    ) as alone:  # played by itself too: in a sandbox it would come without a cookie
        assert "sandbox" not in alone.headers["Content-Security-Policy"] and alone.content_type == "video/mp4"
    async with browser.client.get(page.root.first("track")["src"]) as said:
        assert (said.content_type, await said.text()) == (
            "text/vtt",
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nVoilà\n",
        )
    assert (
        await browser.get(f"/media/{(await service.accept(lea.actor, 'a.pdf', pieces(pdf()))).token}/captions/1.vtt")
    ).status == 404


async def test_the_name_is_for_people_only(lea: Any) -> None:
    media = await hang(lea, '../../etc/pa"sswd\r\nSet-Cookie: a=1 été.pdf', pdf())
    assert "/" not in media.file_name and "\r" not in media.file_name
    async with lea.client.get(media.path) as answer:
        assert answer.status == 200 and "Set-Cookie" not in answer.headers
        assert "%C3%A9t%C3%A9.pdf" in answer.headers["Content-Disposition"]
    async with lea.client.get(f"/media/{media.token}/anything.exe") as answer:
        assert answer.status == 200
    async with lea.client.get(f"/media/{media.token}") as answer:
        assert answer.status == 200


async def test_absent_and_forbidden_are_one_answer(lea: Any, browser: Any, sign_in: SignIn) -> None:
    mine = await service.accept(lea.actor, "draft.pdf", pieces(pdf()))
    noor = await sign_in("noor")
    absent = await noor.get("/media/nothing-of-that-name")
    for one in (noor, browser):
        page = await one.get(mine.path)
        assert page.status == absent.status == 404
    assert (await lea.get(mine.path)).status == 200
    assert (await lea.get(mine.preview_path)).status == 200
    for path in ("/media/actor/1/2", "/media/actor/x/2", "/media/actor/99999999999999999999/1"):
        assert (await lea.get(path)).status == 404


async def test_a_file_of_a_private_community_goes_with_the_membership(lea: Any, sign_in: SignIn) -> None:  # H07
    private = await communities.found(
        lea.actor, title="Caves", name="caves", purpose="Entre nous", visibility="private", join_policy="open"
    )
    media = await service.accept(lea.actor, "plan.pdf", pieces(pdf()))
    await discussions.write(lea.actor, private, kind="idea", title="Plan", source="Voici.", media=[media.id])
    noor = await sign_in("noor")
    assert (await noor.get(media.path)).status == 404
    membership = await communities.join(noor.actor, private)
    if membership.state == "asked":
        await communities.admit(lea.actor, membership)
    page = await noor.get(media.path)
    assert page.status == 200 and page.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in page.headers["Vary"]
    assert (await noor.get(f"/c/caves/files/{media.sha256}")).status == 200
    await communities.leave(noor.actor, private)
    assert (await noor.get(media.path)).status == 404
    assert (await noor.get(f"/c/caves/files/{media.sha256}")).status == 404


async def test_a_picture_of_oneself(lea: Any, browser: Any) -> None:
    await lea.get("/settings/profile")
    await lea.click("Changer ma photo")
    assert "initiales" in lea.page.main.text
    lea.page.attach("Une photo de vous", "moi.jpg", picture(size=(2000, 1000), place=True), "image/jpeg")
    page = await lea.press("Enregistrer")
    assert "enregistrée" in page.messages[0]
    shown = next(one["src"] for one in page.main.all("img", class_="face"))
    async with browser.client.get(shown) as answer:
        assert answer.status == 200 and answer.headers["Content-Type"] == "image/webp"
    await lea.actor.refresh_from_db()
    document = await browser.client.get(
        lea.actor.uri.partition(".example")[2], headers={"Accept": "application/activity+json"}
    )
    assert (await document.json(content_type=None))["icon"]["url"].endswith(shown)
    lea.page.attach("Une photo de vous", "faux.png", b"<svg/>", "image/png")
    page = await lea.press("Enregistrer")
    assert page.status == 422 and "Choisissez une image" in page.problems[0]
    page = await lea.press("La retirer")
    assert "initiales" in page.main.text
    assert (await lea.press("Enregistrer")).problems == ["Choisissez une photo."]
    lea.page.attach("Une photo de vous", "moi.jpg", picture(size=(1000, 1000)), "image/jpeg")  # both by one press
    lea.page.attach("Une image large", "toit.jpg", picture(size=(3000, 1000), place=True), "image/jpeg")
    page = await lea.press("Enregistrer")
    wide = next(one["src"] for one in page.main.all("img", class_="vista"))
    assert page.main.all("img", class_="face")
    assert next(one["src"] for one in (await browser.get("/u/lea")).main.all("img", class_="vista")) == wide
    document = await browser.client.get(
        lea.actor.uri.partition(".example")[2], headers={"Accept": "application/activity+json"}
    )
    assert (await document.json(content_type=None))["image"]["url"].endswith(wide)
    page = await lea.press("Retirer l’image large")
    assert not page.main.all("img", class_="vista")
    async with browser.client.get(shown) as answer:
        assert answer.status == 404


async def test_pictures_in_posts_have_their_words(lea: Any) -> None:
    await lea.get("/c/fruitiers/new")
    lea.page.choose("Idée").fill("Titre", "Verger").fill("Votre texte", "Voyez.")
    lea.page.attach("Ajouter des fichiers", "v.png", picture("PNG"), "image/png")
    assert (await lea.press("Publier")).status == 422
    lea.page.fill("Que montre cette image", 'Un "verger" <b>blanc</b>')
    page = await lea.press("Publier")
    assert 'Un "verger" <b>blanc</b>' in [one["alt"] for one in page.main.all("img")]
    assert "<b>blanc" not in page.html

"""The site as an application: its manifest, its worker, its page without network."""

from __future__ import annotations

from typing import Any

from fedcop.communities import service as communities
from fedcop.discussions import service
from tests.rig.browser import Browser
from tests.web.conftest import SignIn


async def test_the_manifest_describes_what_a_phone_installs(browser: Browser) -> None:
    async with browser.client.get("/manifest.webmanifest") as answer:
        assert answer.content_type == "application/manifest+json"
        found: dict[str, Any] = await answer.json()
    assert (found["start_url"], found["scope"], found["display"], found["lang"]) == ("/", "/", "standalone", "fr-CA")
    assert {one["sizes"] for one in found["icons"]} == {"192x192", "512x512"}
    assert {one["purpose"] for one in found["icons"]} == {"any", "maskable"}
    for one in found["icons"]:
        async with browser.client.get(one["src"]) as icon:
            assert icon.status == 200 and (await icon.read()).startswith(b"\x89PNG")
    page = await browser.get("/")
    assert page.root.first("link", rel="manifest")["href"] == "/manifest.webmanifest"


async def test_the_worker_names_files_that_exist_and_may_ask_us_only(browser: Browser) -> None:
    async with browser.client.get("/worker.js") as answer:
        assert answer.content_type == "text/javascript" and answer.headers["Cache-Control"] == "no-cache"
        assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
        text = await answer.text()
    paths = [word for word in text.split('"') if word.startswith("/static/")]
    assert len(paths) > 5
    for path in paths:
        async with browser.client.get(path) as file:
            assert file.status == 200, path


async def test_the_page_without_network_stands_alone(browser: Browser) -> None:
    page = await browser.get("/offline")
    assert page.status == 200 and page.h1 == "Il n’y a pas de réseau"


async def test_the_summary_has_texts_of_what_all_read_and_titles_of_the_rest(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    for name, visibility in (("ouverte", "public"), ("cellule", "private")):
        home = await communities.found(lea.actor, title=name, name=name, purpose="Nous", visibility=visibility)
        await service.write(lea.actor, home, kind="question", title=f"Toile {name} ?", source=f"Du lin {name}.")
    page = await lea.get("/digest")
    assert "Toile ouverte ?" in page.text and "Du lin ouverte." in page.text
    assert "Toile cellule ?" in page.text and "Du lin cellule." not in page.text
    tom = await sign_in("tom")
    assert "Toile" not in (await tom.get("/digest")).text


async def test_shortcuts_are_off_until_chosen(sign_in: SignIn) -> None:
    lea = await sign_in("lea")
    assert "data-shortcuts" not in (await lea.get("/settings/account")).html
    lea.page.choose("shortcuts")
    await lea.press("Enregistrer")
    assert "data-shortcuts" in (await lea.get("/help")).html
    await lea.get("/settings/account")
    lea.page.untick("shortcuts")
    await lea.press("Enregistrer")
    assert "data-shortcuts" not in (await lea.get("/help")).html

"""The library as Chromium draws it: barriers and sizes, for members and strangers, in both languages."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from fedcop.accounts import sessions
from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.ids import new_id, new_token
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.resources import service
from fedcop.resources.models import Resource
from fedcop.resources.service import Card
from tests.browser.rig import Look, find_faults, in_every_look, log_in, shoot, window
from tests.rig.people import make_member
from tests.rig.samples import pdf, picture

PICTURES = os.environ.get("FEDCOP_TESTS_PICTURES", "")


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def another(file: Media, name: str, **columns: Any) -> Media:
    """The same bytes as a file of its own, not drawn again."""
    twin = await Media.get(id=file.id)
    twin.update_from_dict({"id": new_id(), "token": new_token(), "file_name": name, **columns})
    await twin.save(force_create=True)
    return twin


class Shelf:
    """A library with a sheet of two versions, and the session of who deposited it."""

    token: str
    sheet: Resource


@pytest.fixture
async def shelf(here: Site) -> Shelf:
    found = Shelf()
    account = await make_member("lea", display_name="Léa Roy-Landry")
    community = await communities.found(
        account.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    found.sheet = await fill(account.actor, community)
    found.token = await sessions.open_session(account, "test", "127.0.0.1")
    return found


async def fill(lea: Actor, community: Community) -> Resource:
    """Deposit what a library may hold, copies in all their states; give the sheet that has two versions."""
    first = await media.accept(lea, "fiche-prunier.pdf", pieces(pdf("Prunier")))
    second = await another(first, "fiche-prunier-2.pdf")
    states = ("verified", "changed", "waiting", "failed")
    copies = [await another(first, f"copie-{state}.pdf") for state in states]
    photo = await media.accept(
        lea, "verger.png", pieces(picture("PNG", (900, 600))), description="Un verger sous la neige"
    )
    credits = [{"name": "A. Tremblay", "role": "text"}, {"name": "Fonds du verger", "role": "funding"}]
    card = Card(licence="CC-BY-SA-4.0", credits=credits, third_party=True, media=[first.id, photo.id])
    sheet = await service.deposit(
        lea, community, card, title="Tailler les jeunes pruniers", source="Pour *débuter*.", tags=["pruniers", "hiver"]
    )
    card = Card(licence="CC-BY-SA-4.0", credits=credits, third_party=True, media=[second.id, photo.id])
    await service.change(
        lea,
        sheet,
        card,
        title="Tailler les jeunes pruniers",
        source="Pour *débuter*.",
        note="Dates",
        tags=["hiver"],
    )
    # As copies of elsewhere stand there, in all their states.
    for number, (state, file) in enumerate(zip(states, copies, strict=True)):
        link = Card(licence="all-rights-reserved", media=[file.id])
        await service.deposit(lea, community, link, title=f"Copie {number}", language="en")
        await Media.filter(id=file.id).update(state=state, local=False, remote_url="https://ailleurs.example/x.pdf")
    await service.deposit(
        lea, community, Card(licence="CC0-1.0", link="https://pruniers.example/" + "long" * 30), title="Un lien"
    )
    await discussions.reply(lea, await Post.get(id=sheet.post_id), source="Et en mars ?")
    return sheet


@in_every_look
async def test_pages_have_no_barriers(live: str, chrome: Browser, shelf: Shelf, look: Look) -> None:
    found = []
    ids = await Resource.all().order_by("id").values_list("id", flat=True)
    paths = (
        "/resources",
        "/resources?q=zzz",
        "/c/fruitiers/resources",
        "/c/fruitiers",
        *(f"/r/{number}" for number in ids),
    )
    sheet = f"/r/{shelf.sheet.id}"
    member_paths = ("/resources", sheet, f"{sheet}/edit", "/c/fruitiers/resources/new", "/settings/picture")
    for token in ("", shelf.token):
        context = await window(chrome, look.width, look.scheme, language=look.language)
        if token:
            await log_in(context, live, token, look.language)
        page = await context.new_page()
        for path in member_paths if token else paths:
            answer = await page.goto(live + path)
            assert answer is not None and answer.status == 200, path
            if PICTURES:
                name = f"{'member' if token else 'stranger'}{path.replace('/', '-').replace('?', '-')}-{look}"
                await shoot(page, Path(PICTURES), name)
            for summary in await page.locator("main details > summary").all():
                await summary.press("Enter")  # an open menu may lie over the next one
            found += [f"{path}: {text}" for text in await find_faults(page, look)]
        await context.close()
    assert not found, "\n".join(found)


async def test_depositing_by_keyboard_without_scripts(here: Site, live: str, chrome: Browser) -> None:
    account = await make_member("lea")
    await communities.found(account.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser")
    context = await window(chrome, "phone", scripts=False)
    await log_in(context, live, await sessions.open_session(account, "test", "127.0.0.1"))
    page = await context.new_page()
    await page.goto(live + "/c/fruitiers/resources/new")
    await page.focus("#f-link")
    await page.keyboard.type("https://pruniers.example/taille")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Taille d’hiver")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await page.focus("#f-title")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Taille d’hiver")

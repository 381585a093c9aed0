"""Scheduling a text in the composer, and the page of what is scheduled: without scripts, by the reader's own clock."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import scheduling
from fedcop.discussions.models import Draft, Post
from tests.rig.clock import StandingClock
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    browser = await sign_in("lea")
    browser.community = await communities.found(browser.actor, title="Fruitiers", name="fruitiers", purpose="Pousser")
    return browser


async def write(lea: Any, on: str, at: str, button: str = "Programmer") -> Any:
    lea.page.fill("Titre", "Taille").fill("Votre texte", "Quand ?").fill("Jour", on).fill("Heure", at)
    return await lea.press(button)


async def test_a_text_is_scheduled_changed_and_published(site: Site, lea: Any, clock: StandingClock) -> None:
    await lea.get("/c/fruitiers/new")
    page = await write(lea, "31/02/2026", "25 h")
    assert page.status == 422 and page.value("Jour") == "31/02/2026" and page.value("Heure") == "25 h"
    assert "Écrivez une date comme 2026-03-01 ou 01/03/2026." in page.main.text and "14:30" in page.main.text
    page = await write(lea, "2020-03-01", "9:00")
    assert page.status == 422 and "Choisissez un moment à venir." in page.main.text
    page = await write(lea, "10/03/2026", "9 h 30")
    draft = await Draft.get()
    assert draft.due_at is not None and draft.due_at.isoformat() == "2026-03-10T13:30:00+00:00", (
        "nine thirty in Montréal"
    )
    assert (
        "le mardi 10 mars 2026 à 9 h 30" in page.main.text.replace("\u00a0", " ") and "heure de l’Est" in page.main.text
    )
    assert (await lea.get("/c/fruitiers/new")).value("Titre") == "", "the next text begins empty"

    page = await lea.get(f"/c/fruitiers/new?later={draft.id}")
    assert (page.value("Titre"), page.value("Jour"), page.value("Heure")) == ("Taille", "2026-03-10", "09:30")
    page = await lea.press("Enregistrer le brouillon")
    assert page.status == 200 and (await Draft.get(id=draft.id)).due_at == draft.due_at
    page = await write(lea, "2026-03-11", "14:30")
    assert await Draft.all().count() == 1 and "mercredi 11 mars" in page.main.text
    await lea.press("Annuler Taille")
    assert (await Draft.get()).due_at is None
    await lea.get(f"/c/fruitiers/new?later={draft.id}")
    await write(lea, "", "", "Publier")
    assert await Post.all().count() == 1 and not await Draft.exists()


async def test_publish_now_and_nobody_else_s(site: Site, lea: Any, sign_in: SignIn, clock: StandingClock) -> None:
    await lea.get("/c/fruitiers/new")
    await write(lea, "2026-03-10", "9:30")
    draft, noor = await Draft.get(), await sign_in("noor")
    for act in ("publish", "cancel"):
        await noor.post(f"/drafts/{draft.id}/{act}")
    assert (await Draft.get()).due_at is not None
    await communities.change(lea.actor, lea.community, title="Vergers")
    await lea.get("/drafts")
    await lea.press("Publier maintenant")
    assert await Post.all().count() == 1 and await scheduling.all_of(lea.actor) == []

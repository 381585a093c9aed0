"""Whoever names people that cannot read it is told so, by name, before it is published."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.discussions import service
from fedcop.discussions.models import Post
from tests.web.conftest import SignIn

SAID = "hind ne peut pas lire cette publication"


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """Léa in a private community to which Noor belongs and Hind does not."""
    browser, noor = await sign_in("lea"), await sign_in("noor")
    await sign_in("hind")
    browser.home = await communities.found(
        browser.actor, title="Entre nous", name="nous", purpose="Parler", visibility="private"
    )
    await communities.invite(browser.actor, browser.home, noor.actor)
    await communities.accept_invitation(noor.actor, browser.home)
    return browser


async def test_a_thread_goes_when_its_author_knows_who_cannot_read_it(lea: Any) -> None:
    page = await lea.get("/c/nous/new")
    page.choose("Question").fill("Titre", "Quelle toile ?").fill("Votre texte", "Qu’en dites-vous, @hind et @noor ?")
    page = await lea.press("Publier")
    assert page.status == 422 and SAID in page.text.lower() and "noor ne peut" not in page.text.lower()
    assert page.value("Titre") == "Quelle toile ?" and await Post.all().count() == 0
    page = await lea.press("Publier")
    assert page.h1 == "Quelle toile ?" and SAID not in page.text.lower()


async def test_somebody_else_named_afterwards_is_said_too(lea: Any, sign_in: SignIn) -> None:
    await sign_in("awa")
    root = await service.write(lea.actor, lea.home, kind="question", title="Quelle toile ?", source="Qui sait ?")
    page = await lea.get(f"/p/{root.id}")
    page.fill("Texte de votre réponse", "Comme @hind")
    page = await lea.press("Publier la réponse")
    assert page.status == 422 and SAID in page.text.lower()
    page.fill("Texte de votre réponse", "Comme @hind et @awa")
    page = await lea.press("Publier la réponse")
    assert page.status == 422 and "awa ne peut pas" in page.text.lower()
    page = await lea.press("Publier la réponse")
    assert page.status == 200 and await Post.filter(depth=1).count() == 1


async def test_nobody_is_warned_of_where_everybody_reads(lea: Any) -> None:
    await communities.found(lea.actor, title="Place", name="place", purpose="Parler")
    page = await lea.get("/c/place/new")
    page.choose("Question").fill("Titre", "Quelle toile ?").fill("Votre texte", "Qu’en dis-tu, @hind ?")
    assert (await lea.press("Publier")).h1 == "Quelle toile ?"


async def test_who_is_outside_does_not_learn_by_it_who_is_inside(lea: Any, sign_in: SignIn) -> None:
    await communities.change(lea.actor, lea.home, join_policy="request")
    awa = await sign_in("awa")
    await awa.get("/communities")
    page = await awa.post("/c/nous/new", kind="question", title="Dites", source="@hind @noor", step="publish")
    assert "ne peut pas lire" not in page.text.lower()

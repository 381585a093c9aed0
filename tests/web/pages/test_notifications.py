"""The notification centre, its settings, and links that stop letters."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.notifications import topics, unsubscribing
from fedcop.people import service as people
from tests.rig.queries import counted
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a public community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    return browser


@pytest.fixture
async def noor(sign_in: SignIn, lea: Any) -> Any:
    """A member."""
    browser = await sign_in("noor")
    await communities.join(browser.actor, lea.community)
    return browser


async def unread(browser: Any) -> str:
    page = await browser.get("/about")
    found = page.root.all("span", class_="count")
    return found[0].text if found else ""


async def test_replies_are_grouped_and_visiting_marks_them_read(
    site: Site, lea: Any, noor: Any, sign_in: SignIn
) -> None:
    sacha = await sign_in("sacha")
    await communities.join(sacha.actor, lea.community)
    post = await service.write(
        lea.actor, lea.community, kind="question", title="Quelle toile ?", source="Contre le gel."
    )
    await service.reply(noor.actor, post, source="Le lin.")
    await service.reply(sacha.actor, post, source="Le jute.")
    await site.runner.settle()
    assert await unread(lea) == "2"
    page = await lea.get("/notifications")
    assert "Réponse de sacha et noor" in page.main.text
    assert page.main.text.count("Quelle toile") == 1
    page = await lea.click("Réponse de sacha et noor")
    assert page.h1 == "Quelle toile ?"
    assert await unread(lea) == ""
    page = await lea.get("/notifications")
    assert "Vous êtes à jour" in page.main.text and "Déjà lu" in page.main.text


async def test_mark_all_as_read(site: Site, lea: Any, noor: Any) -> None:
    post = await service.write(
        lea.actor, lea.community, kind="question", title="Quelle toile ?", source=f"@{noor.actor.name} ?"
    )
    await service.react(noor.actor, post, "thanks")
    await site.runner.settle()
    await lea.get("/notifications")
    page = await lea.press("Tout marquer comme lu")
    assert page.path == "/notifications" and page.messages == ["Tout est marqué comme lu."]
    assert await unread(lea) == "" and await unread(noor) == "1"


async def test_the_centre_leads_to_what_it_tells(site: Site, lea: Any, noor: Any, sign_in: SignIn) -> None:
    await people.follow(noor.actor, lea.actor)
    closed = await communities.found(lea.actor, title="Ruches", name="ruches", purpose="Le miel", join_policy="request")
    await communities.join(noor.actor, closed, "Bonjour")
    await site.runner.settle()
    page = await lea.get("/notifications")
    assert page.links["Nouvel abonnement : noor"] == "/u/noor"
    assert page.links["Demande d’adhésion à Ruches : noor"] == "/c/ruches/requests"
    await lea.get("/u/noor")
    assert await unread(lea) == "1"
    await lea.get("/c/ruches/requests")
    assert await unread(lea) == ""


async def test_what_one_may_not_read_any_more_is_not_shown(site: Site, lea: Any, noor: Any) -> None:
    secret = await communities.found(
        lea.actor, title="Cellule", name="cellule", purpose="En petit", visibility="private"
    )
    membership = await communities.join(noor.actor, secret)
    if membership.state == "asked":
        await communities.admit(lea.actor, membership)
    await service.write(lea.actor, secret, kind="idea", title="Zibeline", source="@noor ?")
    await site.runner.settle()
    assert "Zibeline" in (await noor.get("/notifications")).main.text
    await communities.leave(noor.actor, secret)
    assert "Zibeline" not in (await noor.get("/notifications")).main.text


async def test_a_stranger_is_asked_to_log_in(browser: Any) -> None:
    page = await browser.get("/notifications")
    assert page.path.startswith("/login")


async def test_choose_what_is_mailed(lea: Any) -> None:
    page = await lea.get("/settings/notifications")
    assert page.h1 == "Ce que je reçois"
    ticked = [one for one in page.main.all("input", name="mail") if "checked" in one]
    assert len(ticked) == sum(topic.mailed and not topic.talk for topic in topics.TOPICS)
    ways = {"way_mention": "soon", "way_reply": "never", "way_answer": "nonsense", "way_reaction": "now"}
    await lea.post("/settings/notifications", mail="follow", weekday="1", hour="8", **ways)
    chosen = topics.choices((await Account.get(id=lea.account.id)).preferences)
    assert [key for key, way in chosen.items() if way == topics.NOW] == ["answer", "follow", "reaction"]
    assert chosen["mention"] == topics.SOON and chosen["reply"] == topics.NEVER


async def test_a_link_in_a_letter_stops_letters_without_logging_in(browser: Any, lea: Any, server: Any) -> None:
    address = await unsubscribing.address_for(lea.account, "reply")
    path = address.removeprefix("https://atelier.example")
    page = await browser.get(path)
    assert page.status == 200 and "me répond" in page.main.text
    assert topics.choices((await Account.get(id=lea.account.id)).preferences)["reply"] == topics.NOW
    page = await browser.press("Ne plus recevoir ces courriels")
    assert "Vous ne recevrez plus" in page.main.text
    assert topics.choices((await Account.get(id=lea.account.id)).preferences)["reply"] == topics.NEVER


async def test_only_what_we_signed_stops_anything(browser: Any, lea: Any) -> None:
    path = (await unsubscribing.address_for(lea.account, "mention")).removeprefix("https://atelier.example")
    for forged in (
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.replace(".mention.", ".reply."),
        "/unsubscribe/x",
        "/unsubscribe/1.mention.",
    ):
        assert (await browser.get(forged)).status == 404
        assert (await browser.client.post(forged)).status == 404
    assert topics.choices((await Account.get(id=lea.account.id)).preferences)["reply"] == topics.NOW


async def test_the_centre_asks_a_fixed_number_of_questions(site: Site, lea: Any, noor: Any) -> None:
    async def told(number: int) -> None:
        for _ in range(number):
            post = await service.write(lea.actor, lea.community, kind="idea", title="Une idée", source="@noor ?")
            await service.reply(lea.actor, post, source="Et @noor !")
        await site.runner.settle()

    await told(1)
    await noor.get("/notifications")
    with counted() as few:
        await noor.get("/notifications")
    await told(8)
    with counted() as many:
        await noor.get("/notifications")
    assert len(many) <= len(few), (len(few), len(many))

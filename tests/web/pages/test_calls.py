"""A call to all as people meet it: written, counted, tried, confirmed; refused by a link or on the page of what one receives."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.calls import queries
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership
from fedcop.core import clock
from fedcop.core.models import Job
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from fedcop.federation.models import Server
from tests.rig.people import make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn

HERE = "https://atelier.example"
TYPED = {"segment": "all", "title": "Gel cette nuit", "source": "Couvrez **tout**.", "language": "fr"}


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    return browser


async def test_a_call_is_counted_tried_and_confirmed(site: Site, lea: Any, sign_in: SignIn) -> None:
    noor = await sign_in("noor")
    await communities.join(noor.actor, lea.community)
    gus = await make_stranger("gus")
    await Job.all().delete()  # nobody is there to be met
    await Membership.create(community=lea.community, actor=gus, state="active", created_at=lea.account.created_at)
    await lea.get("/c/fruitiers")
    page = await lea.click("Écrire un appel")
    said = "Vous allez écrire à 2 personnes, dont 1 sur 1 autre organisation (environ 1 courriel)."
    assert said in page.main.text and "Il vous reste 2 appels ce mois-ci." in page.main.text
    page = await lea.post("/c/fruitiers/call", **{**TYPED, "title": "", "segment": "king"}, step="show")
    assert page.status == 422 and "Indiquez un titre" in page.main.text and "Couvrez **tout**." in page.html
    page = await lea.post("/c/fruitiers/call", **TYPED, step="show")
    assert said in page.main.text and "<strong>tout</strong>" in page.html and not await Post.all().exists()
    await Membership.filter(actor_id=gus.id).delete()
    await lea.press("M’envoyer un essai")
    await site.runner.settle()
    (trial,) = site.mailer.to("lea@atelier.example")
    assert "essai" in trial.text and not site.mailer.to("noor@atelier.example") and not await Post.all().exists()
    page = await lea.press("Envoyer à 1 personne")
    assert page.path.startswith("/p/") and "Appel à tous" in page.main.text
    await site.runner.settle()
    assert any("Gel cette nuit" in mail.subject for mail in site.mailer.to("noor@atelier.example"))
    once = {**TYPED, "once": "x", "step": "send"}
    assert (await lea.post("/c/fruitiers/call", **once)).path == (await lea.post("/c/fruitiers/call", **once)).path
    page = await lea.post("/c/fruitiers/call", **TYPED, step="send")
    assert page.status == 422 and "tous ses appels" in page.main.text
    assert (await noor.get("/c/fruitiers/call")).status == 403


async def test_organisations_are_called_by_their_names(lea: Any) -> None:
    await communities.join(await make_stranger("gus", "coop.example"), lea.community)
    await Server.filter(host="coop.example").delete()
    await Server.create(host="coop.example", name="Coop Val", created_at=clock.now())
    options = [one.text for one in (await lea.get("/c/fruitiers/call")).main.all("option")]
    assert "Organisation : Coop Val" in [one.replace("\xa0", " ") for one in options]


async def test_the_form_asks_a_fixed_number_of_questions(lea: Any) -> None:
    await lea.get("/c/fruitiers/call")
    with counted() as one:
        await lea.get("/c/fruitiers/call")
    for number in range(5):
        await communities.join(await make_stranger(f"p{number}", f"h{number}.example"), lea.community)
    with counted() as many:
        await lea.get("/c/fruitiers/call")
    assert len(many) <= len(one)


async def test_calls_are_refused_by_a_link_at_once_or_on_the_page(
    site: Site, lea: Any, sign_in: SignIn, browser: Any
) -> None:
    noor = await sign_in("noor")
    await communities.join(noor.actor, lea.community)
    await lea.get("/c/fruitiers/call")
    page = await lea.post("/c/fruitiers/call", **TYPED, step="send")
    assert page.path.startswith("/p/"), page.main.text
    await site.runner.settle()
    mail = next(mail for mail in site.mailer.to("noor@atelier.example") if "Gel" in mail.subject)
    path = mail.headers["List-Unsubscribe"].strip("<>").removeprefix(HERE)
    page = await browser.get(path)
    assert "Vous recevez les appels à tous de Fruitiers nordiques" in page.main.text
    assert not await queries.refused(noor.account)
    await browser.press("Ne plus recevoir les appels de cette communauté")
    assert await queries.refused(noor.account) == {lea.community.id}
    page = await noor.get("/settings/notifications")
    assert "Vous recevrez un résumé chaque mardi et un message quand" in page.main.text
    page = await noor.post(
        "/settings/notifications",
        offered=str(lea.community.id),
        calls=str(lea.community.id),
        weekday="1",
        hour="8",
        mail=["mention"],
    )
    assert "un résumé chaque mardi, les appels à tous et un message quand" in page.main.text
    assert not await queries.refused(noor.account)
    assert (await browser.client.post(path, data={"List-Unsubscribe": "One-Click"})).status == 200
    assert await queries.refused(noor.account) == {lea.community.id}
    assert (await browser.get(f"{path}x")).status == 404


async def test_how_many_calls_is_a_setting(lea: Any) -> None:
    page = await lea.get("/c/fruitiers/settings")
    assert "Combien de fois l’animation" in page.main.text
    page.fill("Appels à tous", "0")
    await lea.press("Enregistrer")
    assert (await Community.get(id=lea.community.id)).calls_a_month == 0
    page = await lea.get("/c/fruitiers/call")
    assert "tous ses appels" in page.main.text

"""What one receives: a page with a row for each community, and links in letters that work without logging in."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.digests import queries, service
from fedcop.notifications import topics, unsubscribing
from fedcop.people import service as people
from tests.rig.queries import counted
from tests.web.conftest import SignIn

HERE = "https://atelier.example"


@pytest.fixture
async def lea(sign_in: SignIn) -> Any:
    """The responsible person of a public community, at her browser."""
    browser = await sign_in("lea")
    browser.community = await communities.found(
        browser.actor, title="Fruitiers nordiques", name="fruitiers", purpose="Faire pousser ce qui tient l’hiver"
    )
    return browser


async def rhythms_of(browser: Any) -> dict[str, str]:
    account = await Account.get(id=browser.account.id)
    return {community.actor.name: rhythm for community, rhythm in await queries.homes(account)}


async def test_a_row_for_each_community_and_a_sentence_that_is_true(site: Site, lea: Any, sign_in: SignIn) -> None:
    noor = await sign_in("noor")
    followed = await communities.found(lea.actor, title="Ruches", name="ruches", purpose="Le miel")
    await communities.join(noor.actor, lea.community)
    await people.follow(noor.actor, followed.actor)
    await site.runner.settle()
    page = await noor.get("/settings/notifications")
    assert [row.text for row in page.main.all("th", scope="row")][0].startswith("Fruitiers nordiques")
    said = "Vous recevrez un résumé chaque mardi et un message quand on vous mentionne."
    assert page.main.text.count(said) == 1  # who only follows is not called
    assert "Vous recevrez un résumé chaque mardi, les appels à tous et un message" in page.main.text
    await people.mute(noor.actor, followed.actor)
    page = await noor.get("/settings/notifications")
    assert "Ni résumé ni discussion ne vous en arrivent" in page.main.text
    await people.unmute(noor.actor, followed.actor)
    values = {f"rhythm_{lea.community.id}": "month", f"rhythm_{followed.id}": "never", "weekday": "3", "hour": "18"}
    page = await noor.post("/settings/notifications", **values, way_mention="never")
    assert page.messages == ["Votre choix est enregistré."]
    assert await rhythms_of(noor) == {"fruitiers": "month", "ruches": "never"}
    assert "Vous recevrez un résumé le premier jeudi de chaque mois et les appels à tous." in page.main.text
    assert "Vous ne recevrez ni résumé, ni message quand on vous mentionne." in page.main.text
    page = await noor.post("/settings/notifications", **{**values, f"rhythm_{followed.id}": "hourly", "hour": "25"})
    assert (
        page.status == 422
        and "Choisissez une heure" in page.main.text
        and "Choisissez un des rythmes" in page.main.text
    )
    assert await rhythms_of(noor) == {"fruitiers": "month", "ruches": "never"}


async def test_the_page_asks_a_fixed_number_of_questions(lea: Any) -> None:
    with counted() as one:
        await lea.get("/settings/notifications")
    for number in range(4):
        await communities.found(lea.actor, title=f"Cercle {number}", name=f"cercle{number}", purpose="Parler")
    with counted() as many:
        await lea.get("/settings/notifications")
    assert len(many) <= len(one), (len(one), len(many))


async def test_one_chooses_at_joining(lea: Any, sign_in: SignIn) -> None:
    noor = await sign_in("noor")
    page = await noor.get("/c/fruitiers/join")
    assert "Que voulez-vous recevoir par courriel" in page.main.text
    chosen = [one for one in page.main.all("option") if "selected" in one]
    assert [one["value"] for one in chosen] == ["week"]
    await noor.post("/c/fruitiers/join", rhythm="day")
    assert await rhythms_of(noor) == {"fruitiers": "day"}


async def test_a_link_in_a_letter_stops_the_letters_of_one_community(browser: Any, lea: Any) -> None:
    other = await communities.found(lea.actor, title="Ruches", name="ruches", purpose="Le miel")
    path = (await unsubscribing.address_for_community(lea.account, lea.community.id)).removeprefix(HERE)
    page = await browser.get(path)
    assert page.status == 200 and "Vous recevez un résumé de Fruitiers nordiques" in page.main.text
    assert await rhythms_of(lea) == {"fruitiers": "week", "ruches": "week"}
    page = await browser.press("Passer à un résumé mensuel")
    assert await rhythms_of(lea) == {"fruitiers": "month", "ruches": "week"}
    page = await browser.press("Rien")
    said = "Vous ne recevrez plus le résumé de Fruitiers nordiques. Vos autres communautés ne changent pas."
    assert said in page.main.text
    assert await rhythms_of(lea) == {"fruitiers": "never", "ruches": "week"}
    assert (await browser.get(path.replace(f".c{lea.community.id}.", f".c{other.id}."))).status == 404


async def test_a_mail_program_stops_letters_at_once(browser: Any, lea: Any) -> None:
    path = (await unsubscribing.address_for_community(lea.account, lea.community.id)).removeprefix(HERE)
    answer = await browser.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200 and await rhythms_of(lea) == {"fruitiers": "never"}
    path = (await unsubscribing.address_for(lea.account, "mention")).removeprefix(HERE)
    answer = await browser.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    chosen = topics.choices((await Account.get(id=lea.account.id)).preferences)
    assert chosen["mention"] == topics.NEVER and chosen["reply"] == topics.NOW
    path = (await unsubscribing.address_for(lea.account, "reply", "answer")).removeprefix(HERE)  # of a letter of both
    assert "me répond" in (await browser.get(path)).main.text
    assert (await browser.client.post(path)).status == 200
    chosen = topics.choices((await Account.get(id=lea.account.id)).preferences)
    assert chosen["answer"] == chosen["reply"] == topics.NEVER and chosen["membership"] == topics.NOW


async def test_an_old_letter_does_not_name_what_one_may_not_know_of(browser: Any, lea: Any, sign_in: SignIn) -> None:
    noor = await sign_in("noor")
    secret = await communities.found(
        lea.actor, title="Zibeline", name="cellule", purpose="En petit", visibility="private", join_policy="invitation"
    )
    await service.choose_one(noor.account, secret, "day")
    path = (await unsubscribing.address_for_community(noor.account, secret.id)).removeprefix(HERE)
    page = await browser.get(path)
    assert page.status == 200 and "Zibeline" not in page.text

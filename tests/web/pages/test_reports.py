"""Reporting by clicking: the form and its words, one's own reports, the queues of a community and of the instance."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.reports.models import Report
from tests.rig.people import make_stranger
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
async def noor(lea: Any, sign_in: SignIn) -> Any:
    """A member who advertises."""
    browser = await sign_in("noor")
    await communities.join(browser.actor, lea.community)
    browser.ad = await service.write(
        browser.actor, lea.community, kind="tip", title="Mes engrais", source="En solde chez moi."
    )
    return browser


async def test_report_to_the_community_by_clicking(site: Site, lea: Any, noor: Any, sign_in: SignIn) -> None:
    sam = await sign_in("sam")
    await sam.get(f"/p/{noor.ad.id}")
    page = await sam.click("Signaler")
    assert page.h1 == "Signaler cette publication"
    assert "Les responsables de Fruitiers nordiques" in page.main.text and "Rien ne sort" in page.main.text
    page = await sam.press("Envoyer le signalement")
    assert page.status == 422 and page.problems, "a sentence is needed"
    sam.page.fill("Qu’est-ce qui ne va pas", "C’est de la publicité")
    page = await sam.press("Envoyer le signalement")
    assert "On vous dira" in page.messages[0]
    await site.runner.settle()

    page = await lea.get("/notifications")
    assert "Un signalement attend" in page.text
    page = await lea.get("/c/fruitiers")
    page = await lea.click("Signalements (1)")
    assert "C’est de la publicité" in page.main.text and "En solde chez moi." in page.main.text
    lea.page.fill("Une phrase pour la personne", "Retiré, merci.")
    page = await lea.press("Suite donnée")
    assert "Aucun signalement n’attend." in page.main.text and "Retiré, merci." in page.main.text
    await site.runner.settle()

    page = await sam.get("/notifications")
    assert "Votre signalement a eu une suite" in page.text and "Retiré, merci." in page.text
    page = await sam.get("/reports")
    assert "Suite donnée" in page.main.text and "Retiré, merci." in page.main.text
    for path in ("/notifications", "/reports", f"/p/{noor.ad.id}", "/c/fruitiers"):
        assert "publicité" not in (await noor.get(path)).text
    assert (await noor.get("/c/fruitiers/reports")).status in (403, 404)


async def test_only_my_organisation(lea: Any, noor: Any, sign_in: SignIn, site: Site) -> None:
    sam, keeper = await sign_in("sam"), await sign_in("keeper", role="moderator")
    await sam.get("/u/noor")
    await sam.click("Signaler")
    assert sam.page.h1.startswith("Signaler")
    sam.page.choose("Mon organisation seulement").fill("Qu’est-ce qui ne va pas", "Des messages blessants")
    await sam.press("Envoyer le signalement")
    await site.runner.settle()
    page = await keeper.get("/admin")
    assert "1 signalement" in page.main.text
    page = await keeper.get("/admin/reports")
    assert "Des messages blessants" in page.main.text
    page = await keeper.press("Sans suite")
    assert "Aucun signalement n’attend." in page.main.text
    assert "Des messages" not in (await lea.get("/c/fruitiers/reports")).text
    assert (await lea.get("/admin/reports")).status == 404


async def test_the_second_decision_is_told_that_it_is_late(lea: Any, noor: Any, sign_in: SignIn) -> None:
    sam, ida = await sign_in("sam"), await sign_in("ida")
    await communities.join(ida.actor, lea.community)
    await communities.appoint(lea.actor, lea.community, ida.actor, "committee", duties=["admissions", "moderation"])
    await sam.get(f"/p/{noor.ad.id}/report")
    sam.page.fill("Qu’est-ce qui ne va pas", "Publicité")
    await sam.press("Envoyer le signalement")
    await lea.get("/c/fruitiers/reports")
    await ida.get("/c/fruitiers/reports")
    await lea.press("Suite donnée")
    page = await ida.press("Sans suite")
    assert page.status == 409 and "Quelqu’un d’autre" in page.problems[0]


async def test_another_organisation_is_told_only_when_it_is_chosen(lea: Any, sign_in: SignIn, site: Site) -> None:
    gus = await make_stranger("gus", "ailleurs.example")
    sam = await sign_in("sam")
    await sam.get("/u/gus@ailleurs.example/report")
    assert "Aviser aussi ailleurs.example, sans mon nom" in sam.page.main.text
    sam.page.fill("Qu’est-ce qui ne va pas", "Spam")
    await sam.press("Envoyer le signalement")
    [report] = await Report.all()
    assert report.target_id == gus.id and report.passed_on_at is None
    keeper = await sign_in("keeper", role="admin")
    await keeper.get("/admin/reports")
    page = await keeper.press("Aviser ailleurs.example, sans nom")
    assert "Transmis" in page.messages[0] and "en a été avisée" in page.main.text


async def test_what_one_may_not_see_one_cannot_report(lea: Any, sign_in: SignIn) -> None:  # H08
    hidden = await communities.found(lea.actor, title="Jury", name="jury", purpose="Juger", visibility="private")
    post: Post = await service.write(lea.actor, hidden, kind="tip", title="Secret", source="Chut")
    sam = await sign_in("sam")
    assert (await sam.get(f"/p/{post.id}/report")).status == 404
    assert (await sam.get("/p/123/report")).status == 404
    assert (await lea.get(f"/p/{post.id}/report")).status == 404, "nobody reports themselves"

"""Appeals on the web: the decision with its form, the queue of who decides, the log without names, and the answer."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.core.site import Site
from tests.rig.villages import make_village
from tests.web.conftest import SignIn


async def test_an_appeal_from_the_letter_to_the_answer(site: Site, sign_in: SignIn) -> None:
    village = await make_village()
    await village.noor.fetch_related("account")
    await village.sacha.fetch_related("account")
    await communities.appoint(village.lea, village.community, village.noor, "committee", duties=["moderation"])
    await communities.remove_member(village.lea, village.community, village.sacha, "Absences.")
    await site.runner.settle()
    [letter] = site.mailer.to("sacha_fruitiers@atelier.example")
    assert "par quelqu’un d’autre que la personne qui a décidé, jusqu’au" in letter.text
    assert "https://atelier.example/appeals" in letter.text
    sacha, noor = await sign_in(village.sacha.account), await sign_in(village.noor.account)
    await sacha.get("/notifications")
    page = await sacha.click("Vous n’êtes plus membre")
    assert page.path == "/appeals" and "Absences." in page.text
    page = await sacha.press("Faire appel")
    assert page.status == 422
    page.fill("text", "J’étais malade.")
    page = await sacha.press("Faire appel")
    assert "Quelqu’un d’autre" in page.text and "J’étais malade." in page.text

    await noor.get("/c/fruitiers")
    page = await noor.click("Signalements (1)")
    assert "J’étais malade." in page.text and "Absences." in page.text
    page = await noor.press("La changer")
    assert "Écrivez une phrase" in page.text
    page.fill("sentence", "Bon retour.")
    page = await noor.press("La changer")
    assert "Appels tranchés" in page.text

    page = await sacha.get("/appeals")
    assert "Changée" in page.text and "Bon retour." in page.text
    page = await sacha.get("/c/fruitiers/moderation")
    assert "a entendu un membre en appel et a changé la décision." in page.text and "noor" not in page.text.lower()
    mona = await sign_in("mona", role="moderator")
    assert (await mona.get("/admin/reports")).status == 200
    assert (await mona.post("/admin/appeals/1", do="change", sentence="Oui.")).status == 404

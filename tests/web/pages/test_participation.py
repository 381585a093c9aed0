"""Participation on the web: chosen by who presides, read by each for themselves, and "not now" in one click from a notification."""

from __future__ import annotations

from datetime import timedelta

from fedcop.communities import service
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Membership
from fedcop.communities.participation import reminding
from fedcop.core import clock
from fedcop.core.site import Site
from tests.web.conftest import SignIn


async def test_from_the_settings_to_not_now(site: Site, sign_in: SignIn) -> None:
    ana, ben, zoe = await sign_in("ana"), await sign_in("ben"), await sign_in("zoe")
    charter = Charter(("Essayer",), expected="Une contribution par an.")
    community = await service.found(ana.actor, title="Sols", purpose="Des sols.", name="sols", charter=charter)
    await service.join(ben.actor, community, accepted=1)
    assert "ne compte pas" in (await ben.get("/c/sols/participation")).main.text
    assert (await ana.get("/c/sols/participation")).link("Participation : ce") == "/c/sols/participation/change"
    assert "/c/sols/participation/change" not in (await ben.get("/c/sols/participation")).links.values()
    await ana.get("/c/sols/settings")
    page = await ana.click("Participation : ce qui est compté, rappels privés")
    assert "Une contribution par an." in page.main.text and "Mastodon" in page.main.text
    page.fill("Au moins tant de contributions", "beaucoup").fill("En tant de mois", "1")
    page = await ana.press("Enregistrer")
    assert page.status == 422 and page.value("contributions") == "beaucoup"
    page.fill("Au moins tant de contributions", "2")
    await ana.press("Enregistrer")
    assert "au moins 2 contributions en 1 mois" in (await zoe.get("/c/sols/join")).main.text
    for stranger in (zoe, ben):
        assert (await stranger.get("/c/sols/participation/change")).status in (403, 404)
    assert (await zoe.get("/c/sols/participation")).status == 404

    long_ago = clock.now() - timedelta(days=40)
    await Membership.filter(actor_id=ben.actor.id).update(created_at=long_ago, decided_at=long_ago)
    await reminding.remind()
    await site.runner.settle()
    page = await ben.get("/notifications")
    assert "au moins 2 contributions" in page.main.text
    page = await ben.click("Sols espère avoir de vos nouvelles")
    assert "Vous en avez fait 0" in page.main.text
    page = await ben.press("Pas maintenant : ne plus m’envoyer de rappel")
    assert "pas maintenant" in page.main.text
    await ben.press("Me le rappeler de nouveau")
    for path in ("/members", "/members/ben", "/about"):
        assert "rappel" not in (await ana.get(f"/c/sols{path}")).main.text, "nobody else sees a mark"

"""Leaving a community with or without one's name on what one wrote there; and later, from the settings."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.communities.models import Membership
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from tests.rig.people import make_member
from tests.rig.villages import make_village
from tests.web.conftest import SignIn


async def test_who_leaves_is_asked_and_signs_unless_they_say_otherwise(site: Site, sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    village = await make_village()
    await communities.join(lea.actor, village.community)
    page = await lea.get("/c/fruitiers/leave")
    assert "bearing your name" not in page.main.text  # nothing was written yet
    root = await service.write(lea.actor, village.community, kind="tip", title="La paille", source="Au pied.")
    page = await lea.get("/c/fruitiers/leave")
    assert "You wrote 1 post here." in page.main.text and "their copies keep your name" in page.main.text
    page = await lea.post("/c/fruitiers/leave", bears="maybe")
    assert (page.status, page.problems) == (422, ["Choose whether your name stays."])
    await lea.get("/c/fruitiers/leave")
    page = await lea.press("Leave")
    assert page.path == "/communities" and (await Post.get(id=root.id)).anonymised_at is None

    await lea.get("/settings")
    page = await lea.click("What I left in communities")
    assert "1 post under your name" in page.main.text
    await lea.click("Anonymise")
    page = await lea.press("Take my name off")
    assert (page.status, page.problems) == (422, ["Tick that you want this: it cannot be undone."])
    page.choose("I want this")
    page = await lea.press("Take my name off")
    assert page.path == "/settings/contributions" and "1 anonymised" in page.main.text
    assert (await Post.get(id=root.id)).anonymised_at is not None
    page = await lea.get(f"/settings/contributions/{village.community.id}")
    assert "Nothing there bears your name." in page.main.text
    page = await lea.get(f"/p/{root.id}")
    assert "Others read “Former member” here." in page.main.text


async def test_a_report_of_such_a_post_names_nobody_and_is_acted_upon(site: Site, sign_in: SignIn) -> None:
    lea, noor = [await sign_in(await make_member(name, language="en-CA")) for name in ("lea", "noor")]
    village = await make_village()
    for one in (lea, noor):
        await communities.join(one.actor, village.community)
    await Membership.filter(actor_id=lea.actor.id).update(role="president")
    gone = (await make_member("quentin", display_name="Quentin Roy")).actor
    await communities.join(gone, village.community)
    root = await service.write(gone, village.community, kind="tip", title="La paille", source="Au pied.")
    assert "Quentin Roy" in (await noor.get(f"/p/{root.id}/report")).main.text
    await service.leave_anonymised(gone, village.community)
    page = await noor.get(f"/p/{root.id}/report")
    assert "Quentin" not in page.html and "Former member will not be told" in page.main.text
    page.fill("What is wrong?", "Une annonce")
    await noor.press("Send the report")
    assert "Quentin" not in (await noor.get("/reports")).html
    page = await lea.get("/c/fruitiers/reports")
    assert "Quentin" not in page.html and "A post by Former member" in page.main.text
    await lea.click("Remove")
    page = lea.page.fill("Reason", "Annonce")
    await lea.press("Remove")
    await lea.get("/c/fruitiers/reports")
    page = await lea.press("Acted upon")
    assert "Quentin" not in page.html and (await Post.get(id=root.id)).removed_at is not None
    assert "Quentin" not in (await lea.get("/c/fruitiers/moderation")).html


async def test_what_one_left_is_nobody_elses_affair(site: Site, sign_in: SignIn) -> None:
    lea = await sign_in(await make_member("lea", language="en-CA"))
    village = await make_village()
    await service.write(village.noor, village.community, kind="tip", title="La paille", source="Au pied.")
    await communities.leave(village.noor, village.community)
    for number in (village.community.id, 7, "x"):
        assert (await lea.get(f"/settings/contributions/{number}")).status == 404
    await communities.join(lea.actor, village.community)
    await service.write(lea.actor, village.community, kind="tip", title="Le gel", source="Un voile.")
    page = await lea.get(f"/settings/contributions/{village.community.id}")
    assert page.status == 404  # a member signs

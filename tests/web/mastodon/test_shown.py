"""What profiles show, in an app and on the pages: the same, whichever says it, and nothing of which one may not know."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.discussions import service
from fedcop.people import service as people
from tests.rig.people import make_member
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect

TAGS, MINE = "/api/v1/featured_tags", "/api/v1/endorsements"


async def test_tags_on_a_profile(connect: Connect, sign_in: SignIn) -> None:
    page = await sign_in("lea")
    lea, phone, other = page.actor, await connect(page.account), await connect(None, "read")
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Pousser")
    shut = await communities.found(lea, title="Caves", name="caves", purpose="Garder", visibility="private")
    for place, title in ((fruit, "Le gel"), (fruit, "Encore"), (shut, "Chut")):
        await service.write(lea, place, kind="tip", title=title, source=f"{title}.", tags=["gel", "lin"])
    await service.write(lea, fruit, kind="tip", title="Sans", source="Rien.", tags=["pluie"])
    assert [one["name"] for one in (await phone.get(f"{TAGS}/suggestions")).json] == ["gel", "lin", "pluie"]
    made = (await phone.post(TAGS, {"name": "#Gel"})).json
    assert (made["name"], made["statuses_count"], made["last_status_at"]) == ("gel", "3", "2026-03-02")
    assert made["url"].endswith("/u/lea?tag=gel")
    assert (await phone.post(TAGS, {"name": "gel"})).json == made
    assert [(await phone.post(TAGS, {"name": wrong})).status for wrong in ("", "2026", "!!")] == [422] * 3
    # A stranger counts what a stranger may read, and finds it at that address.
    [seen] = (await other.get(f"/api/v1/accounts/{lea.id}/featured_tags")).json
    assert seen == made | {"statuses_count": "2"}
    profile = await (await sign_in("tom")).get("/u/lea?tag=gel")
    assert "Le gel" in profile.main.text and "Sans" not in profile.main.text and "Chut" not in profile.main.text
    assert [one["name"] for one in (await phone.get("/api/v1/profile")).json["featured_tags"]] == ["gel"]
    assert (await phone.get("/api/v1/tags/gel")).json["featuring"] is True
    # What the page adds, the app has, and the other way round.
    await page.get("/settings/shown")
    await page.press("#lin")
    assert [one["name"] for one in (await phone.get(TAGS)).json] == ["gel", "lin"]
    assert (await phone.ask("DELETE", f"{TAGS}/{made['id']}")).json == {}
    assert (await phone.ask("DELETE", f"{TAGS}/{made['id']}")).status == 404
    assert "#gel" not in (await page.get("/u/lea")).main.text
    assert (await phone.post("/api/v1/tags/pluie/feature")).json["featuring"] is True
    assert (await phone.post("/api/v1/tags/pluie/unfeature")).json["featuring"] is False
    await page.get("/settings/shown")
    assert (await page.press("Enlever")).status == 200 and (await phone.get(TAGS)).json == []
    for number in range(10):
        await phone.post(TAGS, {"name": f"t{number}"})
    assert (await phone.post(TAGS, {"name": "un-de-trop"})).status == 422
    await page.get("/settings/shown")
    page.page.fill("Mot-clé", "un-de-trop")
    refused = await page.press("Montrer ce mot-clé")
    assert refused.status == 422 and "10 mots-clés" in refused.problems[0]


async def test_people_and_communities_on_a_profile(connect: Connect, sign_in: SignIn) -> None:
    page = await sign_in("lea")
    lea, phone = page.actor, await connect(page.account)
    tom, zoe = (await make_member("tom")).actor, (await make_member("zoe")).actor
    open_, hidden = [
        await communities.found(zoe, title=name.title(), name=name, purpose="x", **more)
        for name, more in (("fruits", {}), ("coffre", {"visibility": "private", "join_policy": "invitation"}))
    ]
    assert (await phone.post(f"/api/v1/accounts/{tom.id}/pin")).status == 422
    assert (await phone.post(f"/api/v1/accounts/{open_.actor_id}/endorse")).status == 422
    assert (await phone.post(f"/api/v1/accounts/{hidden.actor_id}/endorse")).status == 404
    await phone.post(f"/api/v1/accounts/{tom.id}/follow")
    await communities.join(lea, open_)
    tie = (await phone.post(f"/api/v1/accounts/{tom.id}/pin")).json
    assert tie["endorsed"] is True
    await page.get("/c/fruits")
    await page.click("Montrer sur mon profil")
    assert page.page.value("Montrer sur mon profil") == str(open_.actor_id)
    shown = await page.press("Montrer sur mon profil")
    assert "montre maintenant" in shown.messages[0]
    ties = (await phone.get(f"/api/v1/accounts/relationships?id[]={tom.id}&id[]={open_.actor_id}")).json
    assert [one["endorsed"] for one in ties] == [True, True]
    for path in (MINE, f"/api/v1/accounts/{lea.id}/endorsements"):
        assert [one["acct"] for one in (await phone.get(path)).json] == ["fruits", "tom"]
    first = await phone.get(f"{MINE}?limit=1")
    assert [one["acct"] for one in first.json] == ["fruits"]
    # Of a hidden community only those learn who may know of it; of whom one hides one hears nothing.
    stranger, nic = await connect(None, "read"), await sign_in("nic")
    await communities.invite(zoe, hidden, lea)
    await communities.join(lea, hidden)
    assert (await phone.post(f"/api/v1/accounts/{hidden.actor_id}/endorse")).json["endorsed"] is True
    path = f"/api/v1/accounts/{lea.id}/endorsements"
    assert [one["acct"] for one in (await phone.get(path)).json] == ["coffre", "fruits", "tom"]
    assert [one["acct"] for one in (await stranger.get(path)).json] == ["fruits", "tom"]
    profile = (await nic.get("/u/lea")).main.text
    assert "Recommande" in profile and "Fruits" in profile and "Coffre" not in profile
    await people.mute(nic.actor, tom)
    assert [one["acct"] for one in (await (await connect(nic.account)).get(path)).json] == ["fruits"]
    # Who follows no more recommends no more.
    await phone.post(f"/api/v1/accounts/{tom.id}/unfollow")
    assert [one["acct"] for one in (await phone.get(MINE)).json] == ["coffre", "fruits"]
    await page.get("/u/zoe")
    assert "Montrer sur mon profil" not in page.page.html
    assert (await phone.post(f"/api/v1/accounts/{hidden.actor_id}/unpin")).json["endorsed"] is False
    await page.get("/settings/shown")
    assert (await page.press("Enlever")).status == 200 and (await phone.get(MINE)).json == []
    empty = await page.get("/settings/shown")
    assert "ne montre encore personne" in empty.main.text and "encore aucun mot-clé" in empty.main.text

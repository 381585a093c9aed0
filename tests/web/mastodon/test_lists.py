"""What one sorts for oneself, in an app and on the pages: the same facts, whichever says them."""

from __future__ import annotations

import pytest

from fedcop.communities import service as communities
from fedcop.discussions import service
from fedcop.timelines import streams
from tests.rig.people import make_member
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect

LISTS, HOME = "/api/v1/lists", "/api/v1/timelines/home"


async def test_a_community_stays_out_of_home_and_has_a_list(connect: Connect, sign_in: SignIn) -> None:
    lea, page = (await make_member("lea")).actor, await sign_in("tom")
    tom = page.actor
    phone = await connect(page.account)
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    await communities.join(tom, fruit)
    root = await service.write(lea, fruit, kind="tip", title="Le lin", source="Bleu.")
    answer = await service.reply(lea, root, source="Ou blanc.")
    number, account = str(fruit.actor_id), f"/api/v1/accounts/{fruit.actor_id}"

    async def home() -> tuple[int, bool]:
        return len((await phone.get(HOME)).json), "Le lin" in (await page.get("/")).main.text

    async def listed() -> list[str]:
        return [one["id"] for one in (await phone.get(f"/api/v1/timelines/list/{number}")).json]

    assert await home() == (1, True) and await listed() == [str(root.id)]
    for wrong in ({"replies_policy": "all"}, {"title": "x" * 101}):
        assert (await phone.ask("PUT", f"{LISTS}/{number}", json=wrong)).status == 422
    changes = {"title": "Mes arbres", "replies_policy": "followed", "exclusive": True}
    changed = (await phone.ask("PUT", f"{LISTS}/{number}", json=changes)).json
    assert changed == {"id": number, **changes} and (await phone.get(f"{account}/lists")).json == [changed]
    assert (await phone.get(f"/api/v1/accounts/relationships?id[]={number}")).json[0]["showing_reblogs"] is False
    assert await home() == (0, False) and await listed() == [str(root.id)]
    await phone.post(f"/api/v1/accounts/{lea.id}/follow")
    assert await listed() == [str(answer.id), str(root.id)]
    assert (await phone.ask("DELETE", f"{LISTS}/{number}")).status == 200
    assert (await phone.get(LISTS)).json == [] and (await phone.get(f"{LISTS}/{number}")).status == 404
    # The page says the same, and brings both back.
    shown = await page.get("/lists")
    boxes = [box for box in shown.main.all("input", type="checkbox") if "checked" not in box]
    assert [box["name"] for box in boxes] == ["home", "apps"]
    shown.choose("Sur ma page d’accueil").choose("Comme liste dans mes applications")
    await page.press("Enregistrer")
    assert await home() == (1, True)
    assert (await phone.get(LISTS)).json == [changed | {"exclusive": False}]
    (await page.get("/lists")).untick("Sur ma page d’accueil")
    await page.press("Enregistrer")
    assert await home() == (0, False) and (await phone.get(LISTS)).json == [changed]


async def test_languages_of_whom_one_follows(connect: Connect, sign_in: SignIn) -> None:
    lea, page = (await make_member("lea")).actor, await sign_in("tom")
    phone = await connect(page.account)
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    for language, title in (("fr", "Le lin"), ("en", "Flax"), ("es", "El lino")):
        await service.write(lea, fruit, kind="tip", title=title, source="…", language=language)
    follow = f"/api/v1/accounts/{fruit.actor_id}/follow"

    async def home() -> list[str]:
        app = [one["reblog"]["fedcop"]["title"] for one in (await phone.get(HOME)).json]
        shown = (await page.get("/")).main.text
        assert app == [title for title in ("El lino", "Flax", "Le lin") if title in shown]
        return app

    assert (await page.get("/c/fruitiers/languages")).status == 404  # not yet theirs
    assert (await phone.post(follow)).json["languages"] is None
    tie = (await phone.post(follow, {"languages[]": ["en", "fr"]})).json
    assert tie["languages"] == ["en", "fr"] and await home() == ["Flax", "Le lin"]
    assert (await phone.post(follow, {"notify": "1"})).json["languages"] == ["en", "fr"]  # what is not said stays
    assert (await phone.post(follow, {"languages[]": "x!"})).status == 422
    # The page says the same, and changes it; what it does not list is kept.
    await phone.post(follow, {"languages[]": ["eo", "fr"]})
    (await page.get("/c/fruitiers/languages")).choose("espagnol")
    await page.press("Enregistrer")
    path = f"/api/v1/accounts/relationships?id[]={fruit.actor_id}"
    assert sorted((await phone.get(path)).json[0]["languages"]) == ["eo", "es", "fr"]
    assert await home() == ["El lino", "Le lin"]
    assert len((await page.get("/c/fruitiers")).main.all("article")) == 3  # on its own page there are all
    assert (await phone.ask("POST", follow, json={"languages": []})).json["languages"] is None
    assert await home() == ["El lino", "Flax", "Le lin"]
    # Of a person it is kept too.
    tie = (await phone.post(f"/api/v1/accounts/{lea.id}/follow", {"languages[]": "fr-CA"})).json
    assert tie["languages"] == ["fr"]
    (await page.get("/u/lea/languages")).untick("français")
    await page.press("Enregistrer")
    assert (await phone.get(f"/api/v1/accounts/relationships?id[]={lea.id}")).json[0]["languages"] is None


async def test_a_tag_that_one_follows_brings_threads_home(connect: Connect, sign_in: SignIn) -> None:
    lea, page = (await make_member("lea")).actor, await sign_in("tom")
    phone = await connect(page.account)
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    shut = await communities.found(
        lea, title="Clos", name="clos", purpose="Nous", visibility="private", join_policy="request"
    )
    seen = await service.write(lea, fruit, kind="tip", title="Le lin", source="Bleu. #Lin")
    await service.write(lea, shut, kind="tip", title="Un secret", source="Bleu. #lin")
    await service.write(lea, fruit, kind="tip", title="Le foin", source="Vert. #foin")
    assert (await phone.get(HOME)).json == []
    assert (await page.get("/tags/Lin")).main.text.count("Le lin")
    shown = await page.press("Suivre ce mot-clé")
    assert shown.path == "/tags/lin" and "Ne plus suivre ce mot-clé" in shown.main.text
    [home] = (await phone.get(HOME)).json
    assert (home["reblog"]["id"], home["account"]["acct"]) == (str(seen.id), "fruitiers")
    assert "Le lin" in (await page.get("/?order=published")).main.text
    assert [(one["name"], one["following"]) for one in (await phone.get("/api/v1/followed_tags")).json] == [
        ("lin", True)
    ]
    assert (await phone.get("/api/v1/tags/LIN")).json["following"] is True
    with pytest.MonkeyPatch.context() as patch:  # where somebody has many communities, all are scanned together
        patch.setattr(streams, "FEW", -1)
        assert [one["reblog"]["id"] for one in (await phone.get(f"{HOME}?limit=1")).json] == [str(seen.id)]
        patch.setattr(streams, "MERGED", -1)
        assert [one["reblog"]["id"] for one in (await phone.get(HOME)).json] == [str(seen.id)]
    # Twice by two ways, and shown once: it lives in a community that one joins, and bears two tags.
    assert (await phone.post("/api/v1/tags/Foin/follow")).json["following"] is True
    await service.edit(lea, seen, source="Bleu. #lin #foin")
    await communities.join(page.actor, fruit)
    assert len((await phone.get(HOME)).json) == 2
    assert (await page.get("/")).main.text.count("Le lin") == (await page.get("/")).main.text.count("Le foin")
    assert "Un secret" not in (await page.get("/")).main.text
    assert (await phone.post("/api/v1/tags/12/follow")).status == 404
    assert (await page.post("/lists/tags", tag="12")).problems and "#foin" in (await page.get("/lists")).main.text
    assert (await phone.post("/api/v1/tags/foin/unfollow")).json["following"] is False
    assert "#foin" not in (await page.get("/lists")).main.text


async def test_one_makes_a_list_and_nobody_else_has_it(connect: Connect, sign_in: SignIn) -> None:  # I07
    lea, page = (await make_member("lea")).actor, await sign_in("tom")
    tom, phone, other = page.actor, await connect(page.account), await connect(await make_member("nic"))
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    bees = await communities.found(lea, title="Abeilles", name="abeilles", purpose="Butiner")
    await communities.join(tom, fruit)
    root = await service.write(lea, fruit, kind="tip", title="Le lin", source="Bleu.")
    hive = await service.write(lea, bees, kind="tip", title="La ruche", source="Ronde.")
    shown = await page.get("/lists")
    assert "encore fait aucune liste" in shown.main.text
    assert (await page.post("/lists", title=" ")).problems == ["Donnez un nom à la liste."]
    await page.post("/lists", title="À lire")
    [made] = (await phone.get(LISTS)).json[:1]
    path = f"{LISTS}/{made['id']}"
    assert made == {"id": made["id"], "title": "À lire", "replies_policy": "list", "exclusive": False}
    # Only whom one follows, or a community that one belongs to.
    assert (await phone.post(f"{path}/accounts", {"account_ids[]": str(lea.id)})).status == 422
    await phone.post(f"/api/v1/accounts/{lea.id}/follow")
    for _ in range(2):
        assert (await phone.post(f"{path}/accounts", {"account_ids[]": str(lea.id)})).status == 200
    await page.get(f"/lists/{made['id']}/change")
    await page.post(f"/lists/{made['id']}/add", account_ids=str(fruit.actor_id))
    listed = f"/api/v1/timelines/list/{made['id']}"
    assert [one["id"] for one in (await phone.get(listed)).json] == [str(hive.id), str(root.id)]
    held = (await phone.get(f"{path}/accounts")).json
    assert [one["acct"] for one in held] == ["fruitiers", "lea"]
    assert (await phone.get(f"/api/v1/accounts/{lea.id}/lists")).json == [made]
    assert len((await phone.get(f"/api/v1/accounts/{fruit.actor_id}/lists")).json) == 2
    answer = await service.reply(lea, root, source="Ou blanc.")
    read = (await page.get(f"/lists/{made['id']}")).main.text
    assert "Le lin" in read and "La ruche" in read and "Réponse dans « Le lin »" in read.replace("\u00a0", " ")
    await service.delete(lea, answer)
    # What its communities bring stays out of home when one wants that.
    assert len((await phone.get(HOME)).json) == 1
    changed = (await phone.ask("PUT", path, form={"title": "Plus tard", "exclusive": "true"})).json
    assert (changed["title"], changed["exclusive"]) == ("Plus tard", True)
    assert (await phone.get(HOME)).json == [] and "Plus tard" in (await page.get("/lists")).main.text
    assert "Le lin" not in (await page.get("/")).main.text
    # To anybody else it is not there.
    for method, where in (("GET", path), ("PUT", path), ("DELETE", path), ("GET", f"{path}/accounts"), ("POST", f"{path}/accounts"), ("GET", listed)):  # fmt: skip
        assert (await other.ask(method, where)).status == 404, (method, where)
    nic = await sign_in("ida")
    assert (await nic.get(f"/lists/{made['id']}")).status == 404
    assert (await nic.post(f"/lists/{made['id']}/delete")).status == 404
    # Who is followed no more, and what one left, is in no list any more.
    await phone.post(f"/api/v1/accounts/{lea.id}/unfollow")
    assert [one["acct"] for one in (await phone.get(f"{path}/accounts?limit=0")).json] == ["fruitiers"]
    assert [one["id"] for one in (await phone.get(listed)).json] == [str(root.id)]
    await communities.leave(tom, fruit)
    assert (await phone.get(f"{path}/accounts")).json == (await phone.get(listed)).json == []
    assert "encore vide" in (await page.get(f"/lists/{made['id']}")).main.text
    shown = await page.get(f"/lists/{made['id']}/change")
    assert (await page.press("Supprimer cette liste")).path == "/lists"
    assert (await phone.get(LISTS)).json == []

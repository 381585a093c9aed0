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

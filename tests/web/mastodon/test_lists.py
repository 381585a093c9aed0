"""What one sorts for oneself, in an app and on the pages: the same facts, whichever says them."""

from __future__ import annotations

from fedcop.communities import service as communities
from fedcop.discussions import service
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

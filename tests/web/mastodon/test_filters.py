"""Filters, in an app and on the pages: the same words, and what becomes of what they find."""

from __future__ import annotations

from datetime import timedelta

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.filters import service as filters
from fedcop.filters.service import WordGiven
from fedcop.filters.sieve import Sieve, strongest
from fedcop.filters.words import read
from tests.rig.clock import StandingClock
from tests.rig.people import make_member
from tests.rig.queries import counted
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect

NEW, OLD, HOME = "/api/v2/filters", "/api/v1/filters", "/api/v1/timelines/home"


async def test_words_are_found_as_people_mean_them(site: Site, clock: StandingClock) -> None:  # F10
    tom = await make_member("tom")

    async def found(text: str, **more: object) -> list[str]:
        return [word for match in Sieve(read(tom)).matches(7, lambda: text, **more) for word in match.words]  # type: ignore[arg-type]

    given = [WordGiven("Été"), WordGiven("art", whole_word=False), WordGiven("c++")]
    made = await filters.make(tom, title="Saisons", contexts=["home"], given=given)
    assert await found("L'ÉTÉ vient") == ["Été"] and await found("Étés") == []
    assert await found("Une Partie") == ["art"] and await found("du C++ !") == ["c++"]
    assert await found("L'été", context="thread") == [] and await found("L'été", context="home") == ["Été"]
    await filters.make(tom, title="Plus fort", contexts=["home"], action="hide", given=[WordGiven("été")])
    assert strongest(Sieve(read(tom)).matches(7, lambda: "été")) == "hide"
    await filters.change(tom, made.id, expiring=(clock.now() + timedelta(days=1),), contexts=["home"])
    clock.advance(hours=25)
    assert await found("L'été") == ["été"]


async def test_apps_make_filters_and_are_told_what_they_find(
    connect: Connect, site: Site, clock: StandingClock
) -> None:
    lea, tom = await make_member("lea"), await make_member("tom")
    phone, other = await connect(tom), await connect(lea)
    fruit = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    await communities.join(tom.actor, fruit)
    root = await service.write(lea.actor, fruit, kind="tip", title="Le gel", source="Tardif, @tom.")
    await service.write(tom.actor, fruit, kind="tip", title="Mon gel", source="À moi.")
    await site.runner.settle()
    for wrong in ({"title": "x"}, {"title": "", "context": ["home"]}, {"title": "x", "context": ["shop"]}, {"title": "x", "context": ["home"], "filter_action": "burn"}):  # fmt: skip
        assert (await phone.post(NEW, json=wrong)).status == 422, wrong
    said = {
        "title": "Froid", "context": ["home", "notifications"], "filter_action": "hide", "expires_in": 86400,
        "keywords_attributes": [{"keyword": "gel", "whole_word": True}, {"keyword": "neige"}],
    }  # fmt: skip
    made = (await phone.post(NEW, json=said)).json
    path = f"{NEW}/{made['id']}"
    assert [word["keyword"] for word in made["keywords"]] == ["gel", "neige"] and made["expires_at"]
    with counted() as statements:
        own, shown = (await phone.get(HOME)).json
    statements.at_most(10)
    assert own["filtered"] == own["reblog"]["filtered"] == []  # nobody filters themselves
    [result] = shown["filtered"]
    assert shown["reblog"]["filtered"] == [result] and result["keyword_matches"] == ["gel"]
    assert (result["filter"]["title"], result["filter"]["filter_action"], result["status_matches"]) == ("Froid", "hide", None)  # fmt: skip
    [told] = (await phone.get("/api/v1/notifications")).json
    assert told["status"]["filtered"] == [result]
    # Changed word by word, one post alone, and by the older form.
    gel, snow = (word["id"] for word in made["keywords"])
    change = {"keywords_attributes[0][id]": gel, "keywords_attributes[0][keyword]": "givre", "keywords_attributes[1][id]": snow, "keywords_attributes[1][_destroy]": "true", "expires_in": ""}  # fmt: skip
    changed = (await phone.ask("PUT", path, form=change)).json
    assert [word["keyword"] for word in changed["keywords"]] == ["givre"] and changed["expires_at"] is None
    added = (await phone.post(f"{path}/keywords", {"keyword": "grêle", "whole_word": "false"})).json
    assert (await phone.ask("PUT", f"{NEW}/keywords/{added['id']}", form={"keyword": "Grêle"})).json == {**added, "keyword": "Grêle"}  # fmt: skip
    assert (await phone.ask("PUT", f"{OLD}/{added['id']}", form={"context[]": "home"})).status == 422
    assert (await phone.ask("DELETE", f"{NEW}/keywords/{added['id']}")).status == 200
    one = (await phone.post(f"{path}/statuses", {"status_id": str(root.id)})).json
    assert (await phone.post(f"{path}/statuses", {"status_id": str(root.id)})).json == one
    [result] = (await phone.get(f"/api/v1/statuses/{root.id}")).json["filtered"]
    assert (result["keyword_matches"], result["status_matches"]) == (None, [str(root.id)])
    assert (await phone.get(f"{NEW}/statuses/{one['id']}")).json == one == (await phone.get(f"{path}/statuses")).json[0]
    assert (await phone.ask("DELETE", f"{NEW}/statuses/{one['id']}")).status == 200
    old = (await phone.post(OLD, {"phrase": "Gel", "context[]": "thread", "irreversible": "true"})).json
    assert (await phone.get(NEW)).json[1]["filter_action"] == "hide"
    changed = (await phone.ask("PUT", f"{OLD}/{old['id']}", form={"phrase": "Gel", "context[]": "home", "irreversible": "false"})).json  # fmt: skip
    assert changed == {**old, "context": ["home"], "irreversible": False}
    assert len((await phone.get(OLD)).json) == 2 and (await phone.get(f"{OLD}/{old['id']}")).json == changed
    # They are nobody else's.
    for where in (path, f"{path}/keywords", f"{NEW}/keywords/{gel}", f"{OLD}/{old['id']}"):
        assert (await other.get(where)).status == 404 == (
            await other.ask("DELETE", where)
        ).status or "keywords" in where
        assert (await phone.get(where)).status == 200
    assert (await phone.ask("DELETE", f"{OLD}/{old['id']}")).status == (await phone.ask("DELETE", path)).status == 200
    assert (await phone.get(NEW)).json == [] == (await other.get(NEW)).json


async def test_pages_fold_or_leave_out_what_a_filter_finds(site: Site, sign_in: SignIn) -> None:
    lea, page = (await make_member("lea")).actor, await sign_in("tom")
    fruit = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    await communities.join(page.actor, fruit)
    root = await service.write(lea, fruit, kind="tip", title="Le verger", source="Beau.")
    await service.reply(lea, root, source="Du gel, @tom.")
    await service.write(lea, fruit, kind="tip", title="Gel tardif", source="Froid.")
    await site.runner.settle()
    assert "Vous ne filtrez rien" in (await page.get("/settings/filters")).main.text
    shown = await page.get("/settings/filters/new")
    shown.fill("Mots à filtrer", " ").fill("Dernier jour", "demain")
    assert len((await page.press("Enregistrer")).problems) == 1
    page.page.fill("Mots à filtrer", "gel").fill("Dernier jour", "9999-12-31")
    assert (await page.press("Enregistrer")).status == 422
    shown = await page.get("/settings/filters/new")
    shown.fill("Mots à filtrer", "gel\nneige")
    assert "gel, neige" in (await page.press("Enregistrer")).main.text
    folded = "Votre filtre « gel ». Montrer quand même."
    for path in ("/?order=published", "/c/fruitiers", "/u/lea", f"/p/{root.id}", "/notifications", "/digest"):
        text = (await page.get(path)).main.text.replace("\u00a0", " ").replace("\u202f", " ")
        assert folded in text and "Le verger" in text, path
    [link] = [
        one for one in (await page.get("/settings/filters")).links.values() if one.startswith("/settings/filters/1")
    ]
    shown = await page.get(link)
    assert shown.value("Mots à filtrer").split() == ["gel", "neige"]
    shown.choose("Ne pas le montrer")
    await page.press("Enregistrer")
    for path in ("/?order=published", "/digest"):
        assert "Gel tardif" not in (await page.get(path)).main.text
    text = (await page.get(f"/p/{root.id}")).main.text
    assert "Masqué par votre filtre" in text and "Du gel" not in text
    assert "Gel tardif" not in (await page.get("/c/fruitiers")).main.text
    nic = await sign_in("nic")
    assert (await nic.get(link)).status == 404 and "Gel tardif" in (await nic.get("/c/fruitiers")).main.text
    await page.get("/settings/filters")
    assert "Vous ne filtrez rien" in (await page.press("Supprimer")).main.text

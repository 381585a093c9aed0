"""A server that one blocks for oneself: nothing of who is there, in lists, streams, searches and notifications; follows end; nobody else is concerned."""
# ruff: noqa: F811

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities.models import Membership
from fedcop.core import database
from fedcop.core.clock import now
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.signals import Signal
from fedcop.core.site import Site
from fedcop.discussions import queries as discussions
from fedcop.discussions import service as writing
from fedcop.discussions.quotes import rules as quoting
from fedcop.notifications import requests
from fedcop.notifications.models import Notification, NotificationRequest
from fedcop.people import domains, export, queries
from fedcop.people import service as people
from fedcop.people.models import DomainBlock, Follow
from fedcop.timelines import live, streams, tags
from fedcop.timelines import queries as timelines
from fedcop.timelines.live import Stream
from fedcop.timelines.streams import Span
from tests.rig.people import make_stranger
from tests.rig.queries import counted
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_limited import LIMITED, Coast, coast, site  # noqa: F401 - fixtures

PATH = "/api/v1/domain_blocks"
MINE = {"Dune ours", "Dune home", "Dune alone", "Dune fiche"}  # what Gus, of this server, wrote


def titles(said: str) -> set[str]:
    return {title for title in MINE if title in said}


async def test_nothing_of_who_is_there_is_shown(
    coast: Coast,
    site: Site,
    sign_in: SignIn,
    connect: Connect,
) -> None:
    browser, other = await sign_in(coast.fan), await connect(coast.nic)
    phone = await connect(coast.fan)
    await people.follow(coast.fan.actor, coast.ours.actor)

    async def seen() -> dict[str, set[str]]:
        found = {path: titles((await browser.get(path)).main.text) for path in ("/", "/?whose=all", "/tags/vagues", "/c/fruitiers")}  # fmt: skip
        for path in (
            "timelines/home",
            "timelines/public",
            "timelines/tag/vagues",
            f"timelines/list/{coast.ours.actor_id}",
        ):
            answer = await phone.get(f"/api/v1/{path}?limit=40")
            found[path] = titles(str(answer.json)) if answer.status == 200 else set()
        found["search"] = titles(str((await phone.get("/api/v2/search?q=vagues&limit=40")).json["statuses"]))
        return found

    before = await seen()
    assert sum(bool(one) for one in before.values()) >= 7, before
    strangers = titles(str((await other.get("/api/v1/timelines/public?limit=40")).json))
    with counted() as statements:
        await phone.get("/api/v1/timelines/home")
    asked = len(statements)
    assert (await phone.post(PATH, {"domain": f" https://{LIMITED.upper()}/ "})).json == {}
    assert (await phone.post(PATH, json={"domain": LIMITED})).json == {}
    await site.runner.settle(strict=False)
    after = await seen()
    # On the page of a community, and in the discussion, a line stands for it.
    assert {path: found for path, found in after.items() if found} == {}
    assert titles(str((await other.get("/api/v1/timelines/public?limit=40")).json)) == strangers != set()
    with counted() as statements:
        await phone.get("/api/v1/timelines/home")
    statements.at_most(asked)
    (tie,) = (await phone.get(f"/api/v1/accounts/relationships?id[]={coast.gus.id}")).json
    assert tie["domain_blocking"] and not tie["following"] and not tie["blocking"]
    views = await discussions.load_posts(coast.fan.actor, [coast.roots["Dune ours"].id, coast.roots["Plage ours"].id])
    assert [view.hidden for view in views] == [True, False]
    assert (await phone.ask("DELETE", f"{PATH}?domain={LIMITED}")).json == {}
    assert (await phone.get("/api/v1/timelines/public?limit=40")).json != [] and (await seen())["timelines/public"] == before["timelines/public"]  # fmt: skip


async def test_what_is_said_at_once_is_what_lists_have(coast: Coast, site: Site) -> None:
    fan, inside = coast.fan.actor, coast.roots["Dune de Pia"].id  # by somebody of elsewhere, in a community there
    await Membership.create(community=coast.dunes, actor=fan, state="active", created_at=now())
    listening = {(fan.id, Stream("user")), (fan.id, Stream("public")), (fan.id, Stream("hashtag", "vagues"))}
    for blocked in (False, True):
        if blocked:
            await domains.block(fan, LIMITED)
        for root in coast.roots.values():
            told = await live.judge(Signal("appeared", (root.id,)), listening)
            assert told is not None
            assert ((fan.id, Stream("user")) in told.to) == (root.id in await streams.home(fan, Span(limit=100)))
            if blocked and root.author_id == coast.gus.id:
                assert not told.to
        assert (inside in await streams.home(fan, Span(limit=100))) is not blocked


async def test_no_tag_brings_home_what_is_in_a_community_there(coast: Coast, site: Site) -> None:
    """Nor where one does not belong to it, whoever wrote it; in lists of all that there is one finds it."""
    nic, inside = coast.nic.actor, coast.roots["Dune de Pia"].id
    await tags.follow(nic, "vagues")
    listening = {(nic.id, Stream("user"))}
    for blocked in (False, True):
        if blocked:
            await domains.block(nic, LIMITED)
        found, page = await streams.home(nic, Span(limit=100)), await timelines.home(nic, limit=100)
        assert (inside in found) is (inside in page.ids) is not blocked
        assert inside in await streams.public(nic, Span(limit=100))
        for root in coast.roots.values():
            told = await live.judge(Signal("appeared", (root.id,)), listening)
            assert told is not None and bool(told.to) == (root.id in found)


async def test_follows_end_and_nothing_is_told_any_more(coast: Coast, site: Site) -> None:
    fan, nic = coast.fan, coast.nic
    for who in (fan, nic):
        await people.record_follow(coast.gus, who.actor, f"https://{LIMITED}/follow/{who.id}")
        await requests.choose(who, {"not_followers": "filter"})
    await coast.post(coast.gus, None, "Coucou", mentioned=(fan.actor, nic.actor))
    await coast.post(coast.pia, None, "Coucou", mentioned=(fan.actor, nic.actor))
    await site.runner.settle(strict=False)

    async def told(account: Account) -> set[int | None]:
        return {one.from_actor_id for one in await Notification.filter(account_id=account.id)}

    assert coast.gus.id in await told(fan) and await NotificationRequest.filter(from_actor_id=coast.gus.id).count() == 2
    await domains.block(fan.actor, LIMITED)
    await site.runner.settle(strict=False)
    assert coast.gus.id not in await told(fan) and coast.pia.id in await told(fan)
    assert coast.gus.id in await told(nic) and await NotificationRequest.filter(from_actor_id=coast.gus.id).count() == 1
    left = Follow.filter(follower_id=fan.actor_id).select_related("target")
    assert LIMITED not in {one.target.host for one in await left}
    assert not await Follow.filter(follower_id=coast.gus.id, target_id=fan.actor_id).exists()
    assert await Follow.filter(follower_id=coast.gus.id, target_id=nic.actor_id).exists()
    await coast.post(coast.gus, None, "Encore", mentioned=(fan.actor,))
    await site.runner.settle(strict=False)
    assert coast.gus.id not in await told(fan)
    with pytest.raises(Forbidden):
        await people.follow(fan.actor, coast.gus)
    with pytest.raises(NotFound):  # as who is blocked: it is not said
        await people.record_follow(coast.gus, fan.actor, f"https://{LIMITED}/follow/9")
    await domains.unblock(fan.actor, LIMITED)
    assert (await people.record_follow(coast.gus, fan.actor, f"https://{LIMITED}/follow/9")).state == "accepted"


async def test_they_quote_and_invite_nobody_who_blocks_them(coast: Coast, site: Site) -> None:
    lea = coast.lea.actor
    mine = await writing.write(lea, coast.ours, kind="tip", title="À moi", source="Oui.")
    assert await quoting.standing(coast.gus, mine) != "denied"
    await domains.block(lea, LIMITED)
    assert await quoting.standing(coast.gus, mine) == "denied"
    assert await queries.blocked_either_way(coast.gus, lea) and await queries.blocked_either_way(lea, coast.gus)
    assert not await queries.blocked_either_way(coast.gus, coast.nic.actor)


async def test_who_moves_there_takes_nobody_along_who_blocks_it(coast: Coast, site: Site) -> None:
    fan, nic = coast.fan.actor, coast.nic.actor
    await people.follow(nic, coast.pia)
    await Follow.filter(follower_id=nic.id, target_id=coast.pia.id).update(state="accepted")
    await domains.block(fan, LIMITED)
    pia = await make_stranger("pia", LIMITED, also_known_as=(coast.pia.uri,))
    assert await people.record_move(coast.pia, pia) == 2
    assert await Follow.filter(follower_id=nic.id, target_id=pia.id).exists()
    assert not await Follow.filter(follower_id=fan.id, target_id=pia.id).exists()


async def test_very_many_follows_end_bit_by_bit(coast: Coast, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "BATCH", 2)
    made: list[Actor] = []
    for number in range(5):
        one = await make_stranger(f"p{number}", LIMITED)
        await people.record_follow(one, coast.nic.actor, f"https://{LIMITED}/follow/p{number}")
        made.append(one)
    await domains.block(coast.nic.actor, LIMITED)
    await site.runner.settle(strict=False)
    assert not await Follow.filter(target_id=coast.nic.actor_id, follower_id__in=[one.id for one in made]).exists()
    # Where nothing is blocked, any more, nothing ends.
    await domains.end_ties(coast.nic.actor_id, "mer.example")
    assert await Follow.filter(follower_id=coast.fan.actor_id, target_id=coast.pia.id).exists()


async def test_a_large_server_costs_what_a_small_one_does(
    coast: Coast, site: Site, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all whom somebody does not see, an answer asks only after those whom it would name."""
    for number in range(30):
        await make_stranger(f"s{number}", LIMITED)
    await domains.block(coast.fan.actor, LIMITED)
    await people.follow(coast.nic.actor, coast.fan.actor)
    await site.runner.settle(strict=False)
    most: list[int] = []

    async def rows(statement: str, *values: Any) -> list[dict[str, Any]]:
        found = await database.rows(statement, *values)
        most.append(len(found))
        return found

    monkeypatch.setattr(queries, "rows", rows)
    phone = await connect(coast.fan)
    assert len((await phone.get(f"/api/v1/accounts?id[]={coast.nic.actor_id}")).json) == 1
    assert len((await phone.get("/api/v1/notifications?types[]=follow")).json) == 1
    assert most and max(most) < 10


async def test_apps_list_and_name_them(coast: Coast, connect: Connect) -> None:
    phone, other = await connect(coast.fan), await connect(coast.nic)
    for host in ("un.example", "deux.example", "trois.example:8443"):
        assert (await phone.post(PATH, {"domain": host})).status == 200
    assert (await phone.post(PATH, {"domain": "pré.example"})).status == 200
    assert (await phone.ask("DELETE", PATH, form={"domain": " https://PRÉ.example/ "})).status == 200
    listed = await phone.get(f"{PATH}?limit=2")
    after = listed.headers["Link"].partition(">")[0].removeprefix("<https://atelier.example")
    assert listed.json == ["trois.example:8443", "deux.example"] and (await phone.get(after)).json == ["un.example"]
    for wrong in ("", "a b", "atelier.example", "x/y", "é" * 400):
        refused = await phone.post(PATH, {"domain": wrong})
        assert refused.status == 422 and refused.json["error"], wrong
    assert (await phone.ask("DELETE", PATH, form={"domain": "UN.example"})).status == 200
    assert (await phone.ask("DELETE", PATH, json={"domain": "nowhere.example"})).status == 200
    assert (await phone.get(PATH)).json == ["trois.example:8443", "deux.example"]
    assert (await other.get(PATH)).json == []
    told = dict([one async for one in export.ties(coast.fan.actor_id)])
    assert [one["server"] for one in told["blocked_servers.json"]] == ["deux.example", "trois.example:8443"]


async def test_the_page(coast: Coast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    fan: Any = await sign_in(coast.fan)
    await fan.get(f"/u/gus@{LIMITED}")
    page = await fan.click(f"Bloquer le serveur {LIMITED}")
    assert page.value("Nom d’un serveur") == LIMITED and "Vous n’avez bloqué aucun serveur." in page.main.text
    page.fill("Nom d’un serveur", "un serveur")
    page = await fan.press("Bloquer ce serveur")
    assert page.status == 422 and len(page.problems) == 1 and page.value("Nom d’un serveur") == "un serveur"
    page.fill("Nom d’un serveur", LIMITED)
    page = await fan.press("Bloquer ce serveur")
    assert page.messages == [f"Vous ne verrez plus personne de {LIMITED}. Ces personnes n’en savent rien."]
    page = await fan.get(f"/u/gus@{LIMITED}")
    assert f"Vous avez bloqué le serveur {LIMITED}." in page.main.text and "Bloquer le serveur" not in page.main.text
    await fan.click("Voir les serveurs bloqués")
    page = await fan.press(f"Débloquer {LIMITED}")
    assert page.messages == [f"Vous voyez de nouveau les personnes de {LIMITED}."]
    assert not await DomainBlock.all().count()
    monkeypatch.setattr(domains, "MOST", 1)
    await domains.block(coast.fan.actor, "un.example")
    page = await fan.post("/settings/blocks/servers", host="deux.example")
    assert page.status == 422 and "500" in page.main.text

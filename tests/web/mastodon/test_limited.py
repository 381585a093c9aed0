"""Servers that those in charge limited: nothing of them in any list that nobody chose, on pages and for apps; all of it for who follows it, and by its address.

What is limited says "Dune", what is not says "Plage". Every address that needs no more than a look is walked, so that a new list is found here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership
from fedcop.core.clock import now
from fedcop.core.signals import Signal
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from fedcop.discussions.service import FoundPost
from fedcop.federation.peers import limited, servers
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from fedcop.people.models import Follow
from fedcop.profiles import service as profiles
from fedcop.resources.models import Resource
from fedcop.search import service as search
from fedcop.timelines import lists, live, streams, tags, trends
from fedcop.timelines.live import Stream
from fedcop.timelines.streams import Span, Wish
from tests.rig.browser import Browser
from tests.rig.fakeweb import FakeWeb
from tests.rig.people import make_member, make_stranger
from tests.rig.queries import counted
from tests.rig.villages import received
from tests.web.conftest import SignIn
from tests.web.mastodon.conftest import Connect
from web.routes import all_routes
from web.shared.routing import Family

LIMITED, OPEN = "rive.sable.example", "mer.example"


@dataclass
class Coast:
    """A community of ours, one on a limited server and one on another, with a person of each of the two in all of them."""

    ours: Community
    lea: Account  # responsible in ours
    fan: Account  # follows all that there is
    nic: Account  # is nowhere
    gus: Actor  # limited
    pia: Actor
    dunes: Community  # limited
    beaches: Community
    roots: dict[str, Post]
    number: int = 0

    async def post(self, author: Actor, community: Community | None, title: str, **more: object) -> Post:
        """Receive a post."""
        self.number += 1
        found = FoundPost(
            uri=f"https://{author.host}/posts/{self.number}", author=author, community=community, published_at=now(),
            kind="tip", title=title, content=f"<p>{title} et des vagues</p>", tags=("vagues",), **more,  # type: ignore[arg-type]
        )  # fmt: skip
        post = await received(found)
        assert post is not None
        return post


async def _community(name: str, host: str, title: str) -> Community:
    group = await make_stranger(name, host, "Group", display_name=title, summary="<p>vagues</p>")
    return await Community.create(actor=group, purpose=f"{title} et vagues", members_count=50, created_at=now())


@pytest.fixture
async def site(make_site: Callable[..., AbstractAsyncContextManager[Site]]) -> AsyncIterator[Site]:
    """An instance from which no other server can be reached."""
    async with make_site(transport=FakeWeb().transport()) as opened:
        yield opened


@pytest.fixture
async def coast(site: Site) -> Coast:
    """It all, before anything is limited."""
    lea, fan, nic = [await make_member(name) for name in ("lea", "fan", "nic")]
    ours = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="vagues")
    gus = await make_stranger("gus", LIMITED, display_name="Gus Dunard", summary="<p>vagues</p>")
    pia = await make_stranger("pia", OPEN, display_name="Pia Plage", summary="<p>vagues</p>")
    for host in (LIMITED, OPEN):
        await servers.server(host)
    dunes, beaches = await _community("dunes", LIMITED, "Les Dunes"), await _community("plages", OPEN, "Les Plages")
    coast = Coast(ours, lea, fan, nic, gus, pia, dunes, beaches, {})
    for who in (gus, pia):
        await communities.join(who, ours)
    for who, word, home in ((gus, "Dune", dunes), (pia, "Plage", beaches)):
        for place, community in (("ours", ours), ("home", home), ("alone", None)):
            coast.roots[f"{word} {place}"] = await coast.post(who, community, f"{word} {place}")
        sheet = await coast.post(who, ours, f"{word} fiche")
        await Post.filter(id=sheet.id).update(kind="resource")
        await Resource.create(
            post_id=sheet.id, community_id=ours.id, kind="sheet", licence="CC0-1.0", created_at=now(), changed_at=now()
        )
    coast.roots["Dune de Pia"] = await coast.post(pia, dunes, "Dune de Pia")
    ina = await make_stranger("ina", OPEN, display_name="Ina Plage")
    for root in list(coast.roots.values()):  # what several people write in would be a trend
        for who in (gus, pia, ina):
            await coast.post(who, root.community and (await Community.get(id=root.community_id)), "", parent=root)
    await people.follow(fan.actor, gus)
    for target in (dunes.actor, beaches.actor, ours.actor, pia):
        await people.follow(fan.actor, await Actor.get(id=target.id))
    await Follow.filter(follower_id=fan.actor.id).update(state="accepted")
    await site.runner.settle()
    await search.reindex()
    return coast


async def _limit() -> None:
    """Limit a domain above the server."""
    await servers.set_policy("sable.example", "limited")


# Where everything public would be, and whether who follows it has it there.
PAGES = {
    "/": True,
    "/?whose=all": True,
    "/tags/vagues": True,
    "/search?q=vagues": True,
    "/search?q=vagues&kind=post": True,
    "/search?q=vagues&kind=resource": True,
    "/search?q=vagues&kind=community": True,
    "/search": False,
    "/communities?where=all": True,
    "/communities?where=elsewhere": True,
    "/communities?q=vagues&where=all": True,
    "/resources": True,
    "/c/fruitiers": True,
    "/c/fruitiers/resources": True,
}
APPS = {
    "/api/v1/timelines/public": True,
    "/api/v1/timelines/public?remote=true": True,
    "/api/v1/timelines/tag/vagues": True,
    "/api/v2/search?q=vagues": True,
    "/api/v1/accounts/search?q=vagues": True,
    "/api/v1/trends/statuses": False,
    "/api/v1/accounts/{ours}/statuses": True,
}
ONLY_MEMBERS = ("/api/v2/search", "/api/v1/accounts/search")
OF_PEOPLE = ("/?whose=all",)  # strangers have it under another address


def _filled(path: str, coast: Coast) -> str:
    return path.replace("{ours}", str(coast.ours.actor_id))


async def test_nothing_of_them_is_in_lists_that_nobody_chose(coast: Coast, sign_in: SignIn, connect: Connect, open_browser: object) -> None:  # fmt: skip
    stranger = await open_browser()  # type: ignore[operator]
    nic, fan = await sign_in(coast.nic), await sign_in(coast.fan)
    phones = {"stranger": await connect(None), "nic": await connect(coast.nic), "fan": await connect(coast.fan)}

    async def said(path: str, who: str) -> str:
        if path.startswith("/api"):
            return str((await phones[who].get(_filled(path, coast))).json)
        shown = await {"stranger": stranger, "nic": nic, "fan": fan}[who].get(path)
        return str(shown.main.text)

    everywhere = {
        (path, who): follows
        for path, follows in {**PAGES, **APPS}.items()
        for who in phones
        if not (who == "stranger" and path.startswith((*ONLY_MEMBERS, *OF_PEOPLE))) and (path, who) != ("/", "nic")
    }
    for path, who in everywhere:
        text = await said(path, who)
        assert ("Dun" in text, "Plage" in text) == (True, True), f"{path} for {who} before anything is limited"
    await _limit()
    for (path, who), follows in everywhere.items():
        text = await said(path, who)
        assert "Plage" in text, f"{path} for {who}: what is not limited stays"
        assert ("Dun" in text) == (who == "fan" and follows), f"{path} for {who}"


async def test_no_other_address_tells_of_them_either(coast: Coast, sign_in: SignIn, connect: Connect, open_browser: object) -> None:  # fmt: skip
    await _limit()
    stranger, nic = await open_browser(), await sign_in(coast.nic)  # type: ignore[operator]
    phones = [await connect(None), await connect(coast.nic)]
    walked = 0
    for route in all_routes():
        if route.method != "GET" or "{" in route.path.replace("{tag}", "").replace("{name}", ""):
            continue
        if route.family is Family.DOCUMENT or "/oauth" in route.path or "streaming" in route.path:
            continue
        path = route.path.replace("{tag}", "vagues").replace("{name}", "fruitiers" if "/c/" in route.path else "nic")
        if path in ("/c/fruitiers/members", "/c/fruitiers/about", "/c/fruitiers/named"):
            continue  # who belongs to a community that one opened is said there
        for asked in (path, f"{path}?q=vagues&where=all&kind=&acct=vagues"):
            answers = [await one.get(asked) for one in ([stranger, nic] if not path.startswith("/api") else [])]
            answers += [await one.get(asked) for one in (phones if path.startswith("/api") else [])]
            for one in answers:
                text = str(one.json) if hasattr(one, "json") else one.html
                assert "Dun" not in text.replace("Dunkerque", ""), asked
            walked += len(answers)
    assert walked > 200


async def test_by_its_address_everything_is_where_it_was(coast: Coast, sign_in: SignIn, connect: Connect) -> None:
    await _limit()
    nic, phone = await sign_in(coast.nic), await connect(coast.nic)
    for name, root in coast.roots.items():
        if name.startswith("Dune"):
            page = await nic.get(f"/p/{root.id}")
            assert page.status == 200 and name.partition(" de ")[0] in page.main.text
    assert "Dune home" in (await nic.get(f"/c/dunes@{LIMITED}")).main.text
    assert "Dune alone" in (await nic.get(f"/u/gus@{LIMITED}")).main.text
    assert (await nic.get(f"/search?q=@gus@{LIMITED}")).path.startswith("/u/gus")
    found = (await phone.get(f"/api/v2/search?q=gus@{LIMITED}")).json["accounts"]
    assert [one["limited"] for one in found] == [True]
    assert (await phone.get(f"/api/v1/accounts/{coast.gus.id}")).json["limited"] is True
    assert (await phone.get(f"/api/v1/accounts/{coast.dunes.actor_id}")).json["limited"] is True
    status = (await phone.get(f"/api/v1/statuses/{coast.roots['Dune home'].id}")).json
    assert status["account"]["limited"] is True
    assert "limited" not in (await phone.get(f"/api/v1/accounts/{coast.pia.id}")).json
    thread = (await phone.get(f"/api/v1/statuses/{coast.roots['Plage ours'].id}/context")).json
    assert len(thread["descendants"]) == 3, "what stands below what one opened stays"


async def test_members_see_what_is_said_in_their_community(coast: Coast, connect: Connect, sign_in: SignIn) -> None:
    await _limit()
    noor = await make_member("noor")
    await communities.join(noor.actor, coast.ours)
    phone, page = await connect(noor), await sign_in(noor)
    for path in ("/c/fruitiers", "/", "/?whose=all", "/search?q=vagues&kind=post", "/resources", "/tags/vagues"):
        text = (await page.get(path)).main.text
        assert ("Dune ours" in text or "Dune fiche" in text) and "Dune home" not in text and "Dune alone" not in text, (
            path
        )
    assert "Dune ours" in str((await phone.get("/api/v1/timelines/home")).json)
    assert "Dune ours" in str((await phone.get(f"/api/v1/timelines/list/{coast.ours.actor_id}")).json)


async def test_tags_and_lists_of_ones_own(coast: Coast, connect: Connect) -> None:
    await _limit()
    phone = await connect(coast.nic)
    await tags.follow(coast.nic.actor, "vagues")
    text = str((await phone.get("/api/v1/timelines/home")).json)
    assert "Plage home" in text and "Dun" not in text
    own = await lists.make(coast.fan.actor, "Mer")
    await lists.add(coast.fan.actor, own.id, [coast.gus.id])
    text = str((await (await connect(coast.fan)).get(f"/api/v1/timelines/list/{own.id}")).json)
    assert "Dune alone" in text


async def test_a_profile_recommends_them_to_who_follows_them(coast: Coast, connect: Connect) -> None:
    await _limit()
    for one in (coast.gus, coast.pia, coast.dunes.actor):
        tied = await Actor.get(id=one.id)
        await people.follow(coast.lea.actor, tied)
        await Follow.filter(follower_id=coast.lea.actor.id).update(state="accepted")
        await profiles.recommend(coast.lea.actor, tied)
    seen = {}
    for who in (coast.nic, coast.fan, coast.lea):
        found = (await (await connect(who)).get(f"/api/v1/accounts/{coast.lea.actor_id}/endorsements")).json
        seen[who.actor.name] = sorted(one["username"] for one in found)
    assert seen == {"nic": ["pia"], "fan": ["dunes", "gus", "pia"], "lea": ["dunes", "gus", "pia"]}


async def test_numbers_count_what_is_shown(coast: Coast, browser: Browser) -> None:
    assert "2 ressources" in (await browser.get("/resources")).main.text
    await _limit()
    for path in ("/resources", "/c/fruitiers/resources"):
        assert "1 ressource" in (await browser.get(path)).main.text and "2 ressources" not in (await browser.get(path)).main.text  # fmt: skip


async def test_streams_say_what_the_lists_have(coast: Coast) -> None:
    await _limit()
    heard = [Stream("public"), Stream("hashtag", tag="vagues"), Stream("user")]
    await tags.follow(coast.nic.actor, "vagues")
    who = [coast.nic.actor, coast.fan.actor, coast.lea.actor]
    listening = [(one.id, stream) for one in who for stream in heard]
    for name, root in coast.roots.items():
        told = await live.judge(Signal("appeared", (root.id,)), listening)
        assert told is not None
        for one in who:
            read = {
                heard[0]: await streams.public(one, Span(limit=100)),
                heard[1]: await streams.tagged(one, Span(limit=100), Wish(any_tags=("vagues",))),
                heard[2]: await streams.home(one, Span(limit=100)),
            }
            for stream, ids in read.items():
                assert ((one.id, stream) in told.to) == (root.id in ids), f"{name} for {one.name} in {stream.name}"


async def test_what_is_said_to_one_is_told_of_those_one_follows(coast: Coast, site: Site) -> None:
    await _limit()
    noor = await make_member("noor")
    await communities.join(noor.actor, coast.ours)

    async def told(account: Account) -> set[tuple[str, int | None]]:
        await site.runner.settle()
        found = await Notification.filter(account_id=account.id, filtered=False)
        return {(one.kind, one.from_actor_id) for one in found if one.from_actor_id in (coast.gus.id, coast.pia.id)}

    for who in (coast.gus, coast.pia):
        await coast.post(who, None, "Coucou", mentioned=(coast.nic.actor, coast.fan.actor))
        await people.follow(who, coast.nic.actor)
        await coast.post(who, coast.ours, "Ici", mentioned=(noor.actor,))
    assert await told(coast.nic) == {("mention", coast.pia.id), ("follow", coast.pia.id)}
    assert {("mention", coast.pia.id), ("mention", coast.gus.id)} <= await told(coast.fan)
    assert await told(noor) == {("mention", coast.pia.id), ("mention", coast.gus.id)}


async def test_what_is_not_told_is_set_aside_and_apps_show_it(coast: Coast, connect: Connect, site: Site) -> None:
    await _limit()
    phone = await connect(coast.nic)
    assert (await phone.get("/api/v2/notifications/policy")).json["for_limited_accounts"] == "filter"
    await coast.post(coast.gus, None, "Coucou", mentioned=(coast.nic.actor,))
    await site.runner.settle()
    (waiting,) = (await phone.get("/api/v1/notifications/requests")).json
    assert waiting["account"]["id"] == str(coast.gus.id) and waiting["account"]["limited"] is True
    assert waiting["last_status"]["account"] == waiting["account"]


async def test_who_is_met_later_below_the_domain_is_limited_too(coast: Coast) -> None:
    await _limit()
    assert set(await trends.threads(None)) and coast.roots["Dune ours"].id not in await trends.threads(None)
    late = await make_stranger("lou", "port.sable.example")
    await servers.server("port.sable.example")
    assert await limited.is_limited(late) and not await limited.is_limited(coast.pia)
    await servers.set_policy("port.sable.example", "allowed")
    assert not await limited.is_limited(late), "what is decided about itself goes before"
    await servers.set_policy("example", "limited")
    assert not await limited.is_limited(coast.lea.actor) and "atelier.example" not in await limited.hosts()


async def test_where_nothing_is_limited_nothing_is_asked(coast: Coast, connect: Connect) -> None:
    phone = await connect(coast.nic)
    path = "/api/v1/timelines/public"
    await phone.get(path)
    with counted() as before:
        await phone.get(path)
    assert not [one for one in before if "la.host" in one or "lg.host" in one]
    await _limit()
    await phone.get(path)
    with counted() as after:
        await phone.get(path)
    assert len(after) == len(before), "a condition, not another statement"
    assert await Membership.filter(actor_id=coast.gus.id).exists()

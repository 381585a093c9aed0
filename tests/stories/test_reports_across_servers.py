"""A report reaches the responsible people wherever they live, one of them decides, and who reported is told; strangers report too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import lookup, remote
from fedcop.communities import queries as communities
from fedcop.communities import service as community_service
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.federation.models import OutgoingActivity
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from fedcop.reports import desk, rules, service
from fedcop.reports.models import Report
from tests.rig.interop import HOME, INBOX, open_coop
from tests.rig.manners import LEMMY, LEMMY_019, MASTODON, NODEBB
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

B, C = "https://atelier.example", "https://cercle.example"


@dataclass
class Stage:
    """Ana's community at coop.example; Ben is a member at B, Cara moderates from C; Bob at home wrote what is reported."""

    world: World
    a: Site
    b: Site
    c: Site
    ana: Actor
    ben: Actor
    cara: Actor
    community: Community
    ad: Post

    async def at(self, site: Site) -> tuple[list[Report], list[str]]:
        """The reports that a site has, and what it told its people about them."""
        async with site.entered():
            told = await Notification.filter(kind__startswith="report").order_by("id").select_related("account__actor")
            return await Report.all().order_by("id"), [f"{one.account.actor.name}:{one.kind}" for one in told]

    async def sent(self, site: Site, *kinds: str) -> list[dict[str, Any]]:
        async with site.entered():
            found = [json.loads(bytes(one.body)) for one in await OutgoingActivity.all().order_by("id")]
        return [one for one in found if one["type"] in kinds]

    async def there(self, site: Site, who: Actor) -> Community:
        async with site.entered():
            return await communities.visible_community(who, "sols@coop.example")


@pytest.fixture
async def stage(world: World) -> Stage:
    coop = await open_coop(world)
    people_elsewhere = {}
    for url, name in ((B, "ben"), (C, "cara")):
        site = await world.fedcop(url)
        async with site.entered():
            person = (await make_member(name)).actor
            await lookup.ask_for("!sols@coop.example")
        await world.settle()
        async with site.entered():
            await community_service.join(person, await communities.visible_community(person, "sols@coop.example"))
        await world.settle()
        people_elsewhere[name] = (site, person)
    async with coop.site.entered():
        cara = await actors.by_uri(f"{C}/u/cara")
        assert cara is not None
        await community_service.appoint(
            coop.ana, coop.community, cara, "committee", duties=["admissions", "moderation"]
        )
        ad = await discussions.write(
            coop.bob, coop.community, kind="tip", title="Réclame", source="Achetez mes engrais"
        )
    await world.settle()
    (b, ben), (c, cara) = people_elsewhere["ben"], people_elsewhere["cara"]
    return Stage(world, coop.site, b, c, coop.ana, ben, cara, coop.community, ad)


async def report_from_b(stage: Stage, comment: str = "Publicité") -> Report:
    there = await stage.there(stage.b, stage.ben)
    async with stage.b.entered():
        post = await Post.get(uri=stage.ad.uri)
        target = await Actor.get(id=post.author_id)
        made = await service.report(stage.ben, target, comment=comment, post=post, community_id=there.id)
    await stage.world.settle()
    return made


async def test_a_moderator_elsewhere_decides_and_the_reporter_is_told(stage: Stage) -> None:
    await report_from_b(stage)
    [flag] = await stage.sent(stage.b, "Flag")
    assert (flag["actor"], flag["object"], flag["to"]) == (f"{B}/u/ben", stage.ad.uri, [stage.community.actor.uri])
    [at_home], told = await stage.at(stage.a)
    assert (at_home.uri, at_home.state, told) == (flag["id"], rules.OPEN, ["ana:report"])
    [at_cara], told = await stage.at(stage.c)
    assert (at_cara.uri, at_cara.comment, told) == (flag["id"], "Publicité", ["cara:report"])
    there = await stage.there(stage.c, stage.cara)
    async with stage.c.entered():
        assert (await desk.of(stage.cara, there)).reports == 1
        await service.decide(stage.cara, at_cara, acted=True, sentence="Retiré, merci.")
        assert (await Report.get(id=at_cara.id)).state == rules.SENT
    await stage.world.settle()
    for site in (stage.a, stage.b, stage.c):
        [found], _told = await stage.at(site)
        assert (found.state, found.sentence) == (rules.RESOLVED, "Retiré, merci."), site.settings.netloc
    assert (await stage.at(stage.b))[1] == ["ben:report_resolved"]
    assert (await stage.at(stage.a))[1] == [], "Ana need not look any more, and Bob was told nothing"
    [accept] = [
        one for one in await stage.sent(stage.a, "Accept") if one["object"] == flag["id"] and "fc:decidedBy" not in one
    ]
    assert accept["actor"] == stage.community.actor.uri and "cara" not in json.dumps(accept)
    assert not [one for one in await stage.sent(stage.a, "Announce") if "Flag" in json.dumps(one)]


async def test_two_on_two_servers_decide_at_once(stage: Stage) -> None:
    await report_from_b(stage)
    [at_home], _ = await stage.at(stage.a)
    [at_cara], _ = await stage.at(stage.c)
    async with stage.a.entered():
        await service.decide(stage.ana, at_home, acted=False, sentence="Ce n'en est pas.")
    async with stage.c.entered():
        await service.decide(stage.cara, at_cara, acted=True, sentence="Retiré.")
    await stage.world.settle()
    for site in (stage.a, stage.b, stage.c):
        [found], _told = await stage.at(site)
        assert (found.state, found.sentence) == (rules.DISMISSED, "Ce n'en est pas."), site.settings.netloc


async def test_a_report_made_at_home_reaches_the_moderator_elsewhere(stage: Stage) -> None:
    async with stage.a.entered():
        sam = (await make_member("sam")).actor
        bob = await Actor.get(id=stage.ad.author_id)
        await service.report(sam, bob, comment="Publicité", post=stage.ad, community_id=stage.community.id)
    await stage.world.settle()
    assert (await stage.at(stage.c))[1] == ["cara:report"]
    assert (await stage.at(stage.b))[0] == [], "Ben does not moderate"


async def test_only_my_organisation_leaves_nothing(stage: Stage) -> None:
    async with stage.b.entered():
        post = await Post.get(uri=stage.ad.uri)
        await service.report(stage.ben, await Actor.get(id=post.author_id), comment="Publicité", post=post)
    await stage.world.settle()
    assert not await stage.sent(stage.b, "Flag")
    assert (await stage.at(stage.a))[0] == []


async def test_passed_on_without_a_name(stage: Stage) -> None:
    async with stage.b.entered():
        post = await Post.get(uri=stage.ad.uri)
        target = await Actor.get(id=post.author_id)
        await service.report(stage.ben, target, comment="Publicité", post=post, pass_on=True)
    await stage.world.settle()
    [flag] = await stage.sent(stage.b, "Flag")
    assert flag["actor"] == f"{B}/actor" and flag["object"] == [target.uri, stage.ad.uri]
    assert "ben" not in json.dumps(flag)
    [found], _told = await stage.at(stage.a)
    assert (found.recipient, found.community_id, found.post_id) == (rules.ORGANISATION, None, stage.ad.id)


async def test_strangers_report_in_their_manners(stage: Stage) -> None:  # D30, D31
    world = stage.world
    lia = await world.stranger("lia@lemmy.example", LEMMY)
    group = stage.community.actor.uri
    flag = lia.activity("Flag", stage.ad.uri, to=[group], cc=[], audience=group, summary="spam", content="spam")
    assert await lia.sends(flag, INBOX) == 202
    instance = (await world.server("mastodon.example", MASTODON)).person("mastodon.example", kind="Application")
    async with stage.a.entered():
        bob = await Actor.get(id=stage.ad.author_id)
    many = [bob.uri, stage.ad.uri, *(f"{HOME}/p/{number}" for number in range(500))]
    array = instance.activity("Flag", many, content="<p>haine</p><script>alert(1)</script>", to=[bob.uri])
    assert await instance.sends(array, INBOX) == 202
    nina = await world.stranger("nina@nodebb.example", NODEBB)
    assert await nina.sends(nina.activity("Flag", [stage.ad.uri, bob.uri], content="pub", to=[group]), INBOX) == 202
    await world.settle()
    reports, _told = await stage.at(stage.a)
    assert [(one.recipient, one.comment) for one in reports] == [
        (rules.COMMUNITY, "spam"),
        (rules.ORGANISATION, "haine"),
        (rules.COMMUNITY, "pub"),
    ]
    # What bears no proof is told to moderators elsewhere in the group's words.
    async with stage.c.entered():
        shown = await Report.filter(comment="spam").select_related("reporter").get()
        assert shown.reporter.uri == group
        await service.decide(stage.cara, shown, acted=True, sentence="Retiré.")
    async with stage.a.entered():
        await service.decide(stage.ana, await Report.get(comment="pub"), acted=False, sentence="Non.")
    await world.settle()
    async with stage.a.entered():
        assert (await Report.get(comment="spam")).state == rules.RESOLVED
    [reject] = nina.server.took("Reject")
    assert (reject["object"], reject["summary"], reject["actor"]) == (reports[2].uri, "Non.", group)


async def test_lemmy_is_answered_with_its_own_word(stage: Stage) -> None:
    group = stage.community.actor.uri
    for handle, manners, expected in (("lia@lemmy.example", LEMMY, 1), ("old@lemmy19.example", LEMMY_019, 0)):
        person = await stage.world.stranger(handle, manners)
        await person.sends(person.activity("Flag", stage.ad.uri, to=[group], summary="spam"), INBOX)
        await stage.world.settle()
        async with stage.a.entered():
            report = await Report.filter(reporter__uri=person.uri).get()
            await service.decide(stage.ana, report, acted=True, sentence="Retiré.")
        await stage.world.settle()
        resolved = person.server.took("Resolve")
        assert len(resolved) == expected
        assert all((one["actor"], one["object"]["id"]) == (stage.ana.uri, report.uri) for one in resolved)


async def test_what_a_reporter_may_not_see_is_as_absent(stage: Stage) -> None:  # D30, H08
    async with stage.a.entered():
        jury = await community_service.found(
            stage.ana, title="Jury", name="jury", purpose="Juger", visibility="private"
        )
        secret = await discussions.write(stage.ana, jury, kind="tip", title="Secret", source="Chut")
    mal = await stage.world.stranger("mal@lemmy.example", LEMMY)
    for about in (secret.uri, f"{HOME}/p/123456789"):
        await mal.sends(mal.activity("Flag", about, to=[jury.actor.uri], summary="x"), INBOX)
    await stage.world.settle()
    assert (await stage.at(stage.a))[0] == []
    answers = (await outcomes(stage.a))[-2:]
    assert answers[0] == answers[1] == ("ignored", "what is reported is not known here")


async def test_nobody_answers_for_a_community_that_is_not_theirs(stage: Stage) -> None:  # D32
    made = await report_from_b(stage)
    mal = await stage.world.stranger("mal@fremd.example")
    for inbox in (f"{B}/inbox", INBOX):
        for kind in ("Accept", "Resolve"):
            await mal.sends(mal.activity(kind, made.uri, to=[f"{B}/u/ben"], summary="haha"), inbox)
    await mal.sends(mal.activity("Flag", stage.ad.uri, to=[stage.community.actor.uri], summary="x"), f"{C}/inbox")
    await stage.world.settle()
    assert (await stage.at(stage.a))[0][0].state == (await stage.at(stage.b))[0][0].state == rules.OPEN
    assert len((await stage.at(stage.c))[0]) == 1, "only the community's own server shows reports to its moderators"


async def test_reporting_to_a_community_of_lemmy(world: World) -> None:
    site = await world.fedcop(B)
    ben = (await make_member("ben")).actor
    lemmy = await world.server("lemmy.example", LEMMY)
    group, lia = lemmy.group("soil"), lemmy.person("lia")
    community = await remote.community_of(await resolver.actor(group.uri))
    await people.follow(ben, community.actor)
    await world.settle()
    await group.sends(group.activity("Accept", lemmy.took("Follow")[0], to=[ben.uri]), f"{B}/inbox")
    page = lia.root(group.uri, "Spam", "<p>Buy</p>")
    await group.sends(group.wraps(lia.activity("Create", page)), f"{B}/inbox")
    await world.settle()
    post = await Post.get(uri=page["id"])
    target = await Actor.get(id=post.author_id)
    assert [one.id for one in await rules.places(ben, target, post)] == [community.id]
    report = await service.report(ben, target, comment="spam", post=post, community_id=community.id)
    await world.settle()
    [flag] = lemmy.took("Flag")
    assert (flag["object"], flag["to"], flag["summary"], flag["actor"]) == (page["id"], [group.uri], "spam", ben.uri)
    mod = lemmy.person("mod")
    await mod.sends(mod.activity("Resolve", flag, to=[group.uri], audience=group.uri), f"{B}/inbox")
    await world.settle()
    assert (await Report.get(id=report.id)).state == rules.RESOLVED
    assert [one.kind for one in await Notification.filter(kind__startswith="report")] == ["report_resolved"]
    assert site is not None

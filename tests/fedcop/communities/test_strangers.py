"""People elsewhere, honest and not: Join, Follow, Invite and the answers from every sort of server (attacks D11 to D14, D25, D35, D36, H16)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from activitypub.vocab import Activity, parse
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import lookup, queries, records, service
from fedcop.communities.models import Community, Membership
from fedcop.core import lots
from fedcop.core.clock import now
from fedcop.core.database import rows
from fedcop.core.site import Site
from fedcop.federation import queries as federation
from fedcop.federation.inbound import Inbound
from fedcop.federation.models import MailboxEntry
from fedcop.people import service as people
from fedcop.people.activities import incoming
from fedcop.people.models import Follow
from tests.rig.fakeserver import Stranger
from tests.rig.manners import LEMMY, MASTODON, PLAIN, Manners
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

HOME = "https://v.example"
INBOX = f"{HOME}/inbox"
SOIL, PRIVATE = f"{HOME}/c/soil", f"{HOME}/c/inner"
FEDCOP = Manners("fedcop", "1.0", person="/u/{name}", group="/c/{name}", proofs=True, capabilities=("fep-1b12",))
MBIN = Manners("mbin", "1.8.0")
OLD_LEMMY = replace(LEMMY, version="0.19.5")


@dataclass
class Stage:
    """Ana's two communities, one public and one private on request."""

    world: World
    site: Site
    ana: Actor

    async def community(self, uri: str) -> Community:
        found = await queries.by_uri(uri)
        assert found is not None
        return found

    async def state(self, person: Stranger, uri: str) -> str:
        """What a stranger is to a community."""
        async with self.site.entered():
            found = await Membership.filter(actor__uri=person.uri, community__actor__uri=uri).first()
            return found.state if found else "none"

    async def last(self) -> tuple[str, str]:
        """What became of the last delivery."""
        await self.world.settle()
        return (await outcomes(self.site))[-1]


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    """v.example and its communities."""
    site = await world.fedcop(HOME)
    async with site.entered():
        ana = (await make_member("ana")).actor
        await service.found(ana, title="Soil", purpose="Sols.", name="soil")
        await service.found(
            ana, title="Inner", purpose="Entre nous.", name="inner", visibility="private", join_policy="request"
        )
    yield Stage(world, site, ana)


async def test_a_join_from_elsewhere_is_answered_with_the_whole_of_it(stage: Stage) -> None:
    gus = await stage.world.stranger("gus@coop.example", FEDCOP)
    join = await gus.joins(SOIL, INBOX, "<p>Bonjour</p>")
    assert await stage.last() == ("done", "")
    [accept] = gus.server.took("Accept")
    assert accept["actor"] == SOIL and accept["object"]["id"] == join["id"] and accept["object"]["actor"] == gus.uri
    assert await stage.state(gus, SOIL) == "active"
    async with stage.site.entered():
        assert (await Membership.get(actor__uri=gus.uri)).message == "Bonjour"


async def test_a_follow_of_a_public_community_is_answered_and_counted_with_it(stage: Stage) -> None:
    gus = await stage.world.stranger("gus@coop.example")
    await gus.sends(gus.activity("Follow", SOIL), INBOX)
    promised: list[str] = []
    async with stage.site.entered():
        while not await Follow.exists(follower__uri=gus.uri):
            for lot in await lots.claim(1):
                await stage.site.runner._start(lot)
        promised = [
            row["name"].rpartition(":")[2] for row in await rows("SELECT name FROM job WHERE due_at <= ?", now())
        ]
        (entry,) = await MailboxEntry.all().select_related("outgoing")
        accept = json.loads(entry.outgoing.body)
        assert (accept["type"], accept["actor"], accept["object"]["actor"]) == ("Accept", SOIL, gus.uri)
        assert (await stage.community(SOIL)).followers_count == 1
    assert not {"decide_follow", "publish_accept", "note_accepted"} & set(promised)
    assert await stage.last() == ("done", "")
    assert len(gus.server.took("Accept")) == 1


async def test_an_answer_does_not_overtake_the_end_of_an_earlier_follow(stage: Stage) -> None:
    gus = await stage.world.stranger("gus@coop.example")
    await gus.sends(gus.activity("Follow", stage.ana.uri), INBOX)
    await stage.world.settle()
    async with stage.site.entered():
        found = await Follow.get(follower__uri=gus.uri)
        await people.reject_follow(stage.ana, found)  # its Reject is promised, and not written yet
        follow = {"id": f"{gus.uri}#again", "type": "Follow", "actor": gus.uri, "object": stage.ana.uri}
        follower = await actors.by_uri(gus.uri)
        assert follower is not None
        activity = parse({"@context": "https://www.w3.org/ns/activitystreams", **follow})
        assert isinstance(activity, Activity)
        await incoming.receive_follow(Inbound(activity, follower, b"", follower, now()))
    await stage.world.settle()
    assert [item.type for item in gus.server.received if item.type in ("Accept", "Reject")] == [
        "Accept",
        "Reject",
        "Accept",
    ]


async def test_many_who_join_at_once_are_all_told_and_in_one_go(stage: Stage) -> None:
    server = await stage.world.server("coop.example")
    people_there = [server.person(f"p{number}") for number in range(5)]
    joins = [await one.joins(SOIL, INBOX) for one in people_there]
    await stage.world.settle()
    assert sorted(one["object"]["id"] for one in server.took("Accept")) == sorted(one["id"] for one in joins)
    async with stage.site.entered():
        assert (await stage.community(SOIL)).members_count == 6


async def test_who_asks_again_is_told_again(stage: Stage) -> None:
    gus = await stage.world.stranger("gus@coop.example", FEDCOP)
    await gus.joins(SOIL, INBOX)
    await stage.last()
    again = await gus.joins(SOIL, INBOX)
    await stage.last()
    assert [one["object"]["id"] for one in gus.server.took("Accept")][-1] == again["id"]
    async with stage.site.entered():
        assert await Membership.filter(actor__uri=gus.uri).count() == 1


async def test_leaving_by_leave_and_by_undo_with_whatever_id(stage: Stage) -> None:
    gus = await stage.world.stranger("gus@coop.example", FEDCOP)
    await gus.joins(SOIL, INBOX)
    await gus.sends(gus.activity("Leave", SOIL), INBOX)
    await stage.last()
    assert await stage.state(gus, SOIL) == "none"
    join = await gus.joins(SOIL, INBOX)
    await gus.undoes({**join, "id": join["id"] + "-other"}, INBOX)
    assert await stage.last() == ("done", "")
    assert await stage.state(gus, SOIL) == "none"
    join = await gus.joins(SOIL, INBOX)
    await gus.sends(gus.activity("Undo", join["id"]), INBOX)
    await stage.last()
    assert await stage.state(gus, SOIL) == "none"


async def test_nobody_joins_or_leaves_for_others(stage: Stage) -> None:  # D09, D35, J16
    gus, eve = (
        await stage.world.stranger("gus@coop.example", FEDCOP),
        await stage.world.stranger("eve@evil.example", PLAIN),
    )
    join = await gus.joins(SOIL, INBOX)
    await stage.last()
    await eve.sends({**eve.activity("Join", SOIL), "actor": f"{HOME}/u/ana"}, INBOX)
    await eve.sends(eve.activity("Undo", join["id"]), INBOX)
    assert (await stage.last())[0] in ("refused", "ignored")
    nested = {key: value for key, value in join.items() if key not in ("@context", "proof")}
    assert await eve.sends(eve.activity("Undo", nested), INBOX) == 400
    assert await stage.state(gus, SOIL) == "active"
    member = {
        "type": "Member",
        "id": f"{eve.server.origin}/m/1",
        "actor": eve.uri,
        "object": PRIVATE,
        "role": "administrator",
    }
    await eve.creates(member, INBOX)
    await stage.last()
    assert await stage.state(eve, PRIVATE) == "none"


async def test_moderators_of_ours_are_named_by_us(stage: Stage) -> None:  # D25, D27
    gus = await stage.world.stranger("gus@coop.example", FEDCOP)
    await gus.joins(SOIL, INBOX)
    await stage.last()
    for kind, thing, target in (
        ("Add", gus.uri, f"{SOIL}/moderators"),
        ("Remove", f"{HOME}/u/ana", f"{SOIL}/moderators"),
        ("Remove", f"{HOME}/u/ana", f"{SOIL}/members"),
        ("Block", f"{HOME}/u/ana", SOIL),
    ):
        await gus.sends(gus.activity(kind, thing, target=target), INBOX)
        outcome, _reason = await stage.last()
        assert outcome == "refused", kind
    async with stage.site.entered():
        assert [one.uri for one in await queries.moderators(await stage.community(SOIL))] == [f"{HOME}/u/ana"]


@pytest.mark.parametrize(
    ("manners", "admitted"), [(FEDCOP, True), (LEMMY, True), (OLD_LEMMY, False), (MASTODON, False), (MBIN, False)]
)
async def test_only_servers_that_keep_it_private_take_part_in_a_private_community(
    stage: Stage, manners: Manners, admitted: bool
) -> None:
    pia = await stage.world.stranger("pia@there.example", manners)
    await pia.follows(PRIVATE, INBOX)
    await stage.world.settle()
    assert await stage.state(pia, PRIVATE) == ("asked" if admitted else "none")
    # Microblogs show nothing of a Reject: they get the reason as a message.
    told = ["Create", "Reject"] if manners is MASTODON else ["Reject"]
    assert sorted(item.type for item in pia.server.received) == ([] if admitted else told)  # two jobs, in any order
    if not admitted:
        return
    async with stage.site.entered():
        [asked] = await queries.requests(await stage.community(PRIVATE))
        await service.admit(stage.ana, asked)
    await stage.world.settle()
    [accept] = pia.server.took("Accept")
    assert accept["object"]["type"] == "Follow"
    async with stage.site.entered():
        assert await Follow.filter(follower__uri=pia.uri, state="accepted").exists()


async def test_a_join_from_a_server_that_cannot_keep_it_is_declined_with_the_reason(stage: Stage) -> None:
    pia = await stage.world.stranger("pia@there.example", MBIN)
    await pia.joins(PRIVATE, INBOX)
    assert (await stage.last())[0] == "refused"
    [reject] = pia.server.took("Reject")
    assert "privée" in reject["summary"] and reject["object"]["type"] == "Join"


async def test_unfollowing_a_private_community_ends_what_began_by_following(stage: Stage) -> None:
    pia = await stage.world.stranger("pia@lemmy.example", LEMMY)
    follow = await pia.follows(PRIVATE, INBOX)
    await stage.world.settle()
    await pia.undoes(follow, INBOX)
    await stage.world.settle()
    assert await stage.state(pia, PRIVATE) == "none"


async def test_what_only_members_servers_may_fetch(stage: Stage) -> None:  # H14, H16
    mia, eve = (
        await stage.world.stranger("mia@coop.example", FEDCOP),
        await stage.world.stranger("eve@evil.example", FEDCOP),
    )
    await mia.joins(PRIVATE, INBOX)
    await stage.world.settle()
    async with stage.site.entered():
        [asked] = await queries.requests(await stage.community(PRIVATE))
        await service.admit(stage.ana, asked)
    await stage.world.settle()
    for path in ("members", "moderators", "followers", "outbox", "featured"):
        assert (await mia.gets(f"{PRIVATE}/{path}")).status == 200, path
        hidden, absent = await eve.gets(f"{PRIVATE}/{path}"), await eve.gets(f"{HOME}/c/nothing/{path}")
        assert (hidden.status, hidden.body) == (404, absent.body), path
    asked_about = f"{PRIVATE}/followers?is_follower="
    assert (await mia.gets(asked_about + mia.uri)).status == 200
    assert (await mia.gets(asked_about + eve.uri)).status == 404
    assert (await eve.gets(asked_about + mia.uri)).status == 404
    assert (await stage.world.get(asked_about + mia.uri)).status == 404
    assert (await mia.gets(f"{SOIL}/followers?is_follower=" + mia.uri)).status == 404


async def test_public_collections_are_for_everybody(stage: Stage) -> None:
    for path in ("", "/members", "/moderators", "/followers", "/following", "/outbox", "/featured"):
        answer = await stage.world.get(f"{SOIL}{path}")
        assert answer.status == 200, path
        assert json.loads(answer.body)["id"].split("?")[0] == f"{SOIL}{path}"
    document = json.loads((await stage.world.get(SOIL)).body)
    assert (
        document["type"] == "Group"
        and document["attributedTo"] == f"{SOIL}/moderators"
        and document["publicKey"]["owner"] == SOIL
    )
    assert (await stage.world.get(f"{HOME}/c/soil@v.example")).status == 404
    moderators = json.loads((await stage.world.get(f"{SOIL}/moderators")).body)
    assert moderators["totalItems"] == 1


async def elsewhere(stage: Stage, manners: Manners = FEDCOP) -> tuple[Stranger, Community]:
    """A community on another server that Ana has looked for."""
    server = await stage.world.server("group.example", manners)
    joins = {"capabilities": {"acceptsJoins": True}} if manners is FEDCOP else {}
    group = server.group("there", **joins)
    async with stage.site.entered():
        await lookup.ask_for(f"!{group.handle}")
    await stage.world.settle()
    async with stage.site.entered():
        return group, await stage.community(group.uri)


async def test_only_the_community_that_was_asked_answers(stage: Stage) -> None:  # D11, D13
    group, community = await elsewhere(stage)
    evil = group.server.group("other")
    eve = await stage.world.stranger("eve@evil.example", PLAIN)
    async with stage.site.entered():
        membership = await service.join(stage.ana, community)
    await stage.world.settle()
    [join] = group.server.took("Join")
    nested = {key: value for key, value in join.items() if key not in ("@context", "proof")}
    for other in (evil, eve):
        for thing in (nested, join["id"], {**nested, "object": other.uri}):
            await other.sends(other.activity("Accept", thing), INBOX)
            await other.sends(other.activity("Reject", thing), INBOX)
    await stage.world.settle()
    async with stage.site.entered():
        assert (await Membership.get(id=membership.id)).state == "asked"
    await group.sends(group.activity("Accept", join["id"]), INBOX)
    await stage.world.settle()
    async with stage.site.entered():
        assert (await Membership.get(id=membership.id)).state == "active"


async def test_an_accept_of_what_nobody_asked_is_ignored(stage: Stage) -> None:  # D12
    group, community = await elsewhere(stage)
    join = {"id": f"{HOME}/activities/1", "type": "Join", "actor": f"{HOME}/u/ana", "object": group.uri}
    await group.sends(group.activity("Accept", join), INBOX)
    assert (await stage.last())[0] == "ignored"
    async with stage.site.entered():
        assert not await Membership.filter(community_id=community.id, actor_id=stage.ana.id).exists()


async def test_where_nobody_knows_join_one_belongs_by_following(stage: Stage) -> None:
    group, community = await elsewhere(stage, LEMMY)
    assert not community.accepts_joins
    async with stage.site.entered():
        await service.join(stage.ana, community)
    await stage.world.settle()
    [follow] = group.server.took("Follow")
    assert group.server.took("Join") == []
    await group.accepts(follow, INBOX)
    await stage.world.settle()
    async with stage.site.entered():
        assert await queries.is_member(community, stage.ana)
        await service.leave(stage.ana, await stage.community(group.uri))
    await stage.world.settle()
    [undo] = group.server.took("Undo")
    assert undo["object"]["id"] == follow["id"]


async def test_an_invitation_is_for_the_invited_once(stage: Stage) -> None:  # D36
    gus, eve = (
        await stage.world.stranger("gus@coop.example", FEDCOP),
        await stage.world.stranger("eve@coop.example", FEDCOP),
    )
    async with stage.site.entered():
        for person in (gus, eve):
            await federation.ask_for(f"@{person.handle}")
    await stage.world.settle()
    async with stage.site.entered():
        found = await actors.by_uri(gus.uri)
        assert found is not None
        await service.invite(stage.ana, await stage.community(PRIVATE), found)
    await stage.world.settle()
    [invite] = gus.server.took("Invite")
    assert (invite["object"], invite["target"], invite["actor"]) == (gus.uri, PRIVATE, f"{HOME}/u/ana")
    await eve.sends(eve.activity("Accept", invite["id"]), INBOX)
    assert (await stage.last())[0] == "ignored"
    assert await stage.state(eve, PRIVATE) == "none"
    await gus.sends(gus.activity("Accept", invite["id"]), INBOX)
    await stage.last()
    assert await stage.state(gus, PRIVATE) == "active"
    await gus.sends(gus.activity("Accept", invite["id"]), INBOX)
    assert (await stage.last())[0] == "ignored"


async def test_invitations_come_from_moderators(stage: Stage) -> None:
    group, community = await elsewhere(stage)
    eve = await stage.world.stranger("eve@evil.example", FEDCOP)
    await eve.sends(eve.activity("Invite", f"{HOME}/u/ana", target=group.uri), INBOX)
    assert (await stage.last())[0] == "refused"
    await group.sends(group.activity("Invite", f"{HOME}/u/ana", target=group.uri), INBOX)
    assert (await stage.last())[0] == "done"
    async with stage.site.entered():
        assert [one.id for one in await queries.invitations(stage.ana)] == [community.id]
    invite = group.activity("Invite", f"{HOME}/u/ana", target=group.uri)
    await group.sends(group.activity("Undo", invite), INBOX)
    await stage.last()


async def test_a_community_that_cannot_be_read_now_is_still_known(stage: Stage) -> None:
    group, community = await elsewhere(stage)
    async with stage.site.entered():
        community = await records.record_remote(community.actor, purpose="Su avant.")
        group.server.statuses["/c/there"] = 500
        stage.world.clock.advance(days=2)
        await lookup.ask_for(f"!{group.handle}")
    await stage.world.settle(strict=False)
    async with stage.site.entered():
        assert (await stage.community(group.uri)).purpose == "Su avant."


async def test_nobody_of_ours_becomes_a_member_by_being_named(stage: Stage) -> None:
    group, community = await elsewhere(stage)
    group.moderators = [f"{HOME}/u/ana"]
    group.publish_moderators()
    await group.sends(group.activity("Add", f"{HOME}/u/ana", target=f"{group.uri}/moderators"), INBOX)
    await stage.world.settle()
    async with stage.site.entered():
        stage.world.clock.advance(days=2)
        await lookup.ask_for(f"!{group.handle}")
    await stage.world.settle()
    async with stage.site.entered():
        assert await queries.membership(community, stage.ana) is None
        assert await queries.mine(stage.ana) != [] and community.id not in [
            one.id for one in await queries.mine(stage.ana)
        ]

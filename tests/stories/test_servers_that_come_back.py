"""A server that was silent for more than a week: nothing that is not for everybody goes there, and nothing is shown there, before it is known who it is now."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from fedcop.actors.models import Actor
from fedcop.alliances.models import Alliance
from fedcop.communities import lookup, queries, service
from fedcop.communities.admission import confirming
from fedcop.communities.models import Community, Membership, ModerationAct
from fedcop.communities.roles import Act
from fedcop.core.clock import now
from fedcop.core.errors import Conflict, Forbidden
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation import jobs, returning
from fedcop.federation.fetching import resolver
from fedcop.federation.models import Destination, Server
from fedcop.federation.peers import presence
from fedcop.federation.peers.speaker import peer_uri
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from tests.rig.fakeserver import PUBLIC, FakeServer, Stranger, stamp
from tests.rig.interop import INBOX, Coop, open_coop
from tests.rig.manners import LEMMY
from tests.rig.world import World

HOST = "lemmy.example"


@dataclass
class Stage:
    """A private community of ours in which Lia of another server is a member and, if a test wants it, decides."""

    coop: Coop
    private: Community
    lia: Stranger
    machine: Stranger  # signs what her server fetches

    @property
    def world(self) -> World:
        return self.coop.world

    @property
    def server(self) -> FakeServer:
        return self.lia.server

    async def place(self) -> Membership:
        return await Membership.get(community_id=self.private.id, actor__uri=self.lia.uri).select_related("actor")

    async def writes(self, title: str) -> Post:
        """Ana writes what only members read."""
        post = await discussions.write(self.coop.ana, self.private, kind="tip", title=title, source="Entre nous")
        await self.coop.settle()
        return post

    async def days_pass(self, days: int) -> None:
        """Time passes, and every day somebody tries."""
        for _day in range(days):
            self.world.clock.advance(days=1)
            await jobs.ask_new_servers()
            await returning.look_at_silent()
            await self.coop.settle()

    async def is_away(self, days: int = 9) -> Post:
        """The server is gone for some days, in which something is written; the first thing of all."""
        self.world.web.down.add(HOST)
        first = await self.writes("Pendant le silence")
        await self.days_pass(days)
        self.server.received.clear()
        return first

    async def comes_back(self) -> None:
        """Somebody answers again under its name."""
        self.world.web.down.discard(HOST)
        await self.days_pass(2)

    def said(self) -> str:
        """All that was brought there since it was away."""
        return "".join(json.dumps(one.activity, ensure_ascii=False) for one in self.server.received)


@pytest.fixture
async def stage(world: World) -> Stage:
    coop = await open_coop(world)
    private = await service.found(
        coop.ana, title="Entre nous", name="nous", purpose="Parler librement",
        visibility="private", posting="members", join_policy="request",
    )  # fmt: skip
    await service.join(coop.bob, private)
    await service.admit(coop.ana, await Membership.get(community_id=private.id, state="asked"))
    lia = await world.stranger(f"lia@{HOST}", LEMMY)
    machine = lia.server.person(HOST, "Application")
    await lia.follows(private.actor.uri, INBOX)
    await coop.settle()
    await service.admit(coop.ana, await Membership.get(community_id=private.id, state="asked"))
    await coop.settle()
    return Stage(coop, private, lia, machine)


async def test_one_lost_look_costs_no_day(stage: Stage) -> None:  # J09
    await stage.is_away()
    stage.world.clock.advance(days=1)
    await stage.coop.settle()  # looks in vain
    stage.world.web.down.discard(HOST)
    assert await presence.is_away(HOST)
    stage.world.clock.advance(minutes=2)
    await stage.coop.settle()
    assert not await presence.is_away(HOST) and "Pendant le silence" in stage.said()


async def test_the_same_server_gets_what_waited(stage: Stage) -> None:  # J09
    first = await stage.is_away()
    assert await presence.is_away(HOST)
    stage.world.web.down.discard(HOST)
    # It answers, but cannot show who its people are: what waits goes on waiting, and nothing is lost.
    person = stage.lia.uri.removeprefix(stage.server.origin)
    stage.server.statuses[person] = 503
    await stage.days_pass(3)
    assert not stage.server.received
    assert (await stage.lia.gets(first.uri)).status == 200, "who signs with a key that we had is who they were"
    await stage.days_pass(1)
    assert "Pendant le silence" in stage.said() and (await stage.place()).state == "active"


async def test_until_somebody_was_looked_at_nothing_goes_out_and_nothing_is_lost(stage: Stage) -> None:  # J09
    first = await stage.is_away()
    stage.server.statuses[stage.lia.uri.removeprefix(stage.server.origin)] = 503
    await stage.comes_back()
    assert not stage.server.received
    waiting = await Destination.filter(host=HOST, entries__id__not_isnull=True).first()
    assert waiting is not None and "still the same server" in waiting.last_error and waiting.retry_at is not None
    stage.server.statuses.clear()
    await stage.days_pass(1)
    assert "Pendant le silence" in stage.said()
    assert (await stage.place()).state == "active" and not await Notification.filter(kind="members_held").exists()
    row = await Server.get(host=HOST)
    assert row.silent_since is None and row.doubted_since is not None, "nobody has signed anything yet"
    assert (await stage.lia.gets(first.uri)).status == 200
    assert (await Server.get(host=HOST)).doubted_since is None


async def test_whoever_has_the_name_now_is_nobody_here(stage: Stage) -> None:  # J09, J10
    first = await stage.is_away()
    stage.lia.change_keys()
    stage.machine.change_keys()
    await stage.comes_back()
    after = await stage.writes("Après")
    assert "silence" not in stage.said() and "Après" not in stage.said() and "Entre nous" not in stage.said()
    for asker in (stage.lia, stage.machine):
        for uri in (first.uri, after.uri):
            assert (await asker.gets(uri)).status == 404
    assert (await stage.place()).state == "held"
    assert stage.lia.uri not in {one.actor.uri for one in await queries.members(stage.private)}
    community = await Community.get(id=stage.private.id)
    assert (community.members_count, community.elsewhere_count) == (2, 0)
    told = await Notification.get(kind="members_held")
    assert told.detail["server"] == HOST
    line = await ModerationAct.filter(community_id=stage.private.id).order_by("-id").first()
    assert line is not None and (line.act, line.reason, line.by_id) == ("hold_member", HOST, None)


async def test_the_first_thing_that_comes_is_a_request(stage: Stage) -> None:  # J10
    """Who took the name over does not wait for us: they ask, and they write."""
    first = await stage.is_away()
    stage.world.web.down.discard(HOST)
    stage.lia.change_keys()
    machine = stage.server.person("new", "Application")
    for asker in (machine, stage.lia):
        assert (await asker.gets(first.uri)).status == 404
        assert (await asker.gets(stage.private.actor.uri + "/outbox")).status in (200, 404)
    reply = stage.lia.reply(first.uri, stage.coop.ana.uri, stage.private.actor.uri)
    await stage.lia.creates(reply, INBOX)
    await stage.coop.settle()
    for asker in (machine, stage.lia):
        assert (await asker.gets(first.uri)).status == 404
    assert (await stage.place()).state == "held" and not await Post.filter(uri=reply["id"], state="visible").exists()
    await stage.days_pass(2)
    assert "Pendant le silence" not in stage.said()


async def test_keys_that_anybody_could_copy_open_nothing_new(stage: Stage) -> None:  # J10
    first = await stage.is_away()
    # They show her old public key, which everybody had, and a new one of theirs beside it.
    document, old = dict(stage.lia.document), stage.lia.public_pem
    kept = (stage.lia.private_pem, stage.lia.public_pem)
    stage.lia.__post_init__()
    theirs = {"id": f"{stage.lia.uri}#other", "owner": stage.lia.uri, "publicKeyPem": stage.lia.public_pem}
    stage.server.put(stage.lia.uri, {**document, "publicKey": [document["publicKey"], theirs]})
    mine = stage.server.manners
    object.__setattr__(stage.server, "manners", type(mine)(**{**mine.__dict__, "key": "#other"}))
    await stage.comes_back()
    assert old != stage.lia.public_pem
    assert (await stage.lia.gets(first.uri)).status == 404
    machine = stage.server.person("new", "Application")
    assert (await machine.gets(first.uri)).status == 404
    # With a signature of her own, everything is as it was, and a new key counts as ever.
    stage.lia.private_pem, stage.lia.public_pem = kept
    object.__setattr__(stage.server, "manners", mine)
    assert (await stage.lia.gets(first.uri)).status == 200
    stage.machine.publish()
    assert (await stage.machine.gets(first.uri)).status == 200


async def test_somebody_in_charge_says_that_it_is_her(stage: Stage) -> None:  # J10
    first = await stage.is_away()
    stage.lia.change_keys()
    await stage.comes_back()
    with pytest.raises(Forbidden):
        await confirming.confirm(stage.coop.bob, await stage.place())
    await confirming.confirm(stage.coop.ana, await stage.place())
    await stage.coop.settle()
    assert (await stage.lia.gets(first.uri)).status == 200
    await stage.writes("Bon retour")
    assert "Bon retour" in stage.said()
    with pytest.raises(Conflict):
        await confirming.confirm(stage.coop.ana, await stage.place())
    line = await ModerationAct.filter(community_id=stage.private.id).order_by("-id").first()
    assert line is not None and (line.act, line.by_id) == ("confirm_member", stage.coop.ana.id)


async def test_she_asks_again_or_is_let_go(stage: Stage) -> None:  # J09
    await stage.is_away()
    stage.lia.change_keys()
    await stage.comes_back()
    await stage.lia.follows(stage.private.actor.uri, INBOX)
    await stage.coop.settle()
    assert (await stage.place()).state == "asked"
    await service.admit(stage.coop.ana, await stage.place())
    await stage.coop.settle()
    assert (await stage.place()).state == "active"
    await Membership.filter(id=(await stage.place()).id).update(state="held")
    await confirming.let_go(stage.coop.ana, await stage.place(), "Ce n’est pas elle")
    assert not await Membership.filter(community_id=stage.private.id, actor__uri=stage.lia.uri).exists()


async def test_who_moderates_from_there_decides_nothing(stage: Stage) -> None:  # J10
    """In a community that everybody reads, too; and somebody is left who decides."""
    lia = await Actor.get(uri=stage.lia.uri)
    open_one = stage.coop.community
    await stage.lia.follows(open_one.actor.uri, INBOX)
    await stage.lia.joins(open_one.actor.uri, INBOX)
    await stage.coop.settle()
    await service.appoint(stage.coop.ana, open_one, lia, role="president")
    await service.appoint(stage.coop.ana, open_one, stage.coop.ana, role="member")
    root = await discussions.write(stage.coop.ana, open_one, kind="tip", title="Public", source="Pour tous")
    await stage.is_away()
    stage.lia.change_keys()
    await stage.comes_back()
    await stage.lia.deletes(root.uri, INBOX)
    await stage.coop.settle()
    assert (await Post.get(id=root.id)).removed_at is None
    held = await Membership.get(community_id=open_one.id, actor_id=lia.id)
    assert (held.state, held.role) == ("held", "president")
    assert await queries.moderators(open_one), "somebody of ours has taken over"
    [boss] = await queries.who_may(open_one, Act.APPOINT)
    await confirming.confirm(boss, await Membership.get(id=held.id).select_related("actor"))
    assert (await Membership.get(id=held.id)).state == "active"


async def test_what_was_offered_is_void(stage: Stage) -> None:  # J10
    mia = stage.server.person("mia")
    await mia.likes(stage.private.actor.uri, INBOX)
    await stage.coop.settle()
    guest = await Actor.get(uri=mia.uri)
    await service.invite(stage.coop.ana, stage.private, guest)
    await stage.coop.settle()
    await stage.is_away()
    mia.change_keys()
    stage.lia.change_keys()
    await stage.comes_back()
    assert not await Membership.filter(community_id=stage.private.id, actor_id=guest.id).exists()


@pytest.mark.parametrize("away", [0, 3])
async def test_new_keys_of_a_server_that_was_not_away_are_believed(stage: Stage, away: int) -> None:  # J10
    first = await stage.is_away(away) if away else await stage.writes("Sans silence")
    stage.world.web.down.discard(HOST)
    await stage.days_pass(1)
    stage.lia.change_keys()
    like = stage.lia.activity("Like", first.uri)
    assert await stage.lia.sends(like, INBOX) == 401  # a key that does not fit: it is looked at again
    await stage.coop.settle()
    assert (await stage.place()).state == "active"
    assert (await stage.lia.gets(first.uri)).status == 200


async def test_new_keys_for_which_the_old_one_vouches_are_believed(stage: Stage) -> None:  # J10
    first = await stage.is_away()
    stage.world.web.down.discard(HOST)
    said = stage.lia.activity("Update", stage.lia.document)
    body = json.dumps(said).encode()
    headers = stage.lia.signs(INBOX, body)
    stage.lia.change_keys()
    assert (await stage.world.request("POST", INBOX, headers, body)).status == 202
    await stage.coop.settle()
    await stage.lia.gets(first.uri)
    await stage.days_pass(1)
    assert (await stage.place()).state == "active" and (await stage.lia.gets(first.uri)).status == 200


async def test_a_community_that_comes_back_as_another_gets_nothing_of_ours(stage: Stage) -> None:  # J09, J10
    group = stage.server.group("verger", manuallyApprovesFollowers=True, postingRestrictedToMods=False)
    stage.server.put(group.uri, {**group.document, "fc:visibility": "private"})
    there = await resolver.actor(group.uri)
    place = await Community.get_or_none(actor_id=there.id) or await Community.create(actor=there, created_at=now())
    await Community.filter(id=place.id).update(visibility="private", join_policy="request")
    place = await Community.get(id=place.id).select_related("actor")
    mine = await Membership.create(community=place, actor=stage.coop.bob, state="active", created_at=now())
    secret = await discussions.write(stage.coop.bob, place, kind="tip", title="Là-bas", source="Entre nous")
    await stage.coop.settle()
    assert (await group.gets(secret.uri)).status == 200
    await stage.is_away()
    group.change_keys()
    stage.lia.change_keys()
    await stage.comes_back()
    assert (await group.gets(secret.uri)).status == 404
    assert (await Membership.get(id=mine.id)).state == "held"
    assert await Notification.filter(kind="place_doubted").count() == 1
    assert "Là-bas" not in stage.said()
    again = await service.join(stage.coop.bob, await Community.get(id=place.id).select_related("actor"))
    assert again.state == "asked"


async def test_an_agreement_ends_with_the_keys(stage: Stage) -> None:  # J10
    speaker = stage.server.person("speaker", "Application")
    speaker.uri = peer_uri(HOST)
    speaker.publish()
    await resolver.actor(speaker.uri)
    made = await Alliance.create(
        uri="https://coop.example/activities/1", host=HOST, ours=True, state="active", from_at=now(),
        signed_by="Ana", data_at="Ici", created_at=now(),
    )  # fmt: skip
    await stage.is_away()
    speaker.change_keys()
    await stage.comes_back()
    found = await Alliance.get(id=made.id)
    assert (found.state, found.ended_by) == ("ended", "keys")
    assert not stage.server.took("Undo"), "whoever has the name now is told nothing"


async def test_a_quiet_server_is_missed_too_and_taking_everything_is_no_sign_of_life(stage: Stage) -> None:  # J09
    """Nothing was sent there; then the name is parked, which answers every request, and a delivery is taken."""
    await stage.days_pass(1)
    for path in (*stage.server.documents, "/.well-known/nodeinfo", "/nodeinfo/2.1"):
        stage.server.statuses[path] = 404
    await stage.days_pass(8)
    assert (await Server.get(host=HOST)).silent_since is not None and not await presence.is_away(HOST)
    await stage.days_pass(8)
    assert await presence.is_away(HOST)
    stage.server.received.clear()
    await stage.writes("Dans le vide")
    assert not stage.server.received


async def test_who_is_not_there_any_more_is_held_alone(stage: Stage) -> None:  # J09
    mia = stage.server.person("mia")
    await mia.follows(stage.private.actor.uri, INBOX)
    await stage.coop.settle()
    await service.admit(stage.coop.ana, await Membership.get(community_id=stage.private.id, state="asked"))
    await stage.is_away()
    stage.server.statuses[mia.uri.removeprefix(stage.server.origin)] = 404
    await stage.comes_back()
    assert (await stage.place()).state == "active" and "Pendant le silence" in stage.said()
    assert (await Membership.get(community_id=stage.private.id, actor__uri=mia.uri)).state == "held"


async def test_a_short_stumble_is_over_by_the_next_day(stage: Stage) -> None:
    stage.server.inbox_status = 503
    await stage.writes("Un faux pas")
    assert (await Server.get(host=HOST)).silent_since is not None
    stage.server.inbox_status = 202
    await stage.days_pass(2)
    assert (await Server.get(host=HOST)).silent_since is None and "Un faux pas" in stage.said()
    # Not everybody says what they run: that somebody there can be read is enough.
    await stage.is_away(2)
    await Server.filter(host=HOST).update(asked_at=now())
    stage.server.statuses |= {"/.well-known/nodeinfo": 404, "/nodeinfo/2.1": 404}
    stage.world.web.down.discard(HOST)
    await stage.days_pass(3)
    assert (await Server.get(host=HOST)).silent_since is None


async def test_a_server_that_never_was_away_is_asked_nothing_more(stage: Stage) -> None:
    await stage.days_pass(8)
    stage.world.web.asked.clear()
    await stage.writes("Comme toujours")
    assert "Comme toujours" in stage.said()
    assert not [url for _method, url in stage.world.web.asked if url == stage.lia.uri]


async def test_nobody_new_decides_in_communities_there_before_the_server_is_known_again(stage: Stage) -> None:  # J10
    """The old public keys are shown, as anybody could; somebody whom we never met speaks for the server of a community there."""
    coop, soil = stage.coop, stage.server.group("soil")
    await lookup.ask_for(f"!{soil.handle}")
    await coop.settle()
    await people.follow(coop.ana, (await queries.visible_community(coop.ana, soil.handle)).actor)
    await coop.settle()
    page = stage.lia.root(soil.uri, "Semis")
    await soil.announces(stage.lia.activity("Create", page), INBOX)
    await coop.settle()
    post = await Post.get(uri=page["id"])
    first = await stage.is_away()
    stage.world.web.down.discard(HOST)
    kept, stage.lia.private_pem = stage.lia.private_pem, stage.machine.private_pem  # nobody there has her key
    await stage.days_pass(2)
    assert (await Server.get(host=HOST)).doubted_since is not None
    new = stage.server.person("new")
    lock = new.activity("Lock", post.uri, to=[PUBLIC], cc=[soil.uri])
    assert await new.sends(lock, INBOX) == 202
    await coop.settle()
    assert (await Post.get(id=post.id)).locked_at is None
    # It was the server all the same: then what came meanwhile is done, once one whom we knew has signed.
    stage.lia.private_pem = kept
    assert (await stage.lia.gets(first.uri)).status == 200
    stage.world.clock.advance(minutes=10)
    await coop.settle()
    assert (await Post.get(id=post.id)).locked_at is not None


async def test_what_was_for_an_organisation_is_not_for_whoever_has_its_name_now(stage: Stage) -> None:  # J10
    """Lia wrote for all accounts of her server, and Ana answered as few people read: neither her place nor her keys are asked for that."""
    coop = stage.coop
    group = stage.private.actor.uri
    page = stage.lia.root(
        group,
        "Semis",
        to=[group, f"{group}/followers"],
        **{"fc:readBy": "organisation", "fc:readBySince": stamp(now())},
    )
    await stage.lia.creates(page, INBOX)
    await coop.settle()
    root = await Post.get(uri=page["id"])
    answer = await discussions.reply(coop.ana, root, source="Pour vous tous, là-bas")
    assert (answer.audience, answer.organisation) == ("organisation", HOST)
    await coop.settle()
    assert (await stage.machine.gets(answer.uri)).status == 200
    await stage.is_away()
    stage.lia.change_keys()
    stage.machine.change_keys()
    await stage.comes_back()
    assert (await stage.place()).state == "held"
    for asker in (stage.lia, stage.machine, stage.server.person("new", "Application")):
        assert (await asker.gets(answer.uri)).status == 404
    later = await discussions.reply(coop.ana, await Post.get(id=root.id), source="Entre nous désormais")
    assert later.audience == "community"
    await coop.settle()
    assert "désormais" not in stage.said()

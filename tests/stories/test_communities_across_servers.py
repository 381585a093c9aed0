"""A community on one fedcop, its people on another: join, decide, name, remove, ban, leave, and what each side knows of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import lookup, queries, service
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Ban, Community, Membership
from fedcop.core.site import Site
from fedcop.federation import queries as federation
from fedcop.federation.models import OutgoingActivity
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from tests.rig.people import make_member
from tests.rig.world import World

A, B = "https://coop.example", "https://atelier.example"


class Stage:
    """Ana's community on A, Ben on B who has looked for it."""

    def __init__(self, world: World, a: Site, b: Site) -> None:
        self.world, self.a, self.b = world, a, b

    async def found(self, **fields: Any) -> Community:
        async with self.a.entered():
            self.ana = (await make_member("ana")).actor
            made = await service.found(
                self.ana,
                **{
                    "title": "Santé des sols",
                    "purpose": "Des sols vivants.",
                    "charter": Charter(text="Soyons *bienveillants*."),
                    **fields,
                },
            )
        async with self.b.entered():
            self.ben = (await make_member("ben")).actor
        return made

    async def seen_from_b(self, name: str = "sante_des_sols") -> Community:
        async with self.b.entered():
            await lookup.ask_for(f"!{name}@coop.example")
        await self.world.settle()
        async with self.b.entered():
            return await queries.visible_community(self.ben, f"{name}@coop.example")

    async def ben_on_a(self) -> Actor:
        found = await actors.by_uri(f"{B}/u/ben")
        assert found is not None
        return found

    async def states(self) -> tuple[str, str]:
        """Ben's membership as A and B know it."""
        found = []
        for site in (self.a, self.b):
            async with site.entered():
                one = await Membership.filter(actor__uri=f"{B}/u/ben").first()
                found.append(one.state if one else "none")
        return found[0], found[1]

    async def sent(self, site: Site, kind: str) -> list[dict[str, Any]]:
        async with site.entered():
            found = [json.loads(bytes(one.body)) for one in await OutgoingActivity.all().order_by("id")]
        return [one for one in found if one["type"] == kind]

    async def told(self, site: Site) -> list[str]:
        async with site.entered():
            return [one.kind for one in await Notification.all().order_by("id")]


@pytest.fixture
async def stage(world: World) -> Stage:
    """Two fedcops."""
    a = await world.fedcop(A)
    b = await world.fedcop(B)
    return Stage(world, a, b)


async def test_a_community_elsewhere_is_found_with_its_card(stage: Stage) -> None:
    await stage.found(kind="profession", join_policy="request")
    there = await stage.seen_from_b()
    assert there.actor.display_name == "Santé des sols"
    assert (there.purpose, there.charter_version) == ("Des sols vivants.", 1)
    assert (there.kind, there.join_policy, there.visibility, there.posting) == (
        "profession",
        "request",
        "public",
        "followers",
    )
    assert there.members_count == 1 and there.accepts_joins and there.language == "fr"
    async with stage.b.entered():
        assert [(one.actor.uri, one.role) for one in await queries.leaders(there)] == [(f"{A}/u/ana", "president")]


async def test_joining_an_open_community_elsewhere(stage: Stage) -> None:
    await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        membership = await service.join(stage.ben, there, accepted=1)
    assert await stage.states() == ("none", "asked")
    await stage.world.settle()
    assert await stage.states() == ("active", "active")
    [join] = await stage.sent(stage.b, "Join")
    [accept] = await stage.sent(stage.a, "Accept")
    assert accept["object"]["id"] == join["id"] == membership.join_uri
    assert (accept["actor"], accept["to"]) == (f"{A}/c/sante_des_sols", [f"{B}/u/ben"])
    async with stage.a.entered():
        community = await queries.by_uri(f"{A}/c/sante_des_sols")
        assert community is not None
        assert await queries.audience_numbers(community) == (2, 1, 1)


async def test_a_request_travels_with_its_words_and_the_decision_comes_back(stage: Stage) -> None:
    community = await stage.found(join_policy="request")
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await service.join(stage.ben, there, "Je cultive des patates.", accepted=1)
    await stage.world.settle()
    assert await stage.states() == ("asked", "asked")
    async with stage.a.entered():
        [asked] = await queries.requests(community)
        assert asked.message == "Je cultive des patates." and asked.actor.uri == f"{B}/u/ben"
        await service.decline(stage.ana, asked, "Nous sommes complets, merci.")
    await stage.world.settle()
    assert await stage.states() == ("none", "none")
    async with stage.b.entered():
        told = await Notification.get(kind="refused")
        assert told.detail["reason"] == "Nous sommes complets, merci."
        await service.join(stage.ben, await queries.by_id(there.id), accepted=1)
    await stage.world.settle()
    async with stage.a.entered():
        [asked] = await queries.requests(community)
        await service.admit(stage.ana, asked)
    await stage.world.settle()
    assert await stage.states() == ("active", "active")
    assert await stage.told(stage.a) == ["join_asked", "join_asked"]
    assert await stage.told(stage.b) == ["refused", "accepted"]


async def test_leaving_is_told_to_the_other_server(stage: Stage) -> None:
    await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await service.join(stage.ben, there, accepted=1)
    await stage.world.settle()
    async with stage.b.entered():
        await service.leave(stage.ben, there)
    await stage.world.settle()
    assert await stage.states() == ("none", "none")
    async with stage.a.entered():
        community = await queries.by_uri(f"{A}/c/sante_des_sols")
        assert community is not None and community.members_count == 1


async def test_an_invitation_crosses_and_is_accepted(stage: Stage) -> None:
    community = await stage.found(join_policy="invitation", visibility="private")
    async with stage.b.entered():
        from_b = stage.ben.uri
    async with stage.a.entered():
        await federation.ask_for("@ben@atelier.example")
    await stage.world.settle()
    async with stage.a.entered():
        ben = await actors.by_uri(from_b)
        assert ben is not None
        await service.invite(stage.ana, community, ben)
    await stage.world.settle()
    assert await stage.states() == ("invited", "invited")
    assert await stage.told(stage.b) == ["invited"]
    async with stage.b.entered():
        there = await queries.visible_community(stage.ben, "sante_des_sols@coop.example")
        assert (there.visibility, there.join_policy) == ("private", "invitation")
        await service.accept_invitation(stage.ben, there, 1)
    await stage.world.settle()
    assert await stage.states() == ("active", "active")


async def test_a_hidden_community_cannot_be_looked_up(stage: Stage) -> None:
    await stage.found(join_policy="invitation", visibility="private")
    async with stage.b.entered():
        await lookup.ask_for("!sante_des_sols@coop.example")
    await stage.world.settle()
    async with stage.b.entered():
        assert not await Community.all().exists()
    for path in ("", "/members", "/moderators", "/followers", "/outbox", "/featured"):
        assert (await stage.world.get(f"{A}/c/sante_des_sols{path}")).status == 404


async def test_a_private_community_shows_its_card_and_nothing_said(stage: Stage) -> None:
    await stage.found(join_policy="request", visibility="private")
    document = json.loads((await stage.world.get(f"{A}/c/sante_des_sols")).body)
    assert document["manuallyApprovesFollowers"] is True and document["openness"] == "moderated"
    for path in ("/members", "/moderators", "/followers", "/outbox", "/featured"):
        assert (await stage.world.get(f"{A}/c/sante_des_sols{path}")).status == 404
    there = await stage.seen_from_b()
    assert there.visibility == "private"


async def test_a_member_elsewhere_is_removed_and_banned(stage: Stage) -> None:
    community = await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await service.join(stage.ben, there, accepted=1)
    await stage.world.settle()
    async with stage.a.entered():
        await service.remove_member(stage.ana, community, await stage.ben_on_a(), "Hors sujet.")
    await stage.world.settle()
    assert await stage.states() == ("none", "none")
    async with stage.b.entered():
        assert (await Notification.filter(kind="moderation").first()).detail["reason"] == "Hors sujet."
        await service.join(stage.ben, await queries.by_id(there.id), accepted=1)
    await stage.world.settle()
    async with stage.a.entered():
        made = await service.ban(stage.ana, community, await stage.ben_on_a(), "Insultes.")
    await stage.world.settle()
    assert await stage.states() == ("none", "none")
    async with stage.b.entered():
        seen = await Ban.filter(actor_id=stage.ben.id).first()
        assert seen is not None and (seen.uri, seen.reason) == (made.uri, "Insultes.")
    async with stage.a.entered():
        await service.unban(stage.ana, community, await stage.ben_on_a())
    await stage.world.settle()
    async with stage.b.entered():
        assert not await Ban.all().exists()


async def test_a_moderator_elsewhere_moderates(stage: Stage) -> None:
    community = await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await service.join(stage.ben, there, accepted=1)
    async with stage.a.entered():
        cleo = (await make_member("cleo")).actor
        await service.join(cleo, community, accepted=1)
    await stage.world.settle()
    async with stage.a.entered():
        await service.appoint(stage.ana, community, await stage.ben_on_a(), "committee", duties=["moderation"])
    await stage.world.settle()
    async with stage.b.entered():
        assert await queries.is_moderator(there, stage.ben)
        seen = await actors.by_uri(f"{A}/u/cleo")
        assert seen is None
        await federation.ask_for("@cleo@coop.example")
    await stage.world.settle()
    async with stage.b.entered():
        cleo_there = await actors.by_uri(f"{A}/u/cleo")
        assert cleo_there is not None
        await service.ban(stage.ben, await queries.by_id(there.id), cleo_there, "Trop de publicité.")
    await stage.world.settle()
    async with stage.a.entered():
        assert (await Ban.get(actor_id=cleo.id)).reason == "Trop de publicité."
        assert not await queries.is_member(community, cleo)
        entries = await queries.log(community)
        assert [(one.act.act, one.act.by.uri if one.act.by else "") for one in entries] == [
            ("ban", f"{B}/u/ben"),
            ("appoint", f"{A}/u/ana"),
        ]


async def test_following_is_not_joining(stage: Stage) -> None:
    community = await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await people.follow(stage.ben, there.actor)
    await stage.world.settle()
    assert await stage.states() == ("none", "none")
    async with stage.a.entered():
        community = await queries.by_id(community.id)
        assert (community.followers_count, community.members_count) == (1, 1)
    async with stage.b.entered():
        await people.unfollow(stage.ben, there.actor)
    await stage.world.settle()
    async with stage.a.entered():
        assert (await queries.by_id(community.id)).followers_count == 0


async def test_what_changes_here_is_seen_there(stage: Stage) -> None:
    community = await stage.found()
    there = await stage.seen_from_b()
    async with stage.b.entered():
        await service.join(stage.ben, there, accepted=1)
    await stage.world.settle()
    async with stage.a.entered():
        await service.change(stage.ana, community, title="Sols vivants", purpose="Mieux encore.", join_policy="request")
    await stage.world.settle()
    async with stage.b.entered():
        seen = await queries.by_id(there.id)
        assert (seen.actor.display_name, seen.purpose, seen.join_policy) == ("Sols vivants", "Mieux encore.", "request")

"""Seven people on three servers look after one private community: each does their part, the journal says who, and two at once are one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import mandates, remote, roles, sanctions
from fedcop.communities import queries as communities
from fedcop.communities import service as groups
from fedcop.communities.models import Community, Membership, ModerationAct
from fedcop.core import clock
from fedcop.core.errors import Forbidden
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from tests.rig.people import make_member
from tests.rig.world import World

HOMES = ("https://coop.example", "https://vallee.example", "https://rive.example")
# Who lives where, and which duties they have; Max and Rose only write.
COMMITTEE = {
    "ada": (0, "moderation"), "alix": (0, "moderation themes"), "abel": (0, "admissions"),
    "bea": (1, "moderation"), "bruno": (1, "themes moderation"),
    "chloe": (2, "moderation admissions"), "cyr": (2, "activities"),
}  # fmt: skip
MEMBERS = {"max": (2, ""), "rose": (1, "")}


class Committee:
    """The three servers, the people by name, and the community as each server has it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sites: list[Site] = []
        self.people: dict[str, Actor] = {}
        self.seen: list[Community] = []

    async def meets(self) -> None:
        """Everybody comes in, and gets their duties."""
        self.sites = [await self.world.fedcop(url) for url in HOMES]
        async with self.sites[0].entered():
            self.ana = (await make_member("ana")).actor
            fields = {"visibility": "private", "posting": "members", "join_policy": "open", "purpose": "Agir ensemble"}
            home = await groups.found(self.ana, title="Verger commun", name="verger", **fields)
        for at, site in enumerate(self.sites):
            async with site.entered():
                there = home if at == 0 else await remote.community_of(await resolver.actor(home.actor.uri))
                self.seen.append(there)
                for name, (where, _duties) in (COMMITTEE | MEMBERS).items():
                    if where == at:
                        self.people[name] = (await make_member(name)).actor
                        await groups.join(self.people[name], there)
        await self.settle()
        async with self.sites[0].entered():
            for name, (_where, duties) in COMMITTEE.items():
                person = await Actor.get(uri=self.people[name].uri)
                await mandates.appoint(self.ana, home, person, roles.COMMITTEE, duties=duties.split())
        await self.settle()

    async def settle(self) -> None:
        await self.world.settle()
        self.world.clock.advance(1)

    def site(self, name: str) -> Site:
        return self.sites[(COMMITTEE | MEMBERS)[name][0]]

    async def writes(self, name: str, title: str) -> str:
        """The uri of a thread by somebody, which all three servers have."""
        at = (COMMITTEE | MEMBERS)[name][0]
        async with self.sites[at].entered():
            made = await service.write(self.people[name], self.seen[at], kind="tip", title=title, source="Voilà")
        await self.settle()
        return made.uri

    async def does(self, name: str, act: Callable[..., Awaitable[object]], uri: str, *reason: str) -> None:
        """Somebody does something to a post at their own server; nothing travels yet."""
        async with self.site(name).entered():
            await act(self.people[name], await Post.get(uri=uri), *reason)

    async def everywhere(self, uri: str) -> list[Post]:
        found = []
        for site in self.sites:
            async with site.entered():
                found.append(await Post.get(uri=uri))
        return found

    async def journal(self, uri: str) -> list[list[tuple[str, str, str]]]:
        """What each server's journal says of a post: the act, who did it, why."""
        found = []
        for site, community in zip(self.sites, self.seen, strict=True):
            async with site.entered():
                post = await Post.get(uri=uri)
                acts = await ModerationAct.filter(community_id=community.id, post_id=post.id).order_by("id")
                by = {one.id: one.name for one in await Actor.filter(id__in=[act.by_id or 0 for act in acts])}
                found.append([(act.act, by.get(act.by_id or 0, ""), act.reason) for act in acts])
        return found


@pytest.fixture
async def committee(world: World) -> Committee:
    found = Committee(world)
    await found.meets()
    return found


async def test_each_does_their_part_and_the_journal_says_who(committee: Committee) -> None:
    """And two who act on one post at once, on one server or on two, have done one thing."""
    on = committee
    for site, community in zip(on.sites, on.seen, strict=True):
        async with site.entered():
            leaders = await communities.leaders(await Community.get(id=community.id).select_related("actor"))
            assert {one.actor.name for one in leaders} == {"ana", *COMMITTEE}, site.settings.netloc

    # Each from their own server: locked by Bea, pinned by Alix, unlocked by Chloé, removed and brought back.
    uri = await on.writes("max", "Tailler en mars")
    await on.does("bea", service.lock, uri, "Assez dit")
    await on.settle()
    await on.does("alix", service.pin, uri, "Utile")
    await on.does("chloe", service.unlock, uri)
    await on.settle()
    await on.does("bruno", service.remove, uri, "Publicité")
    await on.settle()
    await on.does("ada", service.restore, uri)
    await on.settle()
    lines = await on.journal(uri)
    assert lines[0] == [
        ("lock", "bea", "Assez dit"),
        ("pin", "alix", "Utile"),
        ("unlock", "chloe", ""),
        ("remove_post", "bruno", "Publicité"),
        ("restore_post", "ada", ""),
    ]
    assert sorted(lines[1]) == sorted(lines[2]) == sorted(lines[0])
    assert {(one.removed_at, one.locked_at) for one in await on.everywhere(uri)} == {(None, None)}

    # Duties are kept apart: who looks after activities, or admissions, removes nothing, anywhere.
    for name in ("cyr", "abel"):
        with pytest.raises(Forbidden):
            await on.does(name, service.remove, uri, "Non")

    # People too: warned from C, suspended from B, and the journal of the community's server says by whom.
    async with on.sites[2].entered():
        rose = await resolver.actor(on.people["rose"].uri)
        await sanctions.warn(on.people["chloe"], on.seen[2], rose, "Doucement")
    await on.settle()
    async with on.sites[1].entered():
        until = clock.now() + timedelta(days=2)
        await sanctions.suspend(on.people["bea"], on.seen[1], on.people["rose"], "Encore", until)
    await on.settle()
    async with on.sites[0].entered():
        acts = ModerationAct.filter(act__in=["warn", "suspend"]).order_by("id")
        assert [((await Actor.get(id=one.by_id)).name, one.act) for one in await acts] == [
            ("chloe", "warn"),
            ("bea", "suspend"),
        ]

    # At once on two servers: the one that the community's server heard of first is what holds everywhere.
    uri = await on.writes("max", "À vendre")
    await on.does("bea", service.remove, uri, "Publicité")
    await on.does("chloe", service.remove, uri, "Insultes")
    await on.settle()
    posts, lines = await on.everywhere(uri), await on.journal(uri)
    assert len(lines[0]) == 1 and lines[0] == lines[1] == lines[2]
    assert {one.removed_reason for one in posts} == {lines[0][0][2]} and all(one.removed_at for one in posts)

    # At once on the community's own server, and from elsewhere while it travels.
    uri = await on.writes("max", "Bravo")
    async with on.sites[0].entered():
        twice = [await Post.get(uri=uri), await Post.get(uri=uri)]
        await asyncio.gather(
            service.remove(on.people["ada"], twice[0], "Un"), service.remove(on.people["alix"], twice[1], "Deux")
        )
    await on.does("bruno", service.remove, uri, "Trois")
    await on.settle()
    lines = await on.journal(uri)
    assert len(lines[0]) == 1 and lines[0] == lines[1] == lines[2] and lines[0][0][2] in ("Un", "Deux")
    assert {one.removed_reason for one in await on.everywhere(uri)} == {lines[0][0][2]}
    # One removes, one locks: both hold, and who belongs is who belonged.
    uri = await on.writes("max", "Encore")
    await on.does("chloe", service.lock, uri, "Assez")
    await on.does("bruno", service.remove, uri, "Hors sujet")
    await on.settle()
    assert all(one.removed_at and one.locked_at for one in await on.everywhere(uri))
    for site, community in zip(on.sites, on.seen, strict=True):
        async with site.entered():
            assert await Membership.filter(community_id=community.id, role=roles.COMMITTEE).count() == 7

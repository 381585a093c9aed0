"""A private community of A is split in two and merged back: people of B keep what they chose, get back what they lost, others see no door."""

from __future__ import annotations

from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts.models import Account
from fedcop.communities import queries as communities
from fedcop.communities import service, stages
from fedcop.communities.models import Community, Membership
from fedcop.core.errors import NotFound
from fedcop.discussions import files
from fedcop.discussions import queries as discussions
from fedcop.discussions import service as writing
from fedcop.discussions.models import Post
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from fedcop.successions import queries
from fedcop.successions import service as successions
from fedcop.successions.service import Daughter
from tests.rig.behind_doors import NAME, Doors, open_doors
from tests.rig.browser import Browser
from tests.rig.world import World
from web.app import create_app

HERS, HIS, OURS = "La Mirabelle cachée", "Une Mirabelle à moi", "Au nord"
PICTURE, PDF = "obsidienne.jpg", "obsidienne.pdf"


async def _at_home(doors: Doors, name: str) -> Community:
    found = await communities.visible_community(doors.ana.actor, name)
    assert found is not None
    return found


async def _accept(doors: Doors, who: Account, name: str) -> None:
    """Somebody of B says yes to what they are invited to."""
    async with doors.b.entered():
        there = await Community.get(actor__name=name).select_related("actor")
        await service.accept_invitation(who.actor, there, there.charter_version)
    await doors.settle()


async def _end(doors: Doors, mother: str) -> None:
    """The president ends the choice, and everything moves."""
    async with doors.a.entered():
        found = await queries.running(await _at_home(doors, mother))
        assert found is not None
        await successions.finish_now(doors.ana.actor, found)
    await doors.settle()


async def _reads(doors: Doors, who: Account) -> set[str]:
    """The threads and files that somebody of B can open there."""
    async with doors.b.entered():
        known = {post.id: post.title for post in await Post.filter(depth=0).exclude(title="")}
        found = {known[one] for one in await discussions.visible_ids(who.actor, list(known))}
        for one in await Media.all():
            try:
                found.add((await files.visible_file(who.actor, one.token)).file_name)
            except NotFound:
                continue
        return found


async def _split(doors: Doors) -> None:
    async with doors.a.entered():
        await service.invite(doors.ana.actor, doors.home, doors.nic.actor)
        await service.accept_invitation(doors.nic.actor, await _at_home(doors, NAME), doors.home.charter_version)
        await writing.write(doors.ana.actor, doors.home, kind="idea", title=OURS, source="Voilà.", tags=["nord"])
        daughters = [Daughter("Nord", "nord", "Au nord", ("nord",)), Daughter("Sud", "sud", "Au sud", ())]
        plan = await successions.plan(doors.ana.actor, doors.home, daughters, rest=1, days="14")
        await successions.split(doors.ana.actor, doors.home, plan)
    await doors.settle()


async def test_members_elsewhere_keep_what_they_chose_and_get_back_what_is_merged(world: World) -> None:
    doors = await open_doors(world)
    await doors.community("invitation")
    await doors.let_in(doors.zoe)
    async with doors.b.entered():
        known = await communities.by_id(doors.there.id)
        assert known is not None
        # Whoever accepts an invitation learns from the other server what it tells members only.
        assert (known.members_count, len(await communities.leaders(known))) == (3, 1)
    await doors.life()
    await _split(doors)
    await _accept(doors, doors.bob, "nord")
    async with doors.a.entered():
        south = await _at_home(doors, "sud")
        await service.accept_invitation(doors.nic.actor, south, south.charter_version)
    await _end(doors, NAME)

    # B has a member in the north, nobody in the south: it lets go of that, and Bob keeps his own words and his own files.
    own = {HIS, "chez_bob_obsidienne.png", "fiche_obsidienne.pdf", "Fiche Mirabelle"}
    assert await _reads(doors, doors.bob) == {OURS} | own
    assert await _reads(doors, doors.zoe) == set()
    async with doors.b.entered():
        acts = [one.detail.get("act") for one in await Notification.filter(kind="moderation")]
        assert not acts, "no author is told of each thread"
        assert stages.of(await Community.get(actor__name="sud")) != stages.ANNOUNCED, (
            "who is invited hears of the opening"
        )

    # Back together. Nic, who never answered the north, is asked again for the new reason.
    async with doors.a.entered():
        south, north = await _at_home(doors, "sud"), await _at_home(doors, "nord")
        await successions.propose_merge(doors.ana.actor, south, north, days="3")
    await doors.settle()
    async with doors.a.entered():
        told = await Notification.filter(kind="invited", account_id=doors.nic.id, community_id=north.id).order_by("-id")
        assert str(told[0].detail["text"]).startswith("Sud fusionne"), told[0].detail
        assert (await Membership.get(community=north, actor_id=doors.nic.actor_id)).state == "invited"
    await _end(doors, "sud")

    assert await _reads(doors, doors.bob) == {OURS, HERS, PICTURE, PDF} | own
    assert await _reads(doors, doors.zoe) == set()
    async with doors.b.entered():
        here = await Community.get(actor__name="nord")
        assert await Post.filter(community_id=here.id, depth=0).count() == 4
        assert await Post.filter(uri=doors.root.uri).count() == 1
        root = await Post.get(uri=doors.root.uri)
        browser_of = {}
        async with TestServer(create_app(doors.b)) as running, TestClient(running) as client:
            zoe = await Browser(client).log_in(doors.zoe)
            for path in (f"/p/{root.id}", f"/p/{root.id + 1}"):
                page = await zoe.get(path)
                browser_of[path] = (page.status, page.main.text)
    assert len(set(browser_of.values())) == 1, "for others it is as if nothing were there"

"""Somebody leaves a community of another server and takes their name along: no page that a member opens, on either server, says it any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp.test_utils import TestClient, TestServer

from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.communities import remote
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership, ThreadActivity
from fedcop.core.site import Site
from fedcop.discussions import exporting, queries, service
from fedcop.discussions.activities import mapping
from fedcop.discussions.activities.outgoing import place_of, telling_of
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.notifications import exporting as told
from fedcop.notifications.models import Notification
from fedcop.reports import exporting as reported
from fedcop.reports import service as reports
from fedcop.resources import service as library
from fedcop.resources.models import Resource
from fedcop.resources.service import Card
from tests.rig.browser import Browser
from tests.rig.manners import MASTODON, PLAIN
from tests.rig.people import make_member
from tests.rig.world import World
from web.app import create_app

FEDCOP = replace(PLAIN, software="fedcop", version="1.0")
NAME = "aryvonne"  # of Maryvonne, as she and her address are written


class Stage:
    """A private community on A, with Ana who presides; Maryvonne and Zoe of B belong to it."""

    def __init__(self, world: World, a: Site, b: Site) -> None:
        self.world, self.a, self.b = world, a, b
        self.home: Community
        self.ana: Account
        self.zoe: Account
        self.mary: Account

    async def begin(self) -> None:
        async with self.a.entered():
            self.ana = await make_member("ana", display_name="Ana")
            self.home = await communities.found(
                self.ana.actor,
                title="Entre nous",
                name="nous",
                purpose="x",
                visibility="private",
                join_policy="request",
            )
        async with self.b.entered():
            self.zoe = await make_member("zoe", display_name="Zoe")
            self.mary = await make_member("maryvonne", display_name="Maryvonne Tanguay")
            for one in (self.zoe, self.mary):
                await communities.join(one.actor, await self.seen(), "")
        await self.world.settle()
        async with self.a.entered():
            for one in await Membership.filter(community_id=self.home.id, state="asked").select_related("actor"):
                await communities.admit(self.ana.actor, one)
            await Notification.filter(kind="join_asked").delete()  # that she once asked to join stays so
        await self.world.settle()

    async def seen(self) -> Community:
        return await remote.community_of(await resolver.handle("!nous@coop.example"))

    async def there(self, site: Site, post: Post) -> Post:
        async with site.entered():
            return await Post.get(uri=post.uri)

    async def life(self) -> dict[str, Post]:
        """She asks, answers, deposits, deletes, is removed, reacts and accepts; the others answer her."""
        mary, zoe, ana = self.mary.actor, self.zoe.actor, self.ana.actor
        async with self.b.entered():
            place = await self.seen()
            asked = await service.write(mary, place, kind="question", title="Quels pruniers", source="Et la paille ?")
            card = Card(licence="CC-BY-4.0", link="https://notes.example/", credits=[{"name": "Maryvonne  Tanguay"}])
            sheet = await Post.get(id=(await library.deposit(mary, place, card, title="Fiche du sol")).post_id)
        await self.world.settle()
        async with self.a.entered():
            hers = await Post.get(uri=asked.uri)
            answer = await service.reply(ana, hers, source="De l’épinette.")
            own = await service.write(ana, self.home, kind="tip", title="Le gel", source="Couvrez.")
        await self.world.settle()
        async with self.b.entered():
            reply = await service.reply(mary, await Post.get(uri=own.uri), source="Sous la neige aussi.")
            lost = await service.reply(mary, await Post.get(uri=own.uri), source="À supprimer.")
            taken = await service.reply(mary, await Post.get(uri=own.uri), source="À retirer.")
            await service.react(mary, await Post.get(uri=own.uri), "thanks")
            await service.accept_answer(mary, asked, await Post.get(uri=answer.uri))
        await self.world.settle()
        async with self.b.entered():
            below = await service.reply(zoe, await Post.get(id=reply.id), source="Je confirme.")
            await service.delete(mary, await Post.get(id=lost.id))
            await reports.report(zoe, mary, comment="Trop bref", post=reply, community_id=place.id)
            await reports.report(zoe, mary, comment="Trop long", post=taken)
        async with self.a.entered():
            await service.remove(ana, await Post.get(uri=taken.uri), "Hors sujet")
        await self.world.settle()
        return {
            "asked": asked,
            "sheet": sheet,
            "own": own,
            "reply": reply,
            "lost": lost,
            "taken": taken,
            "below": below,
        }

    async def pages(self, posts: dict[str, Post], *, threads: bool = False) -> dict[str, str]:
        """All that Ana on A and Zoe on B can open, and what Zoe may take home; or threads and notifications only."""
        found: dict[str, str] = {}
        for site, who, group in ((self.a, self.ana, "nous"), (self.b, self.zoe, "nous@coop.example")):
            async with site.entered():
                cookie = f"__Host-session={await sessions.open_session(who, 'test', '127.0.0.1')}"
                here = {name: await Post.get(uri=post.uri) for name, post in posts.items()}
                sheet = await Resource.get(post_id=here["sheet"].id)
            ids = {name: post.id for name, post in here.items()}
            places = [
                "/",
                "/notifications",
                "/reports",
                "/resources",
                "/search?q=paille",
                "/search?q=neige",
                "/tags/sol",
            ]
            places += [
                f"/c/{group}{end}" for end in ("", "/resources", "/moderation", "/reports", "/about", "/members")
            ]
            places += [f"/r/{sheet.id}", f"/r/{sheet.id}?q=1", *(f"/p/{one}" for one in ids.values())]
            places += [
                f"/p/{ids[name]}/{end}"
                for name in ("asked", "reply")
                for end in ("history", "report", "copies", "remove")
            ]
            places += [f"/p/{ids['own']}?reply={ids['reply']}", f"/p/{ids['asked']}/move", f"/p/{ids['taken']}/copies"]
            for path in places[1:2] + [f"/p/{ids['own']}", f"/p/{ids['asked']}"] if threads else places:
                answer = await self.world.request(
                    "GET", site.settings.origin + path, {"Accept": "text/html", "Cookie": cookie}
                )
                assert answer.status < 400 or site is self.b or path == "/tags/sol", (path, answer.status)
                found[f"{who.actor.name}: {path.replace(str(sheet.id), 'SHEET')}"] = answer.body.decode()
        async with self.b.entered():
            for give in (exporting.written, told.told, reported.made):
                async for name, content in give(self.zoe.actor_id):
                    found[f"zoe takes home {name}"] = json.dumps(content, default=str)
        return found


@asynccontextmanager
async def at(site: Site, who: Account) -> AsyncIterator[Browser]:
    """Somebody at the pages of one server."""
    async with site.entered(), TestServer(create_app(site)) as running, TestClient(running) as client:
        yield await Browser(client).log_in(who)


def named(pages: dict[str, str]) -> set[str]:
    return {where for where, said in pages.items() if NAME in said.casefold()}


async def test_whoever_leaves_without_their_name_is_named_on_no_page(world: World) -> None:
    stage = Stage(world, await world.fedcop("https://coop.example"), await world.fedcop("https://vallee.example"))
    await stage.begin()
    posts = await stage.life()
    before = named(await stage.pages(posts))
    assert len(before) > 30, before

    async with at(stage.b, stage.mary) as browser:
        page = await browser.get("/c/nous@coop.example/leave")
        assert "Vous avez écrit 5 publications ici." in page.main.text
        assert "checked" in page.field("Signé") and "checked" not in page.field("Anonymisé")
        page.choose("Anonymisé")
        page = await browser.press("Quitter")
        assert page.path == "/communities"
    await world.settle()

    async with stage.a.entered():  # of what a newcomer is given nothing names her first
        kept = ThreadActivity.filter(
            post_id__in=[(await Post.get(uri=posts[one].uri)).id for one in ("asked", "reply")]
        )
        assert "Create" not in await kept.values_list("kind", flat=True)

    after = await stage.pages(posts)
    assert not named(after)
    assert "Ancien membre" in after["ana: /r/SHEET"] and "Ancien membre" in after["zoe: /"]
    letters = [mail for site in (stage.a, stage.b) for mail in site.mailer.sent]

    # What happens afterwards does not bring it back: an answer to her, a correction of hers, her answer accepted.
    async with stage.a.entered():
        reply = await Post.get(uri=posts["reply"].uri)
        answer = await service.reply(stage.ana.actor, reply, source="Merci à vous.")
        place = await place_of(answer.id)
        assert place is not None
        document = json.dumps(mapping.to_object(await telling_of(place)), default=str)
    await world.settle()
    assert not named(await stage.pages(posts, threads=True)) and NAME not in document
    fresh = [mail for site in (stage.a, stage.b) for mail in site.mailer.sent if mail not in letters]
    assert not [mail for mail in fresh if NAME in (mail.subject + mail.text).casefold() and NAME not in mail.to]

    async with at(stage.b, stage.mary) as browser:
        page = await browser.get("/settings/contributions")
        assert "5 anonymisées" in page.main.text


async def test_only_the_author_says_so_and_nobody_unsays_it(world: World) -> None:
    """A person of another fedcop, banned since; somebody who speaks for her; old words brought again; new ones added."""
    await world.fedcop("https://coop.example")
    ana = await make_member("ana")
    home = await communities.found(ana.actor, title="Sols", name="sols", purpose="x")
    inbox = "https://coop.example/inbox"
    mia, eve = [await world.stranger(f"{who}@ailleurs.example", FEDCOP) for who in ("mia", "eve")]
    other = await world.stranger("zed@troisieme.example", FEDCOP)
    for one in (mia, other):
        await one.joins(home.actor.uri, inbox)
        await world.settle()
    page = mia.root(home.actor.uri, "Le gel", "<p>Que faire ?</p>")
    await mia.creates(page, inbox)
    await world.settle()
    post = await Post.get(uri=page["id"])
    word = {**page, "fc:anonymous": True}
    for forger in (eve, other):
        await forger.updates(word, inbox)
        await world.settle(strict=False)
        assert (await Post.get(id=post.id)).anonymised_at is None

    await communities.ban(ana.actor, home, await resolver.actor(mia.uri), "Assez")
    await world.settle()

    def passed_on() -> list[str]:
        return [str(one["object"]["type"]) for one in other.server.took("Announce")]

    assert passed_on() == ["Create", "Block"]
    changed = {**word, "content": "<p>Autre chose</p>"}
    await mia.updates(changed, inbox)
    await world.settle()
    now = await Post.get(id=post.id)
    assert now.anonymised_at is not None and "Que faire" in now.content
    assert passed_on() == ["Create", "Block"]  # what says more than that is her new words

    await communities.unban(ana.actor, home, await resolver.actor(mia.uri))
    world.clock.advance(60)
    for again in (page, {**page, "fc:anonymous": False}, {**changed, "fc:anonymous": False}):
        await mia.updates(again, inbox)
        await world.settle()
    now = await Post.get(id=post.id)
    assert now.anonymised_at is not None and "Autre chose" in now.content
    assert (await queries.thread(ana.actor, now)).root.author.id == 0

    # Banned again, she says of another one what her server says then: no word but that it bears no name.
    await mia.joins(home.actor.uri, inbox)
    await world.settle()
    second = mia.root(home.actor.uri, "La paille", "<p>Au pied.</p>")
    await mia.creates(second, inbox)
    await world.settle()
    await communities.ban(ana.actor, home, await resolver.actor(mia.uri), "Assez")
    await world.settle()
    count = len(passed_on())
    bare = {key: second[key] for key in ("id", "type", "attributedTo")} | {"fc:anonymous": True}
    for _twice in range(2):
        await mia.sends(mia.activity("Update", bare, to=second["to"], cc=[]), inbox)
        await world.settle()
    now = await Post.get(uri=second["id"])
    assert now.anonymised_at is not None and "Au pied" in now.content
    assert passed_on()[count:] == ["Update"]


async def test_who_does_not_know_the_word_is_told_no_empty_post(world: World) -> None:
    await world.fedcop("https://coop.example")
    ana, pia = await make_member("ana"), await make_member("pia")
    home = await communities.found(ana.actor, title="Sols", name="sols", purpose="x")
    await communities.join(pia.actor, home)
    told = [await world.stranger("max@mastodon.example", MASTODON), await world.stranger("zed@autre.example", FEDCOP)]
    for one in told:
        await one.follows(home.actor.uri, "https://coop.example/inbox")
    kept = await service.write(pia.actor, home, kind="tip", title="La paille", source="Au pied.")
    taken = await service.write(pia.actor, home, kind="tip", title="Achetez", source="Chez moi.")
    await world.settle()
    await service.remove(ana.actor, taken, "Annonce")
    await service.leave_anonymised(pia.actor, home)
    await world.settle()
    microblog = [one["object"] for one in told[0].server.took("Update")]
    assert [(one["id"], one["fc:anonymous"]) for one in microblog if "content" in one] == [(kept.uri, True)]
    assert len(microblog) == 1
    passed = [one["object"]["object"] for one in told[1].server.took("Announce") if one["object"]["type"] == "Update"]
    assert {one["id"]: "content" in one for one in passed} == {kept.uri: True, taken.uri: False}

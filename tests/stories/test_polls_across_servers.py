"""A poll asked on one server, answered on others: every vote counts once, the author's server counts, and all read the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from fedcop.accounts.signup import create_confirmed
from fedcop.actors.models import Actor
from fedcop.communities import remote
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership, ThreadActivity
from fedcop.core.errors import Unavailable
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked
from fedcop.discussions.polls.models import Ballot, Poll
from fedcop.discussions.polls.queries import views
from fedcop.federation.fetching import resolver
from fedcop.notifications.models import Notification
from tests.rig.manners import LEMMY, MASTODON
from tests.rig.world import outcomes

INBOX = "https://coop.example/inbox"
PASSWORD = "une phrase de passe assez longue"
DATES = Asked(("14 nov.", "21 nov."))


@dataclass
class Towns:
    """Coop has the community and Ana; Vallée has Bob, a member of it; Mia follows it from a Mastodon, Lia from a Lemmy."""

    world: Any
    coop: Site
    vallee: Site
    ana: Actor
    bob: Actor
    home: Community
    seen: Community

    async def settle(self, **later: float) -> None:
        self.world.clock.advance(**later)
        await self.world.settle()

    async def stands(self, site: Site, uri: str) -> tuple[list[int], int | None, bool]:
        """How a poll stands, as a server tells it."""
        async with site.entered():
            post = await Post.get(uri=uri)
            view = (await views(None, [post]))[post.id]
            return view.poll.counts, view.poll.voters_count, view.is_over


@pytest.fixture
async def towns(world: Any) -> AsyncIterator[Towns]:
    coop = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    home = await communities.found(
        ana, title="Sols vivants", name="sols", purpose="Des sols qui vivent", posting="followers"
    )
    vallee = await world.fedcop("https://vallee.example")
    bob = (await create_confirmed("bob", "bob@vallee.example", PASSWORD)).actor
    seen = await remote.community_of(await resolver.handle("!sols@coop.example"))
    await communities.join(bob, seen)
    await world.settle()
    yield Towns(world, coop, vallee, ana, bob, home, seen)


def ballot(voter: Any, question: str, author: str, name: str) -> dict[str, Any]:
    found = voter.note("", name=name, inReplyTo=question, to=[author], cc=[])
    del found["content"]
    return found


async def test_a_vote_that_a_busy_database_did_not_take_is_counted_later(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await towns.world.stranger("mia@mastodon.example", MASTODON)
    await mia.follows(towns.home.actor.uri, INBOX)
    async with towns.coop.entered():
        post = await service.write(towns.ana, towns.home, kind="question", title="Quand ?", source="?", poll=DATES)
    await towns.settle()
    record, failures = polls.record_vote, iter([Unavailable(code="database-busy")])

    async def busy_once(*args: Any) -> bool:
        for error in failures:
            raise error
        return await record(*args)

    monkeypatch.setattr(polls, "record_vote", busy_once)
    assert await mia.creates(ballot(mia, post.uri, towns.ana.uri, "14 nov."), INBOX) == 202
    await towns.settle()
    await towns.settle(minutes=1)
    assert await towns.stands(towns.coop, post.uri) == ([1, 0], 1, False), await outcomes(towns.coop)


async def test_a_poll_is_answered_from_everywhere(towns: Towns) -> None:
    world = towns.world
    mia = await world.stranger("mia@mastodon.example", MASTODON)
    lia = await world.stranger("lia@lemmy.example", LEMMY)
    for one in (mia, lia):
        await one.follows(towns.home.actor.uri, INBOX)
    await towns.settle()
    async with towns.coop.entered():
        post = await service.write(
            towns.ana, towns.home, kind="question", title="Quand ?", source="Dites-le.", poll=DATES
        )
    await towns.settle()

    # Each reads what it can: a fedcop the poll and its very text, a microblog the Question, Lemmy a page with the choices.
    async with towns.vallee.entered():
        there = await Post.get(uri=post.uri)
        assert (there.title, there.content, there.has_poll) == ("Quand ?", "<p>Dites-le.</p>", True)
    question = orjson.loads((await mia.gets(post.uri)).body)
    assert (question["type"], [one["name"] for one in question["oneOf"]]) == ("Question", ["14 nov.", "21 nov."])
    mastodon, lemmy = world.strangers["mastodon.example"], world.strangers["lemmy.example"]
    assert [one["object"] for one in mastodon.took("Announce")] == [post.uri]
    page = lemmy.took("Announce")[-1]["object"]["object"]
    assert (page["id"], page["type"]) == (post.uri, "Page") and "<li>21 nov.</li>" in page["content"]
    assert orjson.loads((await lia.gets(post.uri)).body)["type"] == "Page"

    # Votes: once, by who signs, for what is there; never an answer, never passed on.
    async with towns.vallee.entered():
        await polls.vote(towns.bob, there, [1])
    mine = ballot(mia, post.uri, towns.ana.uri, "14 nov.")
    assert await mia.creates(mine, INBOX) == 202
    await towns.settle()
    assert await towns.stands(towns.coop, post.uri) == ([1, 1], 2, False)
    before = len(lemmy.received), len(mastodon.received)
    for name in ("21 nov.", "14 nov.", "Jamais"):
        await mia.creates(ballot(mia, post.uri, towns.ana.uri, name), INBOX)
    await mia.creates(mine, INBOX)
    eve = await world.stranger("eve@mastodon.example", MASTODON)
    await eve.creates({**ballot(eve, post.uri, towns.ana.uri, "21 nov."), "attributedTo": mia.uri}, INBOX)
    assert await mia.updates({**question, "votersCount": 900}, INBOX) == 400
    await towns.settle()
    assert await towns.stands(towns.coop, post.uri) == ([1, 1], 2, False), await outcomes(towns.coop)
    assert (len(lemmy.received), len(mastodon.received)) == before
    async with towns.coop.entered():
        assert await Post.all().count() == 1 and (await world.get(f"{post.uri}/replies")).status == 200

    # The numbers: told together, to who holds the poll; to Lemmy, which shows none, not.
    assert await towns.stands(towns.vallee, post.uri) == ([0, 0], 0, False)
    await towns.settle(minutes=3)
    assert await towns.stands(towns.vallee, post.uri) == ([1, 1], 2, False)
    assert len(lemmy.received) == before[0]
    told = mastodon.took("Update")
    assert [one["object"]["votersCount"] for one in told] == [2] and told[0]["actor"] == towns.ana.uri
    lou = await world.stranger("lou@mastodon.example", MASTODON)
    await lou.follows(towns.home.actor.uri, INBOX)
    await lou.creates(ballot(lou, post.uri, towns.ana.uri, "21 nov."), INBOX)
    await towns.settle()
    await towns.settle(minutes=3)
    async with towns.coop.entered():
        assert await ThreadActivity.filter(post_id=post.id, kind="Update").count() == 1  # the last is enough

    # The end.
    await towns.settle(days=7)
    assert await towns.stands(towns.vallee, post.uri) == ([1, 2], 3, True)
    assert mastodon.took("Update")[-1]["object"]["closed"] == question["endTime"]
    await eve.creates(ballot(eve, post.uri, towns.ana.uri, "21 nov."), INBOX)
    await towns.settle()
    assert await towns.stands(towns.coop, post.uri) == ([1, 2], 3, True)
    async with towns.vallee.entered():
        assert await Notification.filter(kind="poll_ended", account__actor_id=towns.bob.id).count() == 1


async def test_a_members_poll_is_counted_where_the_member_is(towns: Towns) -> None:
    async with towns.vallee.entered():
        post = await service.write(towns.bob, towns.seen, kind="idea", title="On sème ?", source="", poll=DATES)
    await towns.settle()
    async with towns.coop.entered():
        there = await Post.get(uri=post.uri)
        await polls.vote(towns.ana, there, [0])
        assert (await Poll.get(post_id=there.id)).counts == [0, 0]  # of others we count nothing ourselves
    await towns.settle()
    assert await towns.stands(towns.vallee, post.uri) == ([1, 0], 1, False)
    await towns.settle(minutes=3)
    assert await towns.stands(towns.coop, post.uri) == ([1, 0], 1, False)
    async with towns.vallee.entered():
        await service.edit(towns.bob, post, source="Du seigle ?")
        await polls.close(towns.bob, post)
    await towns.settle()
    assert await towns.stands(towns.coop, post.uri) == ([1, 0], 1, True)
    async with towns.vallee.entered():
        await service.delete(towns.bob, post)
    await towns.settle()
    async with towns.coop.entered():
        assert not await Poll.exists() and not await Ballot.exists()


async def test_a_poll_of_a_mastodon(towns: Towns) -> None:
    mia = await towns.world.stranger("mia@mastodon.example", MASTODON)
    await mia.follows(towns.home.actor.uri, INBOX)
    await towns.settle()
    options = [{"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 2}} for name in "AB"]
    asked = mia.note(
        "<p>Quelle date ?</p>",
        type="Question",
        cc=[towns.home.actor.uri],
        anyOf=options,
        votersCount=3,
        endTime="2026-03-09T14:00:00Z",
        tag=[{"type": "Mention", "href": towns.home.actor.uri, "name": "@sols"}],
    )
    await mia.creates(asked, INBOX)
    await towns.settle()
    async with towns.coop.entered():
        there = await Post.get(uri=asked["id"])
        await polls.vote(towns.ana, there, [0, 1])
    await towns.settle()
    votes = [one["object"] for one in towns.world.strangers["mastodon.example"].took("Create")]
    assert [(one["name"], one["inReplyTo"], one["to"]) for one in votes] == [
        (name, asked["id"], [mia.uri]) for name in "AB"
    ]
    assert all("content" not in one and "cc" not in one for one in votes)
    served = await towns.world.get(f"https://coop.example/activities/{votes[0]['id'].rpartition('/')[2]}")
    assert served.status == 404

    def at(count: int, voters: int) -> dict[str, Any]:
        counted = [{**one, "replies": {"type": "Collection", "totalItems": count}} for one in options]
        return {**asked, "anyOf": counted, "votersCount": voters}

    for count, voters in ((4, 5), (1, 2)):  # the second is older, and came late
        await mia.updates(at(count, voters), INBOX)
        await towns.settle()
    for site in (towns.coop, towns.vallee):
        assert await towns.stands(site, asked["id"]) == ([4, 4], 5, False)


async def test_behind_closed_doors_members_vote(towns: Towns) -> None:
    async with towns.coop.entered():
        shut = await communities.found(
            towns.ana, title="Entre nous", name="nous", purpose="Parler", visibility="private", join_policy="request"
        )
    async with towns.vallee.entered():
        seen = await remote.community_of(await resolver.handle("!nous@coop.example"))
        await communities.join(towns.bob, seen, "S’il vous plaît")
    await towns.settle()
    async with towns.coop.entered():
        await communities.admit(towns.ana, await Membership.get(community_id=shut.id, state="asked"))
        post = await service.write(towns.ana, shut, kind="idea", title="Secret", source="", poll=DATES)
    await towns.settle()
    async with towns.vallee.entered():
        await polls.vote(towns.bob, await Post.get(uri=post.uri), [0])
    eve = await towns.world.stranger("eve@mastodon.example", MASTODON)
    await eve.creates(ballot(eve, post.uri, towns.ana.uri, "21 nov."), INBOX)
    await towns.settle()
    await towns.settle(minutes=3)
    for site in (towns.coop, towns.vallee):
        assert await towns.stands(site, post.uri) == ([1, 0], 1, False), await outcomes(towns.coop)
    assert not towns.world.strangers["mastodon.example"].received

"""Many deliveries of one moment are done in one go; what each of them says and who may say it is judged as if it had come alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from fedcop.accounts.signup import create_confirmed
from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import moderation
from fedcop.communities import service as community_service
from fedcop.communities.models import Community, ThreadActivity
from fedcop.core import asked
from fedcop.core.clock import now
from fedcop.core.database import dialect, in_parts, rows
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation.models import InboxItem
from fedcop.notifications.models import Notification
from fedcop.search.models import SearchEntry
from tests.rig.fakeserver import Stranger
from tests.rig.manners import LEMMY, MASTODON
from tests.rig.queries import counted

INBOX = "https://coop.example/inbox"
PASSWORD = "une phrase de passe assez longue"


@dataclass
class Coop:
    world: Any
    site: Site
    ana: Actor
    community: Community
    root: Post
    mia: Stranger
    tom: Stranger

    async def answers(self, who: Stranger, number: int, parent: str = "") -> dict[str, Any]:
        """Deliver an answer."""
        note = who.reply(parent or self.root.uri, self.ana.uri, self.community.actor.uri, f"<p>Réponse {number}</p>")
        note["tag"] = []
        assert await who.creates(note, INBOX) == 202
        return note


@pytest.fixture
async def coop(world: Any) -> AsyncIterator[Coop]:
    site = await world.fedcop("https://coop.example")
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    community = await community_service.found(ana, title="Sols vivants", name="sols", purpose="Des sols qui vivent")
    root = await service.write(ana, community, kind="question", title="Semer quoi ?", source="Après les patates.")
    mia, tom = await world.stranger("mia@lemmy.example", LEMMY), await world.stranger("tom@lemmy.example", LEMMY)
    for one in (mia, tom):
        await one.joins(community.actor.uri, INBOX)
    await world.settle()
    yield Coop(world, site, ana, community, root, mia, tom)


async def states(notes: list[dict[str, Any]]) -> list[str]:
    """What became of each."""
    there = {post.uri: post for post in await Post.filter(uri__in=[note["id"] for note in notes])}
    return [there[note["id"]].state if note["id"] in there else "" for note in notes]


async def test_they_are_all_there_and_all_that_follows_has_followed(coop: Coop) -> None:
    with counted() as alone:
        first = await coop.answers(coop.mia, 0)
        await coop.site.runner.settle()
    assert await states([first]) == ["visible"]
    with counted() as together:
        notes = [await coop.answers((coop.mia, coop.tom)[number % 2], number) for number in range(1, 21)]
        await coop.site.runner.settle()
    assert await states(notes) == ["visible"] * 20
    posts = await Post.filter(uri__in=[note["id"] for note in notes])
    assert await Notification.filter(kind="reply", post_id__in=[post.id for post in posts]).count() == 20
    assert await SearchEntry.filter(id__in=[post.id for post in posts]).count() == 20
    assert await ThreadActivity.filter(post_id__in=[post.id for post in posts]).count() == 20
    assert (await Post.get(id=coop.root.id)).replies_count == 21
    assert {item.outcome for item in await InboxItem.all()} == {"done"}
    assert await rows("SELECT id FROM job WHERE name LIKE '%intake:%' OR name LIKE '%finding:%'") == []
    much = 0.5 if dialect() == "sqlite" else 0.95  # of what each costs alone
    assert len(together) < 20 * len(alone) * much, f"{len(together)} statements for twenty, {len(alone)} for one"


async def test_answers_to_answers_of_the_same_moment_find_them(coop: Coop) -> None:
    notes = [await coop.answers(coop.mia, 0)]
    for number in range(1, 6):
        notes.append(await coop.answers(coop.tom, number, notes[-1]["id"]))
    await coop.site.runner.settle()
    depths = {post.uri: post.depth for post in await Post.all()}
    assert [depths[note["id"]] for note in notes] == [1, 2, 3, 4, 5, 6]
    assert (await Post.get(uri=notes[0]["id"])).replies_count == 1


async def test_a_ban_counts_for_what_waits_already(coop: Coop) -> None:
    before = [await coop.answers(coop.tom, number) for number in range(3)]
    tom = await Actor.get(uri=coop.tom.uri)
    await moderation.ban(coop.ana, coop.community, tom, reason="assez")
    after = [await coop.answers(coop.mia, number) for number in range(3, 6)]
    await coop.world.settle()
    assert await states(before) == ["", "", ""] and await states(after) == ["visible"] * 3
    assert [item.outcome for item in await InboxItem.filter(actor_uri=coop.tom.uri).order_by("-id").limit(3)] == [
        "refused"
    ] * 3


async def test_what_is_deleted_in_between_does_not_come_back(coop: Coop) -> None:
    note = await coop.answers(coop.mia, 0)
    activity = coop.mia.activity("Create", note)
    assert await coop.mia.deletes(note["id"], INBOX) == 202
    assert await coop.mia.sends(activity, INBOX) == 202  # the same post by another activity
    last = await coop.answers(coop.tom, 1)
    await coop.site.runner.settle()
    post = await Post.get(uri=note["id"])
    assert post.deleted_at is not None and await states([last]) == ["visible"]


async def test_one_that_needs_the_network_is_done_alone_and_in_its_turn(coop: Coop) -> None:
    unknown = await coop.world.stranger("zoe@mastodon.example", MASTODON)
    parent = unknown.reply(coop.root.uri, coop.ana.uri, coop.community.actor.uri, "<p>Ailleurs</p>")
    first = await coop.answers(coop.mia, 0)
    middle = await coop.answers(coop.tom, 1, parent["id"])  # what it answers has to be fetched
    last = await coop.answers(coop.mia, 2)
    await coop.world.settle()
    assert await states([first, last]) == ["visible", "visible"]
    done = [item.outcome for item in await InboxItem.filter(uri__contains="lemmy.example").order_by("id")][-3:]
    assert done == ["done"] * 3 and await states([parent, middle]) == ["visible"] * 2
    assert any(parent["id"] in asked for _method, asked, *_ in coop.world.web.asked), "it was asked for"


async def test_one_that_cannot_be_written_with_the_others_takes_none_along(coop: Coop) -> None:
    notes = [coop.mia.reply(coop.root.uri, coop.ana.uri, coop.community.actor.uri, f"<p>{n}</p>") for n in range(4)]
    activities = [coop.mia.activity("Create", note) for note in notes]
    tom = await Actor.get(uri=coop.tom.uri)
    kept = await ThreadActivity.create(
        uri=activities[1]["id"], actor_id=tom.id, kind="Like", body=orjson.dumps(activities[1]), created_at=now()
    )
    for activity in activities:
        assert await coop.mia.sends(activity, INBOX) == 202
    await coop.site.runner.settle()
    assert await states(notes) == ["visible"] * 4
    assert (await Post.get(id=coop.root.id)).replies_count == 4
    posts = await Post.filter(uri__in=[note["id"] for note in notes])
    assert await ThreadActivity.filter(post_id__in=[post.id for post in posts]).count() == 3, "the first copy counts"
    assert (await ThreadActivity.get(id=kept.id)).kind == "Like"
    assert await SearchEntry.filter(id__in=[post.id for post in posts]).count() == 4


async def test_many_of_one_second_have_their_order(coop: Coop) -> None:
    notes = [await coop.answers((coop.mia, coop.tom)[number % 2], number) for number in range(12)]
    await coop.site.runner.settle()
    posts = await Post.filter(uri__in=[note["id"] for note in notes]).order_by("id")
    assert len({post.published_at for post in posts}) < 12 and len({post.id for post in posts}) == 12
    assert [post.uri for post in posts] == [note["id"] for note in notes]


async def test_an_address_means_nothing_until_something_bears_it(coop: Coop) -> None:
    activity, uri, said = "https://lemmy.example/creates/1", "https://lemmy.example/posts/1", list[bool]()

    async def part() -> None:
        asked.tell(known.kinds_of_two, {}, activity, uri)  # as a round does, before the first of its deliveries
        said.append(known.means_nothing(uri, activity))
        with asked.keeping():  # as where a new post is stored: the same may come once more, inside of an Announce
            await known.remember(uri, "post", 1, coop.mia.uri)
        said.append(known.means_nothing(uri, activity))

    assert await in_parts([part], enough=lambda: False) == 1
    assert said == [True, False]

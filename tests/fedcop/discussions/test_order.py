"""A thread reads the same however it came together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fedcop.actors.models import Actor
from fedcop.core.database import dialect
from fedcop.core.ids import HALF, id_at, moment_of
from fedcop.core.site import Site
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post
from fedcop.discussions.order import in_reading_order
from fedcop.discussions.service.numbering import Given
from fedcop.discussions.views import PostView
from tests.rig.people import make_stranger
from tests.rig.villages import Village, received

AT = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
WRITER = Actor(id=1, uri="https://a.example/u/a", name="a", host="a.example", kind="Person")


@st.composite
def threads(draw: Any) -> list[PostView]:
    """Replies with ids from 1; each answers the root (0) or an earlier one, some at the very same second."""
    views = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        post = Post(
            id=number,
            uri=f"https://{draw(st.sampled_from('abc'))}.example/{number}",
            root_id=0,
            parent_id=draw(st.integers(0, number - 1)),
            published_at=AT + timedelta(seconds=draw(st.integers(0, 5))),
        )
        views.append(PostView(post=post, author=WRITER))
    return views


def told(views: list[PostView]) -> list[tuple[int, int]]:
    ordered = sorted(views, key=lambda view: (view.post.published_at, view.post.uri))
    return [(view.post.id, view.level) for view in in_reading_order(0, ordered)]


@given(threads(), st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_does_not_depend_on_arrival(views: list[PostView], chance: Any) -> None:
    shuffled = views[:]
    chance.shuffle(shuffled)
    assert told(views) == told(shuffled)


@given(threads())
@settings(max_examples=150, deadline=None)
def test_every_reply_is_there_once_below_what_it_answers(views: list[PostView]) -> None:
    found = told(views)
    assert sorted(number for number, _level in found) == [view.post.id for view in views]
    tops = {number for number, level in found if level == 1}
    assert tops == {view.post.id for view in views if view.post.parent_id == 0}
    current = None
    parents = {view.post.id: view.post.parent_id for view in views}
    for number, level in found:
        if level == 1:
            current = number
        else:
            above = number
            while parents[above] != 0:
                above = parents[above] or 0
            assert above == current


@given(threads())
@settings(max_examples=50, deadline=None)
def test_a_circle_of_replies_is_shown_and_ends(views: list[PostView]) -> None:
    first = views[0]
    first.post.parent_id = views[-1].post.id
    assert len(told(views)) == len(views)


async def test_newer_and_older_texts_converge(site: Site, village: Village, clock: Any) -> None:  # C10
    """The newest text wins, in whatever order its versions come; the same one twice changes nothing (attacks J05, J06)."""
    mia = await make_stranger("mia")
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")
    at = root.published_at
    clock.advance(3600)
    versions = [
        service.FoundPost(
            uri="https://ailleurs.example/1",
            author=mia,
            community=village.community,
            parent=root,
            content=f"<p>{number}</p>",
            published_at=at,
            edited_at=at + timedelta(minutes=number) if number else None,
        )  # fmt: skip
        for number in range(3)
    ]
    for number in (2, 0, 1, 2):
        await received(versions[number])
    post = await Post.get(uri=versions[0].uri)
    assert post.content == "<p>2</p>" and await queries.revisions(None, post) == []
    assert await received(replace(versions[2], author=village.sacha)) is None
    await service.record_delete(post.uri, mia)
    assert (await received(versions[2])) is not None
    gone = await Post.get(id=post.id)
    assert gone.deleted_at is not None and gone.content == ""


async def test_posts_of_one_second_are_all_kept_and_sort_as_they_came(site: Site, village: Village) -> None:
    """Servers tell whole seconds; drawn from the numbers of a millisecond, one of 300 such posts was lost two times in three."""
    mia = await make_stranger("mia")
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")
    found = [
        service.FoundPost(
            uri=f"https://ailleurs.example/{number}", author=mia, community=village.community, parent=root,
            content="<p>x</p>", published_at=AT,
        )
        for number in range(3)
    ]  # fmt: skip
    posts = [await received(one) for one in found]
    numbers = [post.id for post in posts if post is not None]
    assert numbers == sorted(set(numbers)) and None not in posts
    assert {moment_of(number) for number in numbers} == {AT}


async def test_posts_of_one_second_that_are_stored_at_once_are_all_kept(site: Site, village: Village) -> None:
    """On PostgreSQL several jobs, of several workers, store at once; one in five chose a number that another was about to have."""
    mia = await make_stranger("mia")
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")
    found = [
        service.FoundPost(
            uri=f"https://ailleurs.example/{number}", author=mia, community=village.community, parent=root,
            content="<p>x</p>", published_at=AT,
        )
        for number in range(8)
    ]  # fmt: skip
    posts = await asyncio.gather(*(service.record_new(one) for one in found))
    numbers = {post.id for post in posts if post is not None}
    assert len(numbers) == 8 and {moment_of(number) for number in numbers} == {AT}


async def test_more_posts_of_one_moment_than_it_has_numbers(site: Site, village: Village) -> None:
    """On PostgreSQL a process has 512 numbers of a millisecond: it goes on in the next, as do others that see it."""
    mia = await make_stranger("mia")
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")

    async def another() -> int:
        site.parts.pop(Given, None)  # another process knows only what it sees
        uri = f"https://ailleurs.example/{len(numbers)}"
        found = service.FoundPost(
            uri=uri, author=mia, community=village.community, parent=root, content="<p>x</p>", published_at=AT
        )
        post = await service.record_new(found)
        assert post is not None
        numbers.append(post.id)
        return post.id

    numbers = [id_at(AT) + HALF - 1]
    await Post.create(
        id=numbers[0], uri="https://ailleurs.example/0", author_id=mia.id, community_id=village.community.id,
        root_id=root.id, parent_id=root.id, depth=1, published_at=AT, created_at=AT, last_activity_at=AT,
    )  # fmt: skip
    for _ in range(3):
        await another()
    assert numbers == sorted(set(numbers))
    if dialect() == "postgres":
        assert moment_of(numbers[-1]) == AT + timedelta(milliseconds=1)


async def test_a_reply_is_read_by_no_more_people_than_its_thread(site: Site, village: Village) -> None:  # D04
    mia = await make_stranger("mia")
    root = await service.write(village.noor, village.community, kind="tip", title="Un truc", source="Voilà")
    await Post.filter(id=root.id).update(audience="community")
    found = service.FoundPost(
        uri="https://ailleurs.example/1", author=mia, community=village.community, parent=await Post.get(id=root.id),
        content="<p>x</p>", published_at=root.published_at, audience="public",
    )  # fmt: skip
    post = await received(found)
    assert post is not None and post.audience == "community"
    again = await received(replace(found, content="<p>y</p>", edited_at=root.published_at + timedelta(minutes=1)))
    assert again is not None and again.audience == "community"
    # Nor does a correction open a thread to more people than it was written for.
    begun = replace(found, uri="https://ailleurs.example/2", parent=None, title="Un fil", audience="community")
    assert await received(begun) is not None
    wider = replace(begun, content="<p>y</p>", audience="public", edited_at=root.published_at + timedelta(minutes=1))
    kept = await received(wider)
    assert kept is not None and (kept.content, kept.audience) == ("<p>y</p>", "community")

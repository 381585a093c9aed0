"""The lists: who sees what in which order, page after page without gap or double."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import queries as of_communities
from fedcop.communities import service as communities
from fedcop.core.database import dialect, rows
from fedcop.core.site import Site
from fedcop.discussions import queries as discussions
from fedcop.discussions import service
from fedcop.people import service as people
from fedcop.reports import desk
from fedcop.timelines import queries, streams, trends
from fedcop.timelines.queries import Filters
from fedcop.timelines.service import choice_of, choose
from fedcop.timelines.streams import Span, Wish
from tests.rig.people import make_member
from tests.rig.queries import counted
from tests.rig.villages import Village, make_village


async def write(village: Village, title: str, kind: str = "idea", **more: Any) -> int:
    post = await service.write(village.noor, village.community, kind=kind, title=title, source=title, **more)
    return post.id


async def all_pages(viewer: Actor | None, **how: Any) -> list[int]:
    found: list[int] = []
    after: str | None = None
    while True:
        page = await queries.home(viewer, after=after, limit=3, **how)
        found += page.ids
        if page.after is None:
            return found
        after = page.after


@pytest.mark.parametrize("order", ["activity", "published"])
@pytest.mark.parametrize("whose", ["mine", "all"])
async def test_pages_have_no_gap_and_no_double(site: Site, clock: Any, order: str, whose: str) -> None:
    one, two = await make_village("un"), await make_village("deux")
    me = (await make_member("moi")).actor
    for village in (one, two):
        await communities.join(me, village.community)
    written = []
    for number in range(10):
        written.append(await write((one, two)[number % 2], f"n° {number}"))
        clock.advance(60 if number % 3 else 0)  # some at the very same time
    found = await all_pages(me, whose=whose, order=order)
    assert found == sorted(written, reverse=True)


async def test_activity_brings_a_thread_up(site: Site, village: Village, clock: Any) -> None:
    first, second = await write(village, "une"), await write(village, "deux")
    clock.advance(60)
    await service.reply(village.sacha, await discussions.visible_post(None, first), source="encore")
    assert await all_pages(village.sacha, order="activity") == [first, second]
    assert await all_pages(village.sacha, order="published") == [second, first]


async def test_only_my_communities_unless_i_want_all(site: Site) -> None:
    one, two = await make_village("un"), await make_village("deux")
    here, there = await write(one, "ici"), await write(two, "là")
    assert await all_pages(one.sacha) == [here]
    assert await all_pages(one.sacha, whose="all") == [there, here]
    await people.follow(one.sacha, two.community.actor)
    await site.runner.settle()
    assert await all_pages(one.sacha) == [there, here]


async def test_what_is_private_stays_with_its_members(site: Site) -> None:
    closed = await make_village("prive", visibility="private")
    hidden = await write(closed, "entre nous")
    assert await all_pages(closed.sacha) == [hidden]
    for outsider in (closed.reader, None):
        assert await all_pages(outsider, whose="all") == []
        assert list((await queries.community(outsider, closed.community)).ids) == []
        assert await discussions.load_posts(outsider, [hidden]) == []
    await communities.leave(closed.sacha, closed.community)
    assert await all_pages(closed.sacha, whose="all") == []


async def test_filters(site: Site, village: Village, clock: Any) -> None:
    idea = await write(village, "une idée", tags=["Pruniers"], language="en")
    answered = await write(village, "répondue ?", kind="question")
    await service.reply(village.sacha, await discussions.visible_post(None, answered), source="oui")
    waiting = await write(village, "sans réponse ?", kind="question")
    clock.advance(days=40)
    later = await write(village, "plus tard")

    async def shown(**filters: Any) -> list[int]:
        return list((await queries.community(None, village.community, filters=Filters(**filters))).ids)

    assert await shown(kind="question") == [waiting, answered]
    assert await shown(unanswered=True) == [waiting]
    assert await shown(tag="pruniers") == [idea]
    assert await shown(language="en") == [idea]
    assert await shown(month="2026-03") == [waiting, answered, idea]
    assert await shown(month="2026-04") == [later]
    assert (await queries.community(None, village.community)).months == ("2026-04", "2026-03")


@pytest.mark.parametrize("few", [0, 9])
async def test_a_tag_is_found_whether_few_or_many_bear_it(
    site: Site, village: Village, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(queries, "FEW_TAGGED", few)
    told = [await write(village, f"n° {number}", tags=["gel"] if number % 2 else ["pluie"]) for number in range(6)]
    found: list[int] = []
    after: str | None = None
    with counted() as statements:
        while after is not None or not found:
            page = await queries.home(village.sacha, filters=Filters(tag="gel"), after=after, limit=2)
            found, after = [*found, *page.ids], page.after
    assert found == told[5::-2] == list((await queries.home(None, whose="all", filters=Filters(tag="gel"))).ids)
    assert list((await queries.community(None, village.community, filters=Filters(tag="gel"))).ids) == found
    assert any("EXISTS (SELECT 1 FROM post_tag" in one for one in statements) == (few == 0)
    assert await streams.tagged(village.sacha, Span(), Wish(any_tags=("gel",))) == found
    assert await streams.tagged(village.sacha, Span(limit=1), Wish(any_tags=("gel", "pluie"))) == [told[5]]


async def test_muted_people_are_left_out(site: Site, village: Village) -> None:
    await write(village, "bruit")
    await people.mute(village.sacha, village.noor)
    assert await all_pages(village.sacha) == []


async def test_deleted_removed_and_waiting_posts_are_left_out(site: Site, village: Village) -> None:
    for number, act in enumerate(("delete", "remove")):
        post = await discussions.visible_post(None, await write(village, f"n° {number}"))
        if act == "delete":
            await service.delete(village.noor, post)
        else:
            await service.remove(village.lea, post, "motif")
    assert await all_pages(village.lea, whose="all") == []


async def test_the_choice_is_remembered(site: Site) -> None:
    account = await make_member("moi")
    await choose(account, whose="all", order="nonsense")
    fresh = await type(account).get(id=account.id)
    assert choice_of(fresh).whose == "all" and choice_of(fresh).order == "activity"


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "9" * 30 + "-1", "1-" + "9" * 40, "1-2-3", "²-1"])
def test_nonsense_is_the_beginning(text: str) -> None:
    assert queries.read_cursor(text) is None


async def test_one_query_for_any_number_of_threads(site: Site, village: Village) -> None:
    for number in range(12):
        await write(village, f"n° {number}")
    with counted() as statements:
        page = await queries.home(village.sacha)
    statements.at_most(2)
    with counted() as few:
        await discussions.load_posts(village.sacha, page.ids[:1])
    with counted() as many:
        await discussions.load_posts(village.sacha, page.ids)
    assert len(few) == len(many)


async def test_months_are_those_of_threads_that_one_sees(site: Site, village: Village, clock: Any) -> None:
    async def months(viewer: Actor | None) -> tuple[str, ...]:
        return tuple((await queries.community(viewer, village.community)).months)

    assert await months(None) == () == (await queries.community(None, village.community)).ids
    began = []
    for days in (0, 1, 40, 70, 3):  # several in a month, and none in another
        clock.advance(days=days)
        gone = await write(village, f"après {days} jours")
        began.append(f"{clock.now():%Y-%m}")
    expected = tuple(sorted(set(began), reverse=True))
    assert await months(None) == await months(village.noor) == expected
    assert len(expected) == 3
    await service.delete(village.noor, await discussions.visible_post(village.noor, gone))
    assert await months(None) == tuple(sorted(set(began[:-1]), reverse=True))


async def test_a_communitys_page_reads_what_it_shows_and_not_the_whole_community(site: Site, village: Village) -> None:
    if dialect() == "postgres":
        pytest.skip("with as few rows PostgreSQL prefers to read them all")
    plans = await plans_of(
        queries.community(village.noor, village.community),
        desk.of(village.noor, village.community),
        discussions.held(village.community),
        of_communities.leaders(village.community),
        of_communities.members(village.community),
    )
    for found in ("idx_post_pinned", "published_at<?", "state=? AND role=?", "state=? AND id>?"):
        assert any(found in one for one in plans), (found, plans)
    assert sum("idx_post_held" in one for one in plans) == 2
    assert not any("id>?" in one and "TEMP" in one for one in plans)


async def test_a_home_of_many_communities_looks_at_what_is_near(site: Site, village: Village) -> None:
    for number in range(streams.FEW + 1):
        await communities.join(village.sacha, (await make_village(f"v{number}")).community)
    with counted() as statements:
        await streams.home(village.sacha, Span())
    near = next(one for one in statements if "OFFSET" in one)
    # Which index is chosen depends on what the database has counted: where one may be used, a large one reads a whole community.
    assert "+p.community_id IN" in near and " p.community_id IN" not in near and "(p.community_id IN" not in near


async def test_what_is_talked_about_is_looked_for_among_posts_of_the_week(site: Site, village: Village) -> None:
    if dialect() == "postgres":
        pytest.skip("with as few rows PostgreSQL prefers to read them all")
    for post in (await write(village, "gel", tags=["gel"]), await write(village, "pluie")):
        await service.reply(village.sacha, await discussions.visible_post(None, post), source="oui #gel")
    plans = await plans_of(trends.threads(village.noor), trends.tags(village.noor))
    assert len(plans) == 3 and all(one.startswith("SEARCH p USING INTEGER PRIMARY KEY (rowid>?)") for one in plans), (
        plans
    )


async def plans_of(*asked: Awaitable[Any]) -> list[str]:
    """Tell how SQLite finds what each statement about posts or members asks for."""
    with counted() as statements:
        for one in asked:
            await one
    about = [one for one in statements if one.startswith("SELECT") and ("post" in one or "membership" in one)]
    found = [await rows(f"EXPLAIN QUERY PLAN {one}", *[1] * one.count("?")) for one in about]
    return [" / ".join(step["detail"] for step in plan) for plan in found]

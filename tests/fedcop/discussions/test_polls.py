"""Asking, voting, ending: a vote counts once, for who may answer, until the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from fedcop.core.database import atomic, execute
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.facts import Fact
from fedcop.core.site import Site
from fedcop.discussions import exporting, service
from fedcop.discussions.models import Post
from fedcop.discussions.polls import ending
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked, asked, check
from fedcop.discussions.polls.models import Ballot, Poll
from fedcop.discussions.polls.queries import views
from fedcop.discussions.polls.service import FoundPoll
from fedcop.notifications.models import Notification
from fedcop.search import service as search
from tests.rig.clock import StandingClock
from tests.rig.villages import Village, make_village

DATES = Asked(("14 novembre", "21 novembre"))


async def ask(village: Village, poll: Asked = DATES) -> Post:
    return await service.write(
        village.lea, village.community, kind="question", title="Quand plantons-nous ?", source="", poll=poll
    )


async def counted(post: Post) -> tuple[list[int], int | None]:
    poll = await Poll.get(post_id=post.id)
    return poll.counts, poll.voters_count


@pytest.mark.parametrize(
    ("options", "lasts", "field"),
    [
        (["Une seule"], timedelta(days=1), "option"),
        (["Oui", " oui "], timedelta(days=1), "option"),
        ([str(n) for n in range(13)], timedelta(days=1), "option"),
        (["Oui", "x" * 101], timedelta(days=1), "option"),
        (["Oui", "Non"], timedelta(days=91), "poll_days"),
    ],
)
@pytest.mark.once
def test_what_cannot_be_asked_is_said_at_its_field(options: list[str], lasts: timedelta, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(asked(options, lasts=lasts))
    assert set(refused.value.errors) == {field}
    assert asked(["", "  "]) is None


async def test_a_vote_counts_once(village: Village) -> None:  # D39
    post = await ask(village)
    outcomes = await asyncio.gather(
        *(polls.vote(village.noor, post, [choice]) for choice in (0, 1, 0)), return_exceptions=True
    )
    assert all(isinstance(one, Poll | Conflict) for one in outcomes), outcomes
    assert await Ballot.filter(actor_id=village.noor.id).count() == 1 and sum((await counted(post))[0]) == 1
    mine = (await Ballot.get(actor_id=village.noor.id)).choice
    await polls.vote(village.noor, post, [mine])  # a double click
    with pytest.raises(Conflict):
        await polls.vote(village.noor, post, [1 - mine])
    for wrong in ([], [2], [-1], [0, 1]):
        with pytest.raises(Invalid):
            await polls.vote(village.sacha, post, wrong)
    await polls.vote(village.lea, post, [1 - mine])
    await polls.vote(village.sacha, post, [0])
    await polls.forget_voter(village.sacha)  # whose account is gone
    assert await counted(post) == ([1, 1], 2)
    view = (await views(village.noor, [post]))[post.id]
    assert view.mine == {mine} and [one.share for one in view.choices] == [50, 50]


async def test_several_may_be_chosen_and_the_result_waits_for_the_end(  # D39
    village: Village, site: Site, clock: StandingClock
) -> None:
    post = await ask(village, Asked(("Pommes", "Poires", "Prunes"), multiple=True, hides_totals=True))
    await polls.vote(village.noor, post, [0, 2])
    await polls.vote(village.noor, post, [1])
    await polls.vote(village.sacha, post, [2])
    assert await counted(post) == ([1, 1, 2], 2)
    view = (await views(village.lea, [post]))[post.id]
    assert not view.is_told and {one.count for one in view.choices} == {None}
    clock.advance(days=7)
    with pytest.raises(Forbidden):
        await polls.vote(village.lea, post, [0])
    await site.runner.settle()
    await ending.close_due((await Poll.get(post_id=post.id)).id)
    await site.runner.settle()
    view = (await views(None, [post]))[post.id]
    assert view.is_over and [(one.count, one.share) for one in view.choices] == [(1, 50), (1, 50), (2, 100)]
    told = await Notification.filter(kind="poll_ended").select_related("account")
    assert {one.account.actor_id for one in told} == {village.lea.id, village.noor.id, village.sacha.id} and len(
        told
    ) == 3


async def test_a_clock_that_is_set_back_just_then_only_puts_the_end_off(
    village: Village, site: Site, clock: StandingClock
) -> None:
    """The job found that it was not over yet, and was done: it never ended."""
    post = await ask(village)
    poll = await Poll.get(post_id=post.id)
    await ending.close_due(poll.id)  # as if it had been claimed a moment before
    await execute("DELETE FROM job WHERE id = (SELECT min(id) FROM job WHERE name LIKE '%:close_due')")
    clock.advance(days=7)
    await site.runner.settle()
    assert (await Poll.get(post_id=post.id)).closed_at is not None


async def test_choices_change_until_somebody_has_voted(village: Village, site: Site) -> None:
    post = await ask(village)
    more = Asked(("14 novembre", "21 novembre", "28 novembre"), multiple=True)
    await service.edit(village.lea, post, source="", poll=more)
    await polls.vote(village.noor, post, [2])
    with pytest.raises(Invalid) as refused:
        await service.edit(village.lea, post, source="", poll=DATES)
    assert set(refused.value.errors) == {"option"}
    await service.edit(village.lea, post, source="Dites-le.", poll=more)
    with pytest.raises(Forbidden):
        await polls.close(village.noor, post)
    await polls.close(village.lea, post)
    await polls.close(village.lea, post)
    with pytest.raises(Forbidden):
        await polls.vote(village.sacha, post, [0])
    await site.runner.settle()
    found = await search.query("28 novembre", visible=("TRUE", []))
    assert [hit.id for hit in found] == [post.id]
    kept = {name: content async for name, content in exporting.written(village.noor.id)}
    assert [one["choice"] for one in kept["votes.json"]] == ["28 novembre"]
    asked_by = {name: content async for name, content in exporting.written(village.lea.id)}
    assert [one["votes"] for one in asked_by["posts-1.json"][0]["poll"]["choices"]] == [0, 0, 1]
    await service.delete(village.lea, post)
    assert not await Poll.exists() and not await Ballot.exists() and not (await Post.get(id=post.id)).has_poll


async def test_who_may_not_answer_does_not_vote(site: Site) -> None:  # D39
    open_to_read = await make_village("haies", posting="members")
    asked_there = await ask(open_to_read)
    with pytest.raises(Forbidden):
        await polls.vote(open_to_read.reader, asked_there, [0])
    shut = await make_village("verger", visibility="private")
    post = await ask(shut)
    with pytest.raises(NotFound):
        await polls.vote(shut.reader, post, [0])
    answer = await service.reply(shut.noor, post, source="", poll=Asked(("Oui", "Non")))
    await polls.vote(shut.sacha, answer, [1])
    await service.lock(shut.lea, post)
    with pytest.raises(Forbidden):
        await polls.vote(shut.sacha, await Post.get(id=post.id), [0])


async def test_a_poll_that_waited_for_a_moderator_begins_when_it_is_published(
    village: Village, site: Site, clock: StandingClock
) -> None:
    post = await ask(village)
    await Post.filter(id=post.id).update(state="held")
    clock.advance(days=8)
    await site.runner.settle()
    post = await Post.get(id=post.id)
    with pytest.raises(Forbidden):
        await polls.vote(village.noor, post, [0])
    await service.publish_held(village.lea, post)
    await polls.vote(village.noor, post, [0])
    clock.advance(days=7)
    await site.runner.settle()
    assert (await Poll.get(post_id=post.id)).closed_at == clock.now()
    assert await Notification.filter(kind="poll_ended").count() == 2


async def test_what_ended_elsewhere_is_opened_by_a_correction_only(village: Village, clock: StandingClock) -> None:
    post = await ask(village)
    await Poll.filter(post_id=post.id).delete()
    options, now = ("14 novembre", "21 novembre"), clock.now()
    runs = FoundPoll(options=options, counts=(1, 2), voters_count=3, ends_at=now + timedelta(days=2))
    for told, newer, is_over in (
        (replace(runs, closed_at=now - timedelta(hours=1)), False, True),  # by its author, before its time
        (runs, False, True),  # sent before that, and late
        (runs, True, False),
    ):
        await atomic(polls.record)(post, told, newer=newer)
        assert (await views(None, [post]))[post.id].is_over is is_over


async def test_who_votes_while_another_is_forgotten_counts(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    post = await ask(village)
    await polls.vote(village.sacha, post, [0])
    counting, told = asyncio.Event(), polls.facts.record

    async def slowly(fact: Fact) -> None:
        counting.set()
        await asyncio.sleep(0.2)
        await told(fact)

    monkeypatch.setattr(polls.facts, "record", slowly)
    voting = asyncio.create_task(polls.vote(village.noor, post, [1]))
    await counting.wait()
    await polls.forget_voter(village.sacha)
    await voting
    assert await counted(post) == ([0, 1], 1)

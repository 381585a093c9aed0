"""Texts that are published later: judged when their moment comes, once, with their files; given back with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.core.database import execute
from fedcop.core.errors import Conflict, Invalid, Unavailable
from fedcop.core.site import Site
from fedcop.discussions import drafts, scheduling, service
from fedcop.discussions.models import Draft, Post
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.notifications.models import Notification
from tests.rig.clock import StandingClock
from tests.rig.villages import Village

TEXT = {"kind": "question", "title": "Taille", "source": "Quand ?", "language": "fr", "tags": "hiver, taille"}


async def later(village: Village, who: Actor, days: float = 7, **more: object) -> Draft:
    return await scheduling.schedule(who, village.community, {**TEXT, **more}, now() + timedelta(days=days))


async def note(owner: Actor) -> Media:
    async def content() -> AsyncIterator[bytes]:
        yield b"Une note."

    return await media.accept(owner, "note.txt", content())


async def test_it_is_published_at_its_moment_once_and_with_its_files(
    site: Site, village: Village, clock: StandingClock
) -> None:
    file = await note(village.noor)
    first = await later(village, village.noor, media=[str(file.id)], audience="community", promised="public")
    await drafts.save(village.noor, drafts.place_of("community", village.community.id), {"title": "Autre chose"})
    assert len(await drafts.all_of(village.noor)) == 1, "the next text of the same place has its own draft"
    clock.advance(days=6)
    await site.runner.settle()
    assert not await Post.all().exists() and await Media.exists(id=file.id), "not before, and the files wait too"
    clock.advance(days=1)
    await site.runner.settle()
    post = await Post.get()
    assert (post.title, post.audience, post.tags, post.published_at) == (
        "Taille",
        "community",
        ["hiver", "taille"],
        now(),
    )
    assert (await Media.get(id=file.id)).post_id == post.id
    assert await scheduling.find(village.noor, first.id) is None
    await scheduling.publish_due(first.id)  # the job of a worker that was killed before it could say so
    with pytest.raises(Conflict):
        await scheduling.publish(village.noor, first.id)
    assert await Post.all().count() == 1


async def test_an_answer_for_a_few_is_not_published_for_more(
    site: Site, village: Village, clock: StandingClock
) -> None:
    """Its author saw who reads the discussion when they wrote; who opens that meanwhile opens no answer of others."""
    root = await service.write(village.lea, village.community, kind="idea", title="Entre nous", source="?", audience="community")  # fmt: skip
    for text in ("Pour nous", "Encore"):
        said = {"parent": str(root.id), "source": text, "language": "fr"}
        await scheduling.schedule(village.noor, village.community, said, now() + timedelta(days=7), kind="reply")
    await service.change_audience(village.lea, await Post.get(id=root.id), "public", seen="community")
    clock.advance(days=7)
    await site.runner.settle()
    assert not await Post.filter(depth=1).exists()
    for back in await drafts.all_of(village.noor):
        assert back.due_at is None and back.trouble.startswith("Davantage de personnes")
    # Seen as it is now, it is scheduled again.
    said = {"parent": str(root.id), "source": "Pour tout le monde", "language": "fr"}
    await scheduling.schedule(village.noor, village.community, said, now() + timedelta(days=7), kind="reply")
    clock.advance(days=7)
    await site.runner.settle()
    assert (await Post.get(depth=1)).audience == "public"


async def test_a_database_that_is_busy_at_that_moment_gives_nothing_back(
    site: Site, village: Village, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is published a little later: nothing is wrong with the text."""
    draft = await later(village, village.noor)
    clock.advance(days=7)

    async def busy(*_args: object, **_values: object) -> Post:
        raise Unavailable(code="database-busy")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(service, "write", busy)
        await site.runner.settle(strict=False)
    kept = await Draft.get(id=draft.id)
    assert (kept.trouble, kept.due_at) == ("", draft.due_at)
    clock.advance(minutes=1)
    await site.runner.settle()
    assert (await Post.get()).title == "Taille"


async def test_what_holds_at_that_moment_counts(site: Site, village: Village, clock: StandingClock) -> None:  # D44
    held, gone = await later(village, village.sacha), await later(village, village.noor)
    await communities.change(village.lea, village.community, holds="all")
    await communities.leave(village.noor, village.community)
    clock.advance(days=7)
    await site.runner.settle()
    post = await Post.get()
    assert (post.author_id, post.state) == (village.sacha.id, "held")
    assert not await Draft.exists(id=held.id)
    back = (await drafts.all_of(village.noor))[0]
    assert (back.id, back.due_at) == (gone.id, None) and back.trouble.startswith("Devenez membre ou suivez")
    told = await Notification.get(account__actor_id=village.noor.id, kind="given_back")
    assert (told.detail["title"], told.detail["reason"]) == ("Taille", back.trouble)


async def test_it_can_be_put_off_changed_and_cancelled(site: Site, village: Village, clock: StandingClock) -> None:
    draft = await later(village, village.noor)
    await drafts.save(village.noor, draft.place, {"title": "À moitié"})
    await drafts.save(village.noor, drafts.place_of("change", draft.id), {"title": "Changement commencé"})
    assert (await Draft.get(id=draft.id)).content["title"] == "Taille", "nothing half typed is published"
    with pytest.raises(Conflict):
        await scheduling.schedule(village.sacha, village.community, TEXT, now() + timedelta(days=9), changing=draft.id)
    await scheduling.schedule(
        village.noor, village.community, {**TEXT, "title": "Greffe"}, now() + timedelta(days=9), changing=draft.id
    )
    clock.advance(days=8)
    await site.runner.settle()
    assert not await Post.all().exists(), "put off"
    await scheduling.cancel(village.noor, draft.id)
    clock.advance(days=2)
    await site.runner.settle()
    assert not await Post.all().exists() and not await Notification.filter(kind="given_back").exists()
    assert [one.content["title"] for one in await drafts.all_of(village.noor)] == ["Greffe"]
    again = await scheduling.schedule(
        village.noor, village.community, TEXT, now() + timedelta(days=1), changing=draft.id
    )
    await drafts.save(village.noor, drafts.place_of("change", again.id), {"source": "Je continue"})
    post = await scheduling.publish(village.noor, again.id)
    assert (await drafts.find(village.noor, drafts.place_of("edit", post.id))) is not None, "goes on as a correction"


async def test_a_clock_that_is_set_back_just_then_only_puts_it_off(
    site: Site, village: Village, clock: StandingClock
) -> None:
    """The job found that the moment had not come yet, and was done: the text was never published."""
    draft = await later(village, village.noor)
    await scheduling.publish_due(draft.id)  # as if it had been claimed a moment before
    await site.runner.settle()
    assert not await Post.all().exists()
    clock.advance(days=7)
    await execute(
        "DELETE FROM job WHERE id = (SELECT min(id) FROM job WHERE name LIKE '%:publish_due')"
    )  # the one that ran
    await site.runner.settle()
    assert (await Post.get()).title == "Taille"


async def test_what_could_not_be_published_now_is_not_promised_either(village: Village) -> None:
    with pytest.raises(Invalid) as wrong:
        await later(village, village.noor, -1, title="", audience="nobody")
    assert set(wrong.value.errors) == {"title", "on"}
    with pytest.raises(Invalid):
        await later(village, village.noor, 400)
    assert not await Draft.all().exists()

"""A thread lives in one community and is shown in others: only what all may read, by its author, until somebody ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community, ModerationAct
from fedcop.core.clock import now
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.digests import gathering
from fedcop.discussions import scheduling, service, showings
from fedcop.discussions.models import Post, Showing
from fedcop.timelines import queries as timelines
from tests.rig.clock import StandingClock
from tests.rig.people import make_member
from tests.rig.villages import Village


async def place(founder: Actor, name: str, member: Actor | None = None, **more: str) -> Community:
    made = await communities.found(founder, title=name.title(), name=name, purpose="Voisine", **more)
    if member is not None:
        await communities.join(member, made)
    return made


async def write(village: Village, *also: Community, **more: Any) -> Post:
    text = {"kind": "tip", "title": "Tailler", "source": "En hiver.", "also": [one.id for one in also]}
    return await service.write(village.noor, village.community, **{**text, **more})


async def listed(viewer: Actor | None, community: Community) -> tuple[int, ...]:
    return tuple((await timelines.community(viewer, community)).ids)


async def test_it_is_listed_where_it_is_shown_and_once_in_each_feed(site: Site, village: Village) -> None:
    account = await make_member("mira")
    mira, began = account.actor, now()
    serres = await place(mira, "serres", village.noor)
    post = await write(village, serres)
    await site.runner.settle()
    news = await gathering.gather(account, serres, began)
    assert [view.post.id for view in news.posts] == [post.id]
    assert await listed(None, serres) == (post.id,) == await listed(None, village.community)
    assert [one.id for one in await showings.shown_in(post)] == [serres.id]
    assert tuple((await timelines.home(mira)).ids) == (post.id,), "she belongs only where it is shown"
    assert tuple((await timelines.home(village.noor)).ids) == (post.id,), "she belongs to both"
    reply = await service.reply(mira, post, source="Chez nous aussi.")
    assert (reply.community_id, reply.root_id) == (village.community.id, post.id), "one thread, where it lives"

    await service.show(village.noor, post, [])
    await site.runner.settle()
    assert await listed(mira, serres) == () == tuple((await timelines.home(mira)).ids)


async def test_only_what_all_may_read_where_one_may_write(site: Site, village: Village) -> None:
    mira = (await make_member("mira")).actor
    serres, caves = await place(mira, "serres", village.noor), await place(mira, "caves", village.noor)
    closed = await place(mira, "cellule", visibility="private")
    await communities.admit(mira, await communities.join(village.noor, closed))
    strange = await place(mira, "loin")
    await communities.change(mira, caves, holds="all")
    for where, more in (
        (serres, {"audience": "community"}),
        (closed, {}),
        (strange, {}),
        (caves, {}),
        (village.community, {}),
    ):
        with pytest.raises(Invalid) as refused:
            await write(village, where, **more)
        assert set(refused.value.errors) == {"also"}, where.actor.name
    assert not await Post.exists() and not await Showing.exists()
    post = await write(village)
    for thief in (village.lea, mira):
        with pytest.raises(Forbidden):
            await service.show(thief, post, [serres.id])
    inside = await service.write(village.noor, closed, kind="tip", title="Secret", source="Non.", audience="public")
    with pytest.raises(Invalid):
        await service.show(village.noor, inside, [serres.id])


async def test_whoever_may_ends_it_and_so_does_what_makes_it_untrue(site: Site, village: Village) -> None:
    mira = (await make_member("mira")).actor
    serres = await place(mira, "serres", village.noor)

    async def shown(post: Post) -> bool:
        return bool(await showings.shown_in(await Post.get(id=post.id)))

    post = await write(village, serres)
    for nobody in (village.sacha, village.lea):  # who moderates where it lives has no say in what others list
        with pytest.raises((Forbidden, NotFound)):
            await service.stop_showing(nobody, post, serres)
    await service.stop_showing(mira, post, serres)
    await service.stop_showing(mira, post, serres)
    assert not await shown(post) and await ModerationAct.filter(community_id=serres.id, act="unshow").count() == 1

    await service.show(village.noor, post, [serres.id])
    await service.change_audience(village.noor, post, "community", seen="public")
    assert not await Showing.exists()
    await service.change_audience(village.noor, post, "public", seen="community")
    await service.show(village.noor, post, [serres.id])
    await service.remove(village.lea, post, "Hors sujet")
    assert not await Showing.exists()
    await service.restore(village.lea, post)
    await service.show(village.noor, await Post.get(id=post.id), [serres.id])
    await communities.change(mira, serres, visibility="private")
    await site.runner.settle()
    assert not await Showing.exists()
    other = await write(village, await place(mira, "caves", village.noor))
    await service.delete(village.noor, other)
    assert not await Showing.exists()


async def test_it_waits_with_a_scheduled_text(site: Site, village: Village, clock: StandingClock) -> None:
    mira = (await make_member("mira")).actor
    serres = await place(mira, "serres", village.noor)
    content = {"kind": "tip", "title": "Tailler", "source": "En hiver.", "also": [str(serres.id)]}
    with pytest.raises(Invalid):
        await scheduling.schedule(
            village.noor, village.community, {**content, "audience": "community"}, now() + timedelta(days=1)
        )
    await scheduling.schedule(village.noor, village.community, content, now() + timedelta(days=1))
    clock.advance(days=2)
    await site.runner.settle()
    assert await listed(None, serres) == ((await Post.get()).id,)

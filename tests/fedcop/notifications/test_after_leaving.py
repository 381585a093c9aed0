"""Who left a community hears nothing any more of what only its members read, not even of what they wrote there themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fedcop.communities import service as communities
from fedcop.communities.models import Membership
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked
from fedcop.notifications import exporting
from fedcop.notifications.models import Notification
from tests.rig.clock import StandingClock
from tests.rig.people import make_member


async def said_to(account: Any) -> str:
    """All that somebody was told, as their copy of it says."""
    return str([part async for part in exporting.told(account.actor_id)])


async def test_of_a_private_community(site: Site, clock: StandingClock) -> None:
    ana, ben, cleo = [await make_member(name) for name in ("ana", "ben", "cleo")]
    place = await communities.found(ana.actor, title="Nous", name="nous", purpose="x", visibility="private")
    for one in (ben, cleo):
        await communities.join(one.actor, place)
    await Membership.filter(community_id=place.id).update(state="active")
    root = await service.write(ana.actor, place, kind="question", title="Avant ?", source="Avant")
    answer = await service.reply(ben.actor, root, source="Oui.")
    poll = Asked(("Oui", "Non"), lasts=timedelta(hours=1))
    asked = await service.write(ben.actor, place, kind="question", title="Qui ?", source="Dites", poll=poll)
    await site.runner.settle()
    await communities.leave(ben.actor, place)
    await site.runner.settle()
    await service.edit(ana.actor, await Post.get(id=root.id), title="Secret du lendemain ?", source="Après")
    await service.react(cleo.actor, await Post.get(id=answer.id), "thanks")
    await service.accept_answer(ana.actor, await Post.get(id=root.id), await Post.get(id=answer.id))
    await polls.vote(cleo.actor, await Post.get(id=asked.id), [0])
    clock.advance(hours=2)
    await site.runner.settle()
    assert not await Notification.filter(account_id=ben.id).exists()
    assert "lendemain" not in await said_to(ben)


async def test_of_what_a_public_community_keeps_among_its_members(site: Site) -> None:
    ana, ben = await make_member("ana"), await make_member("ben")
    place = await communities.found(ana.actor, title="Sols", name="sols", purpose="x")
    await communities.join(ben.actor, place)
    for audience, title in (("community", "Entre nous ?"), ("public", "Pour tous ?")):
        await service.write(ana.actor, place, kind="question", title=title, source="@ben", audience=audience)
    await site.runner.settle()
    assert "Entre nous" in await said_to(ben)
    await communities.leave(ben.actor, place)
    await site.runner.settle()
    told = await said_to(ben)
    assert "Entre nous" not in told and "Pour tous" in told

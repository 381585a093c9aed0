"""Appeals: which decisions, who decides about them and who never does, and what a changed decision brings back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities import service as communities
from fedcop.communities.models import ModerationAct
from fedcop.core import clock as time
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.notifications.models import Notification
from fedcop.reports.appeals import decisions, judges, service
from fedcop.reports.appeals.models import Appeal
from tests.rig.clock import StandingClock
from tests.rig.people import make_member
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site) -> Village:
    """A village with a second person who moderates: Noor."""
    made = await make_village()
    await communities.appoint(made.lea, made.community, made.noor, "committee", duties=["moderation"])
    return made


async def appealed(person: Actor, text: str = "C’est une erreur.") -> Appeal:
    [meant] = await decisions.about(person)
    return await service.make(person, meant.key, text)


async def told(person: Actor) -> list[str]:
    return [one.kind for one in await Notification.filter(account__actor_id=person.id).order_by("id")]


async def test_a_removal_is_looked_at_by_somebody_else_and_changed(site: Site, village: Village) -> None:
    community, sacha = village.community, village.sacha
    await communities.remove_member(village.noor, community, sacha, "Absences.")
    await site.runner.settle()
    said = (await Notification.get(account__actor_id=sacha.id)).detail
    assert said["appeal_until"].startswith("2026-04-01")
    with pytest.raises(Invalid):
        await appealed(sacha, " ")
    appeal = await appealed(sacha)
    with pytest.raises(Conflict):
        await service.make(sacha, appeal.decision, "Encore.")
    with pytest.raises(NotFound):
        await service.make(village.reader, appeal.decision, "Pour lui.")
    await site.runner.settle()
    assert (await judges.of(appeal))[0] == [village.lea]
    assert "appeal" in await told(village.lea) and "appeal" not in await told(village.noor)
    assert [one.id for one in await judges.waiting(village.lea, community)] == [appeal.id]
    assert await judges.waiting(village.noor, community) == []
    for nobody in (village.noor, sacha, village.reader):
        with pytest.raises(NotFound):
            await service.decide(nobody, appeal, changed=True, sentence="Oui.")
    with pytest.raises(Invalid):
        await service.decide(village.lea, appeal, changed=True, sentence=" ")
    await service.decide(village.lea, appeal, changed=True, sentence="Il était malade.")
    await site.runner.settle()
    assert await queries.is_member(community, sacha)
    assert (await told(sacha))[-1] == "appeal_changed" and "appeal" not in await told(village.lea)
    acts = await ModerationAct.filter(community_id=community.id).order_by("id").values_list("act", flat=True)
    assert list(acts)[-3:] == ["remove_member", "appeal", "appeal_changed"]
    with pytest.raises(Conflict):
        await service.decide(village.lea, appeal, changed=False, sentence="Finalement non.")
    assert await decisions.about(sacha) == []


async def test_bans_and_suspensions_are_lifted_and_only_who_belonged_comes_back(site: Site, village: Village) -> None:
    community, sacha = village.community, village.sacha
    until = time.now() + timedelta(days=60)
    await communities.suspend(village.lea, community, sacha, "Ton.", until)
    await service.decide(village.noor, await appealed(sacha), changed=True, sentence="Trop long.")
    assert await queries.active_ban(community, sacha) is None and await queries.is_member(community, sacha)
    for person, belonged in ((sacha, True), (village.reader, False)):
        await communities.ban(village.lea, community, person, "Insultes.")
        await site.runner.settle()
        await service.decide(village.noor, await appealed(person), changed=True, sentence="Ce n’était pas lui.")
        assert await queries.active_ban(community, person) is None
        assert await queries.is_member(community, person) is belonged


async def test_an_appeal_reaches_one_decision_and_once(site: Site, village: Village) -> None:
    community, sacha = village.community, village.sacha
    await communities.remove_member(village.noor, community, sacha, "Absences.")
    await site.runner.settle()
    await communities.ban(village.noor, community, sacha, "Insultes.")
    await site.runner.settle()
    await service.decide(village.lea, await appealed(sacha), changed=True, sentence="Ce n’était pas lui.")
    assert await queries.active_ban(community, sacha) is None
    assert not await queries.is_member(community, sacha), "the removal stands: nobody appealed it"

    await communities.join(sacha, community)
    await communities.ban(village.noor, community, sacha, "Insultes.")
    await site.runner.settle()
    with pytest.raises(Invalid) as caught:
        await appealed(sacha, "x" * 2001)
    assert set(caught.value.errors) == {"text"}
    upheld = await appealed(sacha)
    await service.decide(village.lea, upheld, changed=False, sentence="C’était lui.")
    await communities.unban(village.lea, community, sacha)
    assert [one.key for one in await decisions.about(sacha)] == [upheld.decision], "it is no other decision now"


async def test_a_post_comes_back_or_stays_away(village: Village) -> None:
    posts = [
        await discussions.write(village.sacha, village.community, kind="question", title=title, source="Quand ?")
        for title in ("Semis", "Taille")
    ]
    await discussions.remove(village.lea, posts[0], "Hors sujet.")
    appeal = await appealed(village.sacha)
    await service.decide(village.noor, appeal, changed=True, sentence="C’est le sujet.")
    assert (await Post.get(id=posts[0].id)).removed_at is None
    await discussions.remove(village.lea, posts[1], "Hors sujet.")
    upheld = await appealed(village.sacha)
    await service.decide(village.noor, upheld, changed=False, sentence="Hors sujet, en effet.")
    assert (await Post.get(id=posts[1].id)).removed_at is not None
    assert (await Appeal.get(id=upheld.id)).state == "upheld"


async def test_where_nobody_else_decides_the_moderators_of_the_instance_do(site: Site) -> None:
    village = await make_village("serres")
    staff = (await make_member("mona", role="moderator")).actor
    await communities.remove_member(village.lea, village.community, village.sacha, "Absences.")
    await site.runner.settle()
    appeal = await appealed(village.sacha)
    await site.runner.settle()
    assert await judges.of(appeal) == ([staff], True)
    assert [one.id for one in await judges.waiting(staff, None)] == [appeal.id]
    assert await judges.waiting(staff, village.community) == []
    await service.decide(staff, appeal, changed=True, sentence="Revenez.")
    assert await queries.is_member(village.community, village.sacha)


async def test_after_thirty_days_a_decision_stands(site: Site, village: Village, clock: StandingClock) -> None:
    await communities.remove_member(village.noor, village.community, village.sacha, "Absences.")
    await site.runner.settle()
    clock.advance(31 * 24 * 3600)
    assert await decisions.about(village.sacha) == []

"""Who may report what to whom, who reads it, and that one decision is one."""

from __future__ import annotations

import pytest

from fedcop.accounts.models import Account
from fedcop.communities import service as communities
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from fedcop.core.mail import OutboxMailer
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.notifications.models import Notification
from fedcop.reports import desk, queries, rules, service
from fedcop.reports.exporting import made
from fedcop.reports.models import Report
from tests.rig.clock import StandingClock
from tests.rig.people import make_member, make_stranger
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site) -> Village:
    return await make_village()


@pytest.fixture
async def post(village: Village) -> Post:
    return await discussions.write(village.noor, village.community, kind="tip", title="Réclame", source="Achetez")


async def told(kind: str) -> list[int]:
    return sorted(one.account_id for one in await Notification.filter(kind=kind))


async def account(actor_id: int) -> Account:
    return await Account.get(actor_id=actor_id)


async def test_to_the_community_and_back(site: Site, village: Village, post: Post) -> None:
    report = await service.report(
        village.sacha, village.noor, comment="Publicité", post=post, community_id=village.community.id
    )
    await site.runner.settle()
    assert await told("report") == [(await account(village.lea.id)).id]
    assert (await desk.of(village.lea, village.community)).reports == 1
    await service.decide(village.lea, report, acted=True, sentence="Retiré, merci.")
    await site.runner.settle()
    assert await told("report") == [], "nobody has to look any more"
    [answer] = await Notification.filter(kind="report_resolved")
    assert answer.account_id == (await account(village.sacha.id)).id and answer.detail["reason"] == "Retiré, merci."
    assert answer.from_actor_id is None, "who decided is not said"
    assert isinstance(site.mailer, OutboxMailer)
    letters = [mail for mail in site.mailer.sent if mail.to == "sacha_fruitiers@atelier.example"]
    assert "suite" in letters[-1].subject
    assert not [mail for mail in site.mailer.sent if mail.to.startswith("noor") and "signal" in mail.text.lower()]


async def test_only_for_my_organisation(site: Site, village: Village, post: Post) -> None:
    keeper = await make_member("keeper", "moderator")
    report = await service.report(village.sacha, village.noor, comment="Publicité", post=post)
    await site.runner.settle()
    assert (report.recipient, report.community_id) == (rules.ORGANISATION, None)
    assert keeper.id in await told("report") and (await account(village.lea.id)).id not in await told("report")
    assert not await queries.in_community(village.lea, village.community)
    with pytest.raises(NotFound):
        await service.decide(village.lea, report, acted=True, sentence="")
    await service.decide(keeper.actor, report, acted=False, sentence="")
    await site.runner.settle()
    assert await told("report_dismissed") == [(await account(village.sacha.id)).id]


async def test_the_same_twice_is_one_and_after_a_decision_a_new_one(village: Village, post: Post) -> None:
    async def again() -> Report:
        return await service.report(
            village.sacha, village.noor, comment="Publicité", post=post, community_id=village.community.id
        )

    first = await again()
    assert (await again()).id == first.id
    await service.decide(village.lea, first, acted=False, sentence="")
    assert (await again()).id != first.id


async def test_two_who_decide_at_once_come_to_one_result(village: Village, post: Post) -> None:
    await communities.appoint(
        village.lea, village.community, village.sacha, "committee", duties=["admissions", "moderation"]
    )
    report = await service.report(
        village.reader, village.noor, comment="Publicité", post=post, community_id=village.community.id
    )
    mine, theirs = await Report.get(id=report.id), await Report.get(id=report.id)
    await service.decide(village.lea, mine, acted=True, sentence="oui")
    with pytest.raises(Conflict):
        await service.decide(village.sacha, theirs, acted=False, sentence="non")
    found = await Report.get(id=report.id)
    assert (found.state, found.sentence, found.decided_by_id) == (rules.RESOLVED, "oui", village.lea.id)


async def test_nobody_judges_themselves(village: Village) -> None:
    await communities.appoint(
        village.lea, village.community, village.noor, "committee", duties=["admissions", "moderation"]
    )
    theirs = await discussions.write(village.noor, village.community, kind="tip", title="Réclame", source="Achetez")
    report = await service.report(
        village.sacha, village.noor, comment="Publicité", post=theirs, community_id=village.community.id
    )
    assert await queries.in_community(village.noor, village.community) == []
    assert (await desk.of(village.noor, village.community)).reports == 0
    with pytest.raises(NotFound):
        await service.decide(village.noor, report, acted=False, sentence="")


async def test_who_alone_answers_for_a_community_is_reported_to_the_organisation(village: Village) -> None:
    hers = await discussions.write(village.lea, village.community, kind="tip", title="Réclame", source="Achetez")
    assert await rules.places(village.sacha, village.lea, hers) == []
    with pytest.raises(Invalid):
        await service.report(
            village.sacha, village.lea, comment="Publicité", post=hers, community_id=village.community.id
        )


async def test_a_person_is_reported_to_a_community_of_both(village: Village) -> None:
    [place] = await rules.places(village.sacha, village.noor, None)
    assert place.id == village.community.id
    assert await rules.places(village.reader, village.noor, None) == [], "who does not belong has only the organisation"


async def test_what_cannot_be_reported(village: Village, post: Post) -> None:
    with pytest.raises(NotFound):
        await service.report(village.noor, village.noor, comment="moi", post=post)
    with pytest.raises(Invalid):
        await service.report(village.sacha, village.noor, comment="  ", post=post)
    other = await make_village("autres")
    with pytest.raises(Invalid):
        await service.report(village.sacha, village.noor, comment="x", post=post, community_id=other.community.id)


async def test_a_member_does_not_decide(village: Village, post: Post) -> None:
    report = await service.report(
        village.sacha, village.noor, comment="Publicité", post=post, community_id=village.community.id
    )
    with pytest.raises(Forbidden):
        await service.decide(village.sacha, report, acted=True, sentence="")


async def test_a_budget_for_each_reporter(
    site: Site, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:  # D30, D31
    monkeypatch.setattr(service, "PER_DAY", 2)
    people = [(await make_member(name)).actor for name in ("una", "dos", "tres")]
    for person in people[:2]:
        await service.report(village.sacha, person, comment="Publicité")
    with pytest.raises(TooMany):
        await service.report(village.sacha, people[2], comment="Publicité")
    # All people of one other server together have a budget too; a book is not taken for a comment.
    monkeypatch.setattr(service, "PER_HOST_AND_DAY", 2)
    strangers = [await make_stranger(name) for name in ("gus", "mia", "nic")]
    about = [service.About(one, village.noor, None, None, rules.ORGANISATION) for one in strangers]
    for number, one in enumerate(about[:2]):
        entered = await service.record_report(one, uri=f"https://ailleurs.example/f/{number}", comment="x" * 100_000)
        assert len(entered.comment) == service.MAX_COMMENT
    with pytest.raises(TooMany):
        await service.record_report(about[2], uri="https://ailleurs.example/f/3", comment="x")


async def test_a_year_later_it_is_forgotten(village: Village, post: Post, clock: StandingClock) -> None:
    decided = await service.report(
        village.sacha, village.noor, comment="Publicité", post=post, community_id=village.community.id
    )
    waiting = await service.report(village.sacha, village.noor, comment="Publicité", post=post)
    await service.decide(village.lea, decided, acted=True, sentence="")
    clock.advance(366 * 86400)
    await service.prune()
    assert [one.id for one in await Report.all()] == [waiting.id]


async def test_an_export_has_what_one_reported_and_not_what_was_said_of_one(village: Village, post: Post) -> None:
    await service.report(village.sacha, village.noor, comment="Publicité", post=post)
    [(_name, mine)] = [part async for part in made(village.sacha.id)]
    [(_name, theirs)] = [part async for part in made(village.noor.id)]
    assert [one["comment"] for one in mine] == ["Publicité"] and theirs == []

"""Summaries: on the member's day and hour, of what they may read and have not seen, once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import aiosmtplib
import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import moderation
from fedcop.communities import service as communities
from fedcop.core import clock as time
from fedcop.core.jobs import Retry
from fedcop.core.mail import Mail
from fedcop.core.site import Site
from fedcop.digests import gathering, queries, rhythms, sending, service
from fedcop.digests.models import Plan, Rhythm, Sent, Told
from fedcop.digests.rhythms import Hour
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.discussions.polls.asking import Asked
from fedcop.discussions.service import anonymity
from fedcop.notifications import service as notifications
from fedcop.notifications import topics
from fedcop.people import service as people
from fedcop.resources import service as resources
from fedcop.resources.service import Card
from tests.rig.people import make_member, make_stranger
from tests.rig.queries import counted
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site, clock: Any) -> Village:
    """A public community with its people, a week old: nobody is new in it."""
    made = await make_village()
    await site.runner.settle()
    clock.advance(days=8)
    await sending.find_due()
    await site.runner.settle()
    site.mailer.sent.clear()
    return made


async def account_of(actor: Actor) -> Account:
    return await Account.get(actor_id=actor.id)


async def to_their_hour(site: Site, clock: Any, actor: Actor) -> None:
    """Let time pass until somebody's next letters are due, and send what is."""
    await site.runner.settle()
    plan = await Plan.get(account__actor_id=actor.id)
    clock.advance((plan.next_at - time.now()).total_seconds())
    await sending.find_due()
    await site.runner.settle()


def letters_to(site: Site, actor: Actor) -> list[Mail]:
    """The summaries that somebody got, not what they are told of themselves."""
    found = [mail for mail in site.mailer.sent if mail.to == f"{actor.name}@atelier.example"]
    return [mail for mail in found if re.search(r"/\d+\.c\d+\.", mail.headers.get("List-Unsubscribe", ""))]


async def ask(village: Village, title: str = "Quelle toile ?", *, by: Actor | None = None, **more: Any) -> Post:
    more = {"kind": "question", "source": "Contre le gel.", **more}
    return await discussions.write(by or village.lea, village.community, title=title, **more)


@pytest.mark.parametrize(
    ("zone", "after", "found", "due"),
    [
        ("America/Montreal", "2026-03-02T12:00", "2026-03-03T13:00", "day week month"),
        ("America/Montreal", "2026-03-03T13:00", "2026-03-10T12:00", "day week"),  # summer time began
        ("Europe/Paris", "2026-10-20T06:00", "2026-10-27T07:00", "day week"),  # and ends
        ("nowhere", "2026-03-02T12:00", "2026-03-03T13:00", "day week month"),
    ],
)
def test_the_hour_is_one_of_the_members_clock(zone: str, after: str, found: str, due: str) -> None:
    hour = Hour(zone=zone)
    moment = hour.after(datetime.fromisoformat(after).replace(tzinfo=UTC), daily=False)
    assert moment == datetime.fromisoformat(found).replace(tzinfo=UTC)
    assert hour.due(moment) == set(due.split())
    assert hour.due(moment + timedelta(days=1)) == {"day"} and hour.due(moment + timedelta(minutes=1)) == set()
    assert hour.after(moment, daily=True) - moment <= timedelta(hours=25)


async def test_a_summary_tells_what_is_worth_it(site: Site, village: Village, clock: Any, golden: Any) -> None:
    for person, code in ((village.noor, "en-CA"), (village.sacha, "fr-CA")):
        await Account.filter(actor_id=person.id).update(language=code)
    best = await ask(village, "Le voile <b>& la paille", kind="practice")
    question = await ask(village, "Quelle toile ?")
    idea = await ask(village, "Un verger d’essai", kind="idea")
    card = Card(kind="guide", link="https://arbres.example/guide", licence="CC-BY-4.0")
    sheet = await resources.deposit(village.lea, village.community, card, title="Guide de taille")
    await discussions.react(village.reader, best, "useful")
    await discussions.react(village.reader, question, "thanks")
    await communities.join(village.reader, village.community)
    await to_their_hour(site, clock, village.noor)
    posts = {best.id: "BEST", question.id: "QUESTION", idea.id: "IDEA", sheet.post_id: "SHEET"}
    for person, code in ((village.noor, "en"), (village.sacha, "fr")):
        (mail,) = letters_to(site, person)
        golden(f"mails/digest.{code}", _without_chance(mail, await account_of(person), posts))
    assert not letters_to(site, village.lea)  # she wrote all of it, and was told who thanks her


async def test_one_server_does_not_choose_what_is_worth_most(site: Site, village: Village) -> None:  # J15
    loud, dear = await ask(village, "Bruyant", kind="idea"), await ask(village, "Aimé", kind="idea")
    for number in range(8):
        await discussions.react(await make_stranger(f"x{number}", "evil.example"), loud, "useful")
    for number in range(6):
        await discussions.react((await make_member(f"m{number}")).actor, dear, "useful")
    account = await account_of(village.noor)
    found = await gathering.gather(account, village.community, time.now() - timedelta(days=1))
    assert found.best is not None and found.best.post.id == dear.id


def _without_chance(mail: Mail, account: Account, posts: dict[int, str]) -> Any:
    """Ids and the signature differ from run to run; all else is compared."""
    stop = mail.headers["List-Unsubscribe"].strip("<>")
    community = stop.split(".c")[1].partition(".")[0] if ".c" in stop else ""
    marks = {stop: "UNSUBSCRIBE", str(account.id): "ACCOUNT", community: "COMMUNITY"}
    marks |= {str(post_id): name for post_id, name in posts.items()}

    def plain(text: str) -> str:
        for found, mark in marks.items():
            text = text.replace(found, mark)
        return text

    shown = {"subject": mail.subject, "text": mail.text, "html": mail.html}
    headers = {name: plain(value) for name, value in mail.headers.items()}
    return {**{name: plain(value) for name, value in shown.items()}, "headers": headers}


async def test_nothing_happened_nothing_is_sent(site: Site, village: Village, clock: Any) -> None:
    await to_their_hour(site, clock, village.noor)
    await communities.join(village.reader, village.community)  # that somebody came is no letter of its own
    await to_their_hour(site, clock, village.noor)
    assert letters_to(site, village.noor) == []


async def test_what_was_read_or_sent_or_is_not_wanted_is_left_out(site: Site, village: Village, clock: Any) -> None:
    read = await ask(village, "Déjà lue")
    await discussions.visit(village.noor, read)
    await ask(village, "Déjà envoyée", source=f"@{village.noor.name} ?")
    await ask(village, "La sienne", by=village.noor)
    gone = await ask(village, "Effacée")
    await people.mute(village.noor, village.sacha)
    await ask(village, "De qui se tait", by=village.sacha)
    await site.runner.settle()
    await discussions.delete(village.lea, gone)
    await to_their_hour(site, clock, village.noor)
    assert letters_to(site, village.noor) == []
    await to_their_hour(site, clock, village.reader)
    assert letters_to(site, village.reader) == []  # neither member nor follower


@pytest.mark.parametrize("rhythm", [rhythms.WEEK, rhythms.EACH])
async def test_a_muted_community_writes_nothing_until_it_is_heard_again(
    site: Site, village: Village, clock: Any, rhythm: str
) -> None:
    account = await account_of(village.noor)
    await service.choose(account, {village.community.id: rhythm}, weekday=0, hour=8)
    await people.mute(village.noor, village.community.actor)
    for muted in (True, False):
        if not muted:
            await people.unmute(village.noor, village.community.actor)
        await ask(village, f"Quelle toile, {muted} ?")
        await site.runner.settle()
        clock.advance(hours=1)
        await site.runner.settle()
        if rhythm == rhythms.WEEK:
            await to_their_hour(site, clock, village.noor)
        assert len(letters_to(site, village.noor)) == (0 if muted else 1)


async def test_the_same_in_several_communities_is_told_once(site: Site, village: Village, clock: Any) -> None:
    other = await communities.found(village.lea, title="Vergers", name="vergers", purpose="Encore")
    for person in (village.noor, village.sacha):
        await communities.join(person, other)
    for place in (village.community, other):
        await discussions.write(
            village.lea, place, kind="news", title="Le gel arrive", source="Couvrez tout.", poll=Asked(("Oui", "Non"))
        )
    await to_their_hour(site, clock, village.noor)
    (mail,) = letters_to(site, village.noor)
    assert "Le gel arrive" in mail.text and "avec un sondage" in mail.text


async def test_a_letter_has_ten_lines_at_most(site: Site, village: Village, clock: Any) -> None:
    for number in range(6):
        post = await ask(village, f"Question {number}")
        await discussions.react(village.sacha, post, "thanks")
        await ask(village, f"Idée {number}", kind="idea")
        card = Card(kind="guide", link=f"https://arbres.example/{number}", licence="CC-BY-4.0")
        await resources.deposit(village.lea, village.community, card, title=f"Guide {number}")
    await to_their_hour(site, clock, village.noor)
    (mail,) = letters_to(site, village.noor)
    assert mail.text.count("\n* ") == mail.html.count("<li") <= 10
    assert "Idée 5" in mail.text and "Question 5" in mail.text and "Guide 5" in mail.text


DAYS = {"day": 1, "week": 7, "month": 31, "never": 40, "each": 40}


@pytest.mark.once
async def test_each_rhythm_has_its_days(site: Site, village: Village, clock: Any) -> None:
    readers = {rhythm: await make_member(f"lit_{rhythm}") for rhythm in DAYS}
    for rhythm, reader in readers.items():
        await communities.join(reader.actor, village.community)
        await service.choose_one(reader, village.community, rhythm)
    clock.advance(days=8)  # nobody is new any more
    await sending.find_due()
    await site.runner.settle()
    site.mailer.sent.clear()
    sent: dict[str, list[int]] = {rhythm: [] for rhythm in DAYS}
    for day in range(40):
        await ask(village, f"Idée {day}", kind="idea")
        clock.advance(days=1)
        await sending.find_due()
        await site.runner.settle()
        for rhythm, reader in readers.items():
            if any(mail.subject.startswith("Résumé") for mail in letters_to(site, reader.actor)):
                sent[rhythm].append(day)
        site.mailer.sent.clear()
    for rhythm, days in DAYS.items():
        gaps = {later - earlier for earlier, later in zip(sent[rhythm], sent[rhythm][1:], strict=False)}
        assert len(sent[rhythm]) == {"day": 40, "week": 6, "month": 1, "never": 0, "each": 0}[rhythm] or gaps <= {
            days,
            28,
            35,
        }, (rhythm, sent)
    assert sent["day"] and sent["week"] and sent["month"]


async def test_never_two_of_one_period(site: Site, village: Village, clock: Any, monkeypatch: Any) -> None:
    await ask(village)
    handed: list[Mail] = []

    class Killed(BaseException):
        """The machine stops between handing over and noting that it is done."""

    async def handed_over(mail: Mail) -> None:
        handed.append(mail)
        raise Killed

    plan = await Plan.get(account__actor_id=village.noor.id)
    account, at = await account_of(village.noor), plan.next_at
    clock.advance((at - time.now()).total_seconds())
    with monkeypatch.context() as patched:
        patched.setattr(sending, "hand_over", handed_over)
        with pytest.raises(Killed):
            await sending.write(account.id, at.isoformat())
    await sending.write(account.id, at.isoformat())
    await sending.find_due()
    await site.runner.settle()
    assert len(handed) == 1 and letters_to(site, village.noor) == []
    assert await queries.due(10) == []


async def test_what_the_mail_server_did_not_take_is_sent_later(
    site: Site, village: Village, clock: Any, monkeypatch: Any
) -> None:
    await ask(village)
    plan = await Plan.get(account__actor_id=village.noor.id)
    account, at = await account_of(village.noor), plan.next_at
    clock.advance((at - time.now()).total_seconds())

    async def away(mail: Mail) -> None:
        raise aiosmtplib.SMTPServerDisconnected("away")

    with monkeypatch.context() as patched:
        patched.setattr(site.mailer, "send", away)
        with pytest.raises(Retry):
            await sending.write(account.id, at.isoformat())
    assert not await Sent.all().exists() and not await Told.all().exists()
    await sending.write(account.id, at.isoformat())
    assert len(letters_to(site, village.noor)) == 1


async def test_a_private_community_sends_titles_and_numbers(site: Site, clock: Any) -> None:
    village = await make_village("cellule", visibility="private")
    post = await ask(village, "Le plan", source="Zibeline.")
    await discussions.react(village.sacha, post, "thanks")
    await communities.leave(village.sacha, village.community)
    await to_their_hour(site, clock, village.noor)
    (mail,) = letters_to(site, village.noor)
    assert "Le plan" in mail.text and "Le plan" in mail.html and "1 merci" in mail.text
    for word in ("Zibeline", village.lea.name, village.sacha.name):
        assert word not in mail.subject + mail.html + mail.text


async def test_who_was_removed_gets_nothing_of_a_private_community(site: Site, clock: Any, monkeypatch: Any) -> None:
    village = await make_village("cellule", visibility="private")
    account = await account_of(village.noor)
    await service.choose_one(account, village.community, rhythms.EACH)
    clock.advance(60)
    await ask(village, "Le plan")
    await site.runner.settle()
    await moderation.remove_member(village.lea, village.community, village.noor, "Au revoir.")
    clock.advance(3600)
    await site.runner.settle()
    await service.choose_one(account, village.community, rhythms.WEEK)
    await to_their_hour(site, clock, village.noor)
    assert letters_to(site, village.noor) == []
    await service.prune()
    assert not await Rhythm.all().exists()


async def test_each_publication_is_one_letter_and_answers_are_grouped(
    site: Site, village: Village, clock: Any, golden: Any
) -> None:
    account = await account_of(village.noor)
    await ask(village, "Avant")
    clock.advance(60)
    await Account.filter(actor_id=village.sacha.id).update(language="en-CA")
    for reader in (account, await account_of(village.sacha)):
        await service.choose_one(reader, village.community, rhythms.EACH)
    clock.advance(60)
    post = await ask(village)
    await site.runner.settle()
    clock.advance(600)
    await site.runner.settle()
    (first,) = letters_to(site, village.noor)
    for person, code in ((village.noor, "fr"), (village.sacha, "en")):
        (mail,) = letters_to(site, person)
        golden(f"mails/publication.{code}", _without_chance(mail, await account_of(person), {post.id: "POST"}))
    assert "Nouvelle discussion" in first.subject and "Contre le gel" in first.text and "Quelle toile" in first.subject
    answer = await discussions.reply(village.sacha, post, source="Le lin.", poll=Asked(("Oui", "Non")))
    await discussions.reply(village.lea, answer, source="Le jute.")
    await site.runner.settle()
    clock.advance(600)
    await site.runner.settle()
    _, second = letters_to(site, village.noor)
    assert "2 nouvelles réponses" in second.subject and "Le lin" in second.text and "Il y a un sondage" in second.text
    await service.choose_one(account, village.community, rhythms.WEEK)
    await to_their_hour(site, clock, village.noor)
    assert len(letters_to(site, village.noor)) == 3 and "Quelle toile" not in letters_to(site, village.noor)[2].text


async def test_what_is_to_come_with_the_summary_is_its_first_line(site: Site, village: Village, clock: Any) -> None:
    account = await account_of(village.noor)
    await notifications.choose(account, {"mention": topics.DIGEST})
    post = await ask(village, source=f"@{village.noor.name} ?")
    seen = await ask(village, "Déjà vue", source=f"@{village.noor.name} ?")
    await site.runner.settle()
    await notifications.saw_thread(account, seen.id)
    await to_their_hour(site, clock, village.noor)
    (mail,) = letters_to(site, village.noor)
    assert mail.text.index("À VOTRE SUJET") < mail.text.index("Mention par lea_fruitiers – Quelle toile ?")
    assert mail.text.count(f"/p/{post.id}") == 1 and "Déjà vue" not in mail.text
    await to_their_hour(site, clock, village.noor)
    assert len([one for one in site.mailer.sent if one.to == account.email]) == 1


async def test_without_summaries_it_comes_by_itself_on_the_same_day(site: Site, village: Village, clock: Any) -> None:
    account = await account_of(village.noor)
    await notifications.choose(account, {"mention": topics.DIGEST, "reply": topics.DIGEST})
    await service.choose_one(account, village.community, rhythms.NEVER)
    post = await ask(village, source=f"@{village.noor.name} ?")
    await discussions.reply(village.lea, post, source=f"@{village.noor.name}, encore.")
    await to_their_hour(site, clock, village.noor)
    (mail,) = [one for one in site.mailer.sent if one.to == account.email]
    assert mail.text.count("Mention par") == 1 and "encore" in mail.text  # of one thread, one letter


async def test_who_took_their_name_away_is_not_named(site: Site, village: Village, clock: Any) -> None:
    post = await ask(village, by=village.sacha)
    await discussions.react(village.lea, post, "thanks")
    await site.runner.settle()
    await anonymity.leave_anonymised(village.sacha, village.community)
    await to_their_hour(site, clock, village.noor)
    (mail,) = letters_to(site, village.noor)
    assert "Quelle toile" in mail.text and village.sacha.name not in mail.text + mail.html


async def test_finding_who_is_due_costs_the_same_for_many(site: Site, village: Village, clock: Any) -> None:
    clock.advance(days=7)
    with counted() as all_of_them:
        await sending.find_due()
    await site.runner.settle()
    with counted() as nobody:
        await sending.find_due()
    assert len(nobody) <= 6 and len(all_of_them) <= 6 + 3 * await Plan.all().count()


async def test_another_time_zone_is_another_hour(site: Site, village: Village, clock: Any) -> None:
    await ask(village)
    await site.runner.settle()
    account = await account_of(village.noor)
    before = (await Plan.get(account_id=account.id)).next_at
    account.time_zone = "Europe/Paris"
    await account.save()
    clock.advance((before - time.now()).total_seconds())
    await sending.find_due()  # nobody told the plan: it is not their hour there
    await site.runner.settle()
    assert letters_to(site, village.noor) == []
    plan = await Plan.get(account_id=account.id)
    assert rhythms.WEEK in queries.hour_of(account, plan).due(plan.next_at)


async def test_who_took_their_name_from_what_they_wrote_is_named_in_no_letter(
    site: Site, village: Village, clock: Any
) -> None:
    noor, sacha = village.noor, village.sacha
    await service.choose_one(await account_of(village.lea), village.community, rhythms.EACH)
    clock.advance(60)
    mine = await ask(village, "À moi", by=sacha)
    hers = await ask(village, "À elle", by=noor, kind="tip")
    await discussions.react(noor, await ask(village, "De Léa"), "thanks")
    await discussions.react(village.lea, hers, "thanks")
    await discussions.reply(noor, mine, source="Une toile.")
    await discussions.leave_anonymised(noor, village.community)
    await site.runner.settle()
    clock.advance(600)
    await site.runner.settle()
    await to_their_hour(site, clock, sacha)
    for reader in (sacha, village.lea):
        found = letters_to(site, reader)
        assert found and "noor" not in "".join(f"{mail.subject} {mail.text} {mail.html}" for mail in found).lower()
    assert any("Ancien membre" in mail.text for mail in letters_to(site, sacha))

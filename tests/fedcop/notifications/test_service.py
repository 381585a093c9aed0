"""Members are told what concerns them, once, by the way they chose, and nothing that they may not read."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities_of
from fedcop.communities import reading
from fedcop.communities import service as communities
from fedcop.core.errors import NotFound
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.facts import PostWritten
from fedcop.discussions.models import Post
from fedcop.discussions.telling import tell_of_post
from fedcop.notifications import queries, service, topics
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from fedcop.timelines import queries as timelines
from tests.fedcop.discussions.conftest import Village, make_village
from tests.rig.people import make_member


@pytest.fixture
async def village(site: Site) -> Village:
    """A public community with its people; what they were told of its beginning is read."""
    made = await make_village()
    await site.runner.settle()
    await forget_beginnings(site)
    return made


async def forget_beginnings(site: Site) -> None:
    await Notification.all().delete()
    site.mailer.sent.clear()


async def account_of(actor: Actor) -> Account:
    return await Account.get(actor_id=actor.id)


async def told(actor: Actor) -> list[Notification]:
    return await Notification.filter(account__actor_id=actor.id).order_by("id")


async def kinds(actor: Actor) -> list[str]:
    return [one.kind for one in await told(actor)]


def letters_to(site: Site, actor: Actor) -> list[Any]:
    return [mail for mail in site.mailer.sent if mail.to == f"{actor.name}@atelier.example"]


async def ask(village: Village, **more: Any) -> Any:
    return await discussions.write(
        village.lea,
        village.community,
        **{"kind": "question", "title": "Quelle toile ?", "source": "Contre le gel.", **more},
    )


async def test_a_mention_is_told_and_mailed_at_once(site: Site, village: Village) -> None:
    post = await ask(village, source=f"Qu’en dit @{village.noor.name} ?")
    await site.runner.settle()
    (one,) = await told(village.noor)
    assert (one.kind, one.post_id, one.root_id, one.from_actor_id) == ("mention", post.id, post.id, village.lea.id)
    (mail,) = letters_to(site, village.noor)
    assert "Mention par" in mail.subject and "Quelle toile" in mail.subject
    assert (
        f"https://atelier.example/p/{post.id}" in mail.text
        and f'href="https://atelier.example/p/{post.id}"' in mail.html
    )
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["List-Unsubscribe"].startswith("<https://atelier.example/unsubscribe/")
    assert one.mailed_at is not None


async def test_a_letter_speaks_the_language_of_the_reader(site: Site, village: Village, golden: Any) -> None:
    for person, code in ((village.noor, "en-CA"), (village.sacha, "fr-CA")):
        await Account.filter(actor_id=person.id).update(language=code)
    await ask(village, title="Toile <b>& paille", source=f"@{village.noor.name} @{village.sacha.name} Contre le gel ?")
    await site.runner.settle()
    for person, code in ((village.noor, "en"), (village.sacha, "fr")):
        (mail,) = letters_to(site, person)
        shown = {"subject": mail.subject, "text": mail.text, "html": mail.html, "headers": mail.headers}
        golden(f"mails/mention.{code}", _without_chance(shown, await account_of(person), await told(person)))


def _without_chance(shown: dict[str, Any], account: Account, notifications: list[Notification]) -> Any:
    """Ids and the signature differ from run to run; all else is compared."""
    stop = shown["headers"]["List-Unsubscribe"].strip("<>")
    assert f"/unsubscribe/{account.id}.mention." in stop

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        return value.replace(stop, "UNSUBSCRIBE").replace(str(notifications[0].post_id), "POST")

    return plain(shown)


async def test_replies_of_a_thread_within_five_minutes_are_one_letter(site: Site, village: Village, clock: Any) -> None:
    post = await ask(village)
    first = await discussions.reply(village.noor, post, source="La mienne tient.")
    await site.runner.settle()
    clock.advance(120)
    await discussions.reply(village.sacha, first, source="La mienne aussi.")
    await site.runner.settle()
    assert await kinds(village.lea) == ["reply", "reply"]
    assert await kinds(village.noor) == ["reply"]
    assert letters_to(site, village.lea) == []
    clock.advance(300)
    await site.runner.settle()
    (mail,) = letters_to(site, village.lea)
    assert "2 nouvelles réponses" in mail.subject
    assert "La mienne tient" in mail.text and "La mienne aussi" in mail.text
    clock.advance(3600)
    await site.runner.settle()
    assert len(letters_to(site, village.lea)) == 1
    assert len(letters_to(site, village.noor)) == 1


async def test_nothing_is_mailed_of_what_was_read(site: Site, village: Village, clock: Any) -> None:
    post = await ask(village)
    await discussions.reply(village.noor, post, source="Oui.")
    await site.runner.settle()
    assert sum(one.count for one in await queries.unread(await account_of(village.lea))) == 1
    await service.saw_thread(await account_of(village.lea), post.id)
    clock.advance(600)
    await site.runner.settle()
    assert letters_to(site, village.lea) == []
    assert sum(one.count for one in await queries.unread(await account_of(village.lea))) == 0


async def test_members_choose_what_is_mailed(site: Site, village: Village) -> None:
    await service.choose(await account_of(village.noor), {"mention": topics.NEVER, "nonsense": "now"})
    await service.choose(await account_of(village.lea), {"reaction": topics.NOW})
    post = await ask(village, source=f"@{village.noor.name} ?")
    await discussions.react(village.noor, post, "thanks")
    await site.runner.settle()
    assert await kinds(village.noor) == ["mention"] and letters_to(site, village.noor) == []
    assert await kinds(village.lea) == ["reaction"]
    (mail,) = letters_to(site, village.lea)
    assert "Merci" in mail.subject


async def test_what_is_not_seen_after_two_hours_is_one_letter_of_its_thread(
    site: Site, village: Village, clock: Any, golden: Any
) -> None:
    patient = {"mention": topics.SOON, "reply": topics.SOON}
    for person, code in ((village.noor, "en-CA"), (village.sacha, "fr-CA")):
        await Account.filter(actor_id=person.id).update(language=code)
        await service.choose(await account_of(person), patient)
    post = await ask(village, source=f"@{village.noor.name} @{village.sacha.name} ?")
    await discussions.reply(village.noor, post, source="La mienne.")
    await discussions.reply(village.sacha, post, source="La nôtre.")
    await discussions.reply(village.lea, post, source="Merci.")
    seen = await ask(village, title="Et le gel ?", source=f"@{village.noor.name} ?")
    await site.runner.settle()
    await service.saw_thread(await account_of(village.noor), seen.id)
    clock.advance(hours=1)
    await site.runner.settle()
    assert letters_to(site, village.noor) == []
    clock.advance(hours=1)
    await site.runner.settle()
    for person, code in ((village.noor, "en"), (village.sacha, "fr")):
        (mail,) = letters_to(site, person)
        stop = mail.headers["List-Unsubscribe"].strip("<>")
        assert ".mention+reply." in stop
        shown = {"subject": mail.subject, "text": mail.text, "html": mail.html}
        golden(
            f"mails/of_one_thread.{code}",
            {name: text.replace(stop, "UNSUBSCRIBE").replace(str(post.id), "POST") for name, text in shown.items()},
        )


async def test_reactions_are_not_mailed_by_default_and_go_when_taken_back(site: Site, village: Village) -> None:
    post = await ask(village)
    await discussions.react(village.noor, post, "useful")
    await discussions.react(village.lea, post, "thanks")  # one's own
    await site.runner.settle()
    assert await kinds(village.lea) == ["reaction"] and letters_to(site, village.lea) == []
    await discussions.unreact(village.noor, post, "useful")
    await site.runner.settle()
    assert await kinds(village.lea) == []


async def test_the_same_is_told_once(site: Site, village: Village) -> None:  # F18
    post = await ask(village, source=f"@{village.noor.name} ?")
    await site.runner.settle()
    await tell_of_post(PostWritten(post_id=post.id, root_id=post.id))
    await discussions.edit(
        village.lea, post, title="Quelle toile ?", source=f"@{village.noor.name} et @{village.sacha.name} ?"
    )
    await site.runner.settle()
    assert await kinds(village.noor) == ["mention"] == await kinds(village.sacha)
    assert len(letters_to(site, village.noor)) == 1


async def test_the_past_is_not_news(site: Site, village: Village) -> None:
    post = await ask(village, source=f"@{village.noor.name} ?")
    post.published_at = post.created_at.replace(year=post.created_at.year - 1)
    await post.save()
    await site.runner.settle()
    assert await kinds(village.noor) == []


async def test_nobody_hears_from_whom_they_block_or_mute(site: Site, village: Village) -> None:
    await people.block(village.noor, village.lea)
    await people.mute(village.sacha, village.lea)
    await ask(village, source=f"@{village.noor.name} @{village.sacha.name} ?")
    await site.runner.settle()
    assert await kinds(village.noor) == [] == await kinds(village.sacha)


async def test_nobody_hears_of_a_discussion_or_a_community_that_they_muted(site: Site, village: Village) -> None:
    root = await ask(village)
    noor = await account_of(village.noor)
    await service.hush(noor, root.id)
    await people.mute(village.sacha, village.community.actor)
    await people.mute(village.noor, village.lea, notifications=False)
    text = f"@{village.noor.name} @{village.sacha.name} ?"
    await discussions.reply(village.lea, root, source=text)
    other = await ask(village, source=text)
    await site.runner.settle()
    assert [one.post_id for one in await told(village.noor)] == [other.id] and await kinds(village.sacha) == []
    assert not (await timelines.home(village.sacha)).ids and (await timelines.home(village.lea)).ids
    await service.unhush(noor, root.id)
    await people.unmute(village.sacha, village.community.actor)
    await discussions.reply(village.lea, root, source=text)
    await site.runner.settle()
    assert len(await told(village.noor)) == 2 and await kinds(village.sacha) == ["mention"]
    assert (await timelines.home(village.sacha)).ids


async def test_who_asks_for_it_is_told_of_each_new_discussion(site: Site, village: Village) -> None:
    await reading.ring(village.noor, village.community, wanted=True)
    await people.follow(village.sacha, village.lea)
    await people.choose(village.sacha, village.lea, bell=True)
    await site.runner.settle()
    await forget_beginnings(site)
    first = await ask(village, source=f"@{village.sacha.name} ?")
    await discussions.reply(village.lea, first, source="Et aussi.")
    second = await ask(village, title="Autre chose")
    await site.runner.settle()
    assert [(one.kind, one.post_id) for one in await told(village.noor)] == [
        ("publication", first.id),
        ("publication", second.id),
    ]
    assert [(one.kind, one.post_id) for one in await told(village.sacha)] == [
        ("mention", first.id),
        ("publication", second.id),
    ]
    await reading.ring(village.noor, village.community, wanted=False)
    with pytest.raises(NotFound):
        await reading.ring(village.reader, village.community, wanted=True)
    await ask(village, title="Encore")
    await site.runner.settle()
    assert len(await told(village.noor)) == 2


async def test_who_wants_other_languages_is_not_told_of_each(site: Site, village: Village) -> None:
    await reading.ring(village.noor, village.community, wanted=True)
    await reading.choose_languages(village.noor, village.community, ["en"])
    await people.follow(village.sacha, village.lea)
    await people.choose(village.sacha, village.lea, bell=True, languages=["es", "en"])
    await site.runner.settle()
    await forget_beginnings(site)
    await ask(village, title="En français")
    english = await ask(village, title="In English", language="en")
    spanish = await ask(village, title="En español", language="es")
    await site.runner.settle()
    assert [one.post_id for one in await told(village.noor)] == [english.id]
    assert [one.post_id for one in await told(village.sacha)] == [english.id, spanish.id]


async def test_blocking_takes_away_what_was_told(site: Site, village: Village) -> None:
    await ask(village, source=f"@{village.noor.name} ?")
    await site.runner.settle()
    await people.block(village.noor, village.lea)
    await site.runner.settle()
    assert await kinds(village.noor) == []


async def test_a_private_community_tells_its_readers_titles_only(site: Site, clock: Any) -> None:  # H18
    village = await make_village("cellule", visibility="private")
    await site.runner.settle()
    await forget_beginnings(site)
    post = await ask(village, title="Le plan", source=f"Zibeline, @{village.noor.name} et @{village.reader.name} !")
    await discussions.reply(village.noor, post, source="Zibeline aussi.")
    await site.runner.settle()
    clock.advance(600)
    await site.runner.settle()
    assert await kinds(village.reader) == [] and letters_to(site, village.reader) == []
    for person in (village.noor, village.lea):
        (mail,) = letters_to(site, person)
        assert "Le plan" in mail.subject
        assert "Zibeline" not in mail.text + mail.html + mail.subject
    site.mailer.sent.clear()
    post = await ask(village, title="Zibeline est", source=f"Zibeline est ici, @{village.noor.name} !")
    await Post.filter(id=post.id).update(title_derived=True)  # as what comes from programs that know no titles
    await site.runner.settle()
    (mail,) = letters_to(site, village.noor)
    assert "Mention par" in mail.subject and "Zibeline" not in mail.text + mail.html + mail.subject
    assert (await told(village.noor))[-1].detail[
        "title"
    ] == "Zibeline est"  # those who may read it find it in the centre


async def test_who_leaves_a_private_community_is_told_nothing_more_of_it(site: Site, clock: Any) -> None:
    village = await make_village("cellule", visibility="private")
    post = await discussions.write(village.noor, village.community, kind="idea", title="Le plan", source="Un.")
    await site.runner.settle()
    await forget_beginnings(site)
    await discussions.reply(village.sacha, post, source="Deux.")
    await site.runner.settle()
    assert await kinds(village.noor) == ["reply"]
    await communities.leave(village.noor, village.community)
    await site.runner.settle()
    clock.advance(600)
    await site.runner.settle()
    assert await kinds(village.noor) == [] and letters_to(site, village.noor) == []


async def test_what_is_deleted_is_told_to_nobody(site: Site, village: Village, clock: Any) -> None:
    post = await ask(village)
    reply = await discussions.reply(village.noor, post, source="Oups.")
    await site.runner.settle()
    await discussions.delete(village.noor, reply)
    await site.runner.settle()
    clock.advance(600)
    await site.runner.settle()
    assert await kinds(village.lea) == [] and letters_to(site, village.lea) == []


async def test_moderation_is_told_with_its_reason(site: Site, village: Village) -> None:
    post = await discussions.write(village.noor, village.community, kind="idea", title="Réclame", source="Achetez.")
    await discussions.remove(village.lea, post, "C’est de la publicité.")
    await site.runner.settle()
    (one,) = await told(village.noor)
    assert one.kind == "moderation" and one.detail["act"] == "remove_post"
    (mail,) = letters_to(site, village.noor)
    assert "C’est de la publicité" in mail.text and "retiré" in mail.subject


async def test_an_accepted_answer_is_told_until_it_is_another(site: Site, village: Village) -> None:
    post = await ask(village)
    first = await discussions.reply(village.noor, post, source="Du lin.")
    second = await discussions.reply(village.sacha, post, source="Du jute.")
    await discussions.accept_answer(village.lea, post, first)
    await site.runner.settle()
    assert "answer_accepted" in await kinds(village.noor)
    await discussions.accept_answer(village.lea, post, second)
    await site.runner.settle()
    assert "answer_accepted" not in await kinds(village.noor)
    assert "answer_accepted" in await kinds(village.sacha)


async def test_requests_and_their_end_are_told(site: Site) -> None:
    lea, noor = (await make_member("lea")).actor, (await make_member("noor")).actor
    community = await communities.found(lea, title="Ruches", name="ruches", purpose="Le miel", join_policy="request")
    membership = await communities.join(noor, community, "Bonjour")
    await site.runner.settle()
    (one,) = await told(lea)
    assert one.kind == "join_asked" and "Ruches" in letters_to(site, lea)[0].subject
    assert "https://atelier.example/c/ruches/requests" in letters_to(site, lea)[0].text
    await communities.admit(lea, membership)
    await site.runner.settle()
    assert await kinds(noor) == ["accepted"]
    assert "membre de Ruches" in letters_to(site, noor)[0].subject
    member = await communities_of.membership(community, noor)
    assert member is not None
    await communities.appoint(lea, community, noor, "committee", duties=["moderation"])
    await site.runner.settle()
    assert "membre du comité" in letters_to(site, noor)[1].subject


async def test_followers_are_told_until_they_leave(site: Site, village: Village) -> None:
    await people.follow(village.sacha, village.noor)
    await site.runner.settle()
    assert await kinds(village.noor) == ["follow"] and letters_to(site, village.noor) == []
    await people.unfollow(village.sacha, village.noor)
    await site.runner.settle()
    assert await kinds(village.noor) == []


async def test_groups_are_of_one_thread_and_kind(site: Site, village: Village) -> None:
    post, other = await ask(village), await ask(village, title="Une autre")
    for person in (village.noor, village.sacha):
        await discussions.reply(person, post, source="Oui.")
        await discussions.react(person, other, "thanks")
    await site.runner.settle()
    account = await account_of(village.lea)
    groups = queries.grouped(await queries.latest(account))
    assert sorted((group.kind, len(group.actor_ids)) for group in groups) == [("reaction", 2), ("reply", 2)]
    await service.mark_all_read(account)
    await discussions.reply(village.noor, post, source="Encore.")
    await site.runner.settle()
    groups = queries.grouped(await queries.latest(account))
    assert [(group.kind, group.unread) for group in groups if group.kind == "reply"] == [
        ("reply", True),
        ("reply", False),
    ]


async def test_suspended_accounts_are_told_nothing(site: Site, village: Village, clock: Any) -> None:
    await Account.filter(actor_id=village.noor.id).update(suspended_at=clock.now())
    await ask(village, source=f"@{village.noor.name} ?")
    await site.runner.settle()
    assert await kinds(village.noor) == [] and letters_to(site, village.noor) == []


async def test_what_was_read_long_ago_is_dropped(site: Site, village: Village, clock: Any) -> None:
    await ask(village, source=f"@{village.noor.name} @{village.sacha.name} ?")
    await site.runner.settle()
    await service.mark_all_read(await account_of(village.noor))
    clock.advance(days=200)
    await service.prune()
    assert await kinds(village.noor) == [] and await kinds(village.sacha) == ["mention"]

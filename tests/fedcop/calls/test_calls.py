"""Calls to all: by whose role allows it, so often, to those who are members and did not refuse when the letter leaves, once each."""

from __future__ import annotations

from typing import Any

import aiosmtplib
import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.calls import queries, segments, sending, service
from fedcop.calls.models import Call
from fedcop.calls.queries import Reach
from fedcop.calls.segments import Segment
from fedcop.communities import moderation
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.jobs import Retry
from fedcop.core.mail import Mail
from fedcop.core.site import Site
from fedcop.digests import service as digests
from fedcop.digests.models import Told
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.people import service as people
from tests.rig.villages import Village, make_village


@pytest.fixture
async def village(site: Site) -> Village:
    return await make_village()


async def account_of(actor: Actor) -> Account:
    return await Account.get(actor_id=actor.id)


async def call(village: Village, title: str = "Gel cette nuit", **more: Any) -> Post:
    post = await service.call(village.lea, village.community, title=title, source="Couvrez **tout**.", **more)
    village.community = await Community.get(id=village.community.id).select_related("actor")
    return post


def calls_to(site: Site, actor: Actor) -> list[Mail]:
    found = [mail for mail in site.mailer.sent if mail.to == f"{actor.name}@atelier.example"]
    return [mail for mail in found if mail.subject.startswith(("Appel à tous", "Call to all"))]


async def test_a_call_reaches_all_members_once(site: Site, village: Village, golden: Any) -> None:
    await Account.filter(actor_id=village.noor.id).update(language="en-CA")
    await digests.choose_one(await account_of(village.sacha), village.community, "never")
    await digests.choose_one(await account_of(village.noor), village.community, "each")
    post = await call(village)
    await site.runner.settle()
    await sending.on_appeared(sending.PostAppeared(post_id=post.id, root_id=post.id))
    await site.runner.settle()
    for person, code in ((village.noor, "en"), (village.sacha, "fr")):
        (mail,) = calls_to(site, person)
        golden(f"mails/call.{code}", _without_chance(mail, await account_of(person), village.community, post))
    assert not calls_to(site, village.lea) and not calls_to(site, village.reader)
    assert len(await Told.filter(post_id=post.id)) == 2  # no summary, no letter of each publication tells it again


def _without_chance(mail: Mail, account: Account, community: Community, post: Post) -> Any:
    stop = mail.headers["List-Unsubscribe"].strip("<>")
    marks = {stop: "REFUSE", str(post.id): "POST", str(account.id): "ACCOUNT", str(community.id): "COMMUNITY"}

    def plain(text: str) -> str:
        for found, mark in marks.items():
            text = text.replace(found, mark)
        return text

    shown = {"subject": mail.subject, "text": mail.text, "html": mail.html}
    headers = {name: plain(value) for name, value in mail.headers.items()}
    return {**{name: plain(value) for name, value in shown.items()}, "headers": headers}


async def test_who_may_call_and_how_often(site: Site, village: Village, clock: Any) -> None:
    with pytest.raises(Forbidden):
        await service.call(village.noor, village.community, title="Moi", source="Aussi.")
    await Membership.filter(actor_id=village.noor.id).update(role="facilitator")
    assert await service.call(village.noor, village.community, title="Moi", source="Aussi.")
    with pytest.raises(Invalid):
        await call(village, "  ")
    await call(village)
    assert await queries.left(village.community) == 0
    with pytest.raises(Conflict):
        await call(village)
    clock.advance(days=32)
    assert await queries.left(village.community) == 2
    hidden = await communities.found(
        village.lea, title="Cellule", name="cellule", purpose="À part", visibility="private", join_policy="invitation"
    )
    with pytest.raises(NotFound):
        await service.call(village.noor, hidden, title="Moi", source="Aussi.")


async def test_whom_it_is_for_is_judged_when_it_leaves(site: Site, village: Village) -> None:
    await service.refuse(await account_of(village.noor), village.community.id)
    assert await queries.reach(village.community, village.lea, Segment()) == Reach(2, 0, 0, 1)
    await call(village)
    await service.refuse(await account_of(village.sacha), village.community.id)
    await site.runner.settle()
    assert not calls_to(site, village.noor) and not calls_to(site, village.sacha)
    for person in (village.noor, village.sacha):
        await service.choose(await account_of(person), [village.community.id], [village.community.id])
    await people.mute(village.noor, village.lea)
    await call(village, "Encore")
    await moderation.remove_member(village.lea, village.community, village.sacha, "Au revoir.")
    await site.runner.settle()
    assert not calls_to(site, village.noor) and not calls_to(site, village.sacha)


@pytest.mark.parametrize("undo", ["role", "suspended", "deleted"])
async def test_who_may_not_call_any_more_does_not(site: Site, village: Village, undo: str) -> None:
    post = await call(village)
    if undo == "role":
        await Membership.filter(actor_id=village.lea.id).update(role="member")
    elif undo == "suspended":
        await Account.filter(actor_id=village.lea.id).update(suspended_at=post.created_at)
    else:
        await discussions.delete(village.lea, post)
    await site.runner.settle()
    assert not calls_to(site, village.noor)


async def test_a_segment_is_a_role_or_an_organisation(site: Site, village: Village) -> None:
    await Membership.filter(actor_id=village.noor.id).update(role="expert")
    await call(village, segment=Segment(role="expert"))
    await call(village, segment=Segment(host="ailleurs.example"))
    await site.runner.settle()
    assert len(calls_to(site, village.noor)) == 1 and not calls_to(site, village.sacha)
    assert await queries.reach(village.community, village.lea, Segment(role="expert")) == Reach(1, 0, 0, 1)
    for text in ("all", "role:expert", "organisation:a.example"):
        assert str(segments.read(text)) == text
    for text in ("", "role:king", "organisation:A B", None, "organisation:", 7):
        assert segments.read(text) is None


async def test_never_twice_though_the_worker_is_killed(site: Site, village: Village, monkeypatch: Any) -> None:
    post = await call(village)
    noor = await account_of(village.noor)
    handed: list[Mail] = []

    class Killed(BaseException):
        """The machine stops between handing over and noting that it is done."""

    async def handed_over(mail: Mail) -> None:
        handed.append(mail)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(sending, "hand_over", handed_over)
        with pytest.raises(Killed):
            await sending.write(noor.id, post.id)
    await site.runner.settle()
    assert len(handed) == 1 and not calls_to(site, village.noor)

    async def away(mail: Mail) -> None:
        raise aiosmtplib.SMTPServerDisconnected("away")

    later = await call(village, "Encore")
    with monkeypatch.context() as patched:
        patched.setattr(site.mailer, "send", away)
        with pytest.raises(Retry):
            await sending.write(noor.id, later.id)
    await site.runner.settle()
    assert len(calls_to(site, village.noor)) == 1


async def test_a_private_community_sends_the_title_only(site: Site) -> None:
    village = await make_village("cellule", visibility="private")
    await call(village, "Le plan")
    await sending.try_out(
        await Account.get(actor_id=village.lea.id).select_related("actor"),
        village.community,
        title="Essai",
        source="Zibeline.",
    )
    await site.runner.settle()
    (mail,) = calls_to(site, village.noor)
    (trial,) = calls_to(site, village.lea)
    assert "Le plan" in mail.text and "Couvrez" not in mail.text + mail.html and village.lea.name not in mail.text
    assert "essai" in trial.text and "Zibeline" not in trial.text and "Message-ID" not in trial.headers


async def test_nobody_makes_a_call_of_another_thread(site: Site, village: Village) -> None:
    post = await discussions.write(village.lea, village.community, kind="idea", title="Une idée", source="Ici.")
    await discussions.edit(village.lea, post, source="Là.", kind="call")
    assert post.kind == "idea"
    await site.runner.settle()
    assert not await Call.all().exists() and not calls_to(site, village.noor)


async def test_leaving_and_coming_back_keeps_a_refusal(site: Site, village: Village) -> None:
    await service.refuse(await account_of(village.noor), village.community.id)
    await communities.leave(village.noor, village.community)
    await communities.join(village.noor, village.community)
    await call(village)
    await site.runner.settle()
    assert not calls_to(site, village.noor)

"""Who holds a copy, at its pages: for members, for moderators, for an author, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedcop.communities import service as communities
from fedcop.communities.copies.models import Erasure
from fedcop.communities.models import Community, Membership
from fedcop.core import clock
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.federation.models import HeldCopy, MailboxEntry, OutgoingActivity, Refusal
from fedcop.federation.sending.destinations import destinations_for
from tests.rig.browser import Browser
from tests.rig.people import make_member, make_stranger
from tests.web.conftest import SignIn


@pytest.fixture
async def lea(sign_in: SignIn) -> Browser:
    """Who is responsible for the circle."""
    return await sign_in(await make_member("lea", language="en-CA"))


@pytest.fixture
async def circle(lea: Browser) -> Community:
    """A private community with a member on another server."""
    made = await communities.found(
        lea.actor, title="Le comité", name="comite", purpose="x", visibility="private", join_policy="request"
    )
    await Membership.create(
        community=made, actor=await make_stranger("gus", "coop.example"), state="active", created_at=clock.now()
    )
    return made


async def held(post: Post, host: str, **more: object) -> HeldCopy:
    now = clock.now()
    values = {"post_id": post.id, "community_id": post.community_id, "host": host, "since": now, "last_at": now}
    return await HeldCopy.create(**values | more)


async def told(post: Post, host: str) -> tuple[int, int]:
    """A Delete that is on its way to a server; gives the mailbox and the activity."""
    (mailbox,) = await destinations_for([f"https://{host}/inbox"])
    sent = await OutgoingActivity.create(
        uri=f"https://atelier.example/activities/{mailbox.id}",
        sender_id=post.author_id,
        body=b"{}",
        post_id=post.id,
        effect="ends",
        created_at=clock.now(),
    )
    mailbox.retry_at = clock.now() + timedelta(hours=2)
    await mailbox.save()
    return mailbox.id, sent.id


async def test_members_read_who_holds_what_their_community_says(
    lea: Browser, circle: Community, sign_in: SignIn
) -> None:
    post = await service.write(lea.actor, circle, kind="question", title="Un secret", source="x")
    await held(post, "coop.example")
    page = await lea.get("/c/comite/about")
    page = await lea.click("Who holds a copy?")
    assert "coop.example" in page.main.text
    assert "1 post · since March 2, 2026" in page.main.text
    noor = await sign_in(await make_member("noor", language="en-CA"))
    assert (await noor.get("/c/comite/copies")).status == 404
    await Membership.create(community=circle, actor=noor.actor, state="active", created_at=clock.now())
    text = (await noor.get("/c/comite/copies")).main.text
    assert "coop.example" in text
    assert "since March 2" not in text


async def test_who_never_answered_is_named_with_the_next_try(lea: Browser, circle: Community) -> None:
    now = clock.now()
    about = {"community": circle, "asked_at": now, "last_asked_at": now}
    for host, state, more in (
        ("muet.example", "asked", {"tries": 3}),
        ("lemmy.example", "cannot", {}),
        ("ami.example", "confirmed", {"answered_at": now}),
    ):
        await Erasure.create(uri=f"https://atelier.example/activities/{host}", host=host, state=state, **about, **more)
    text = (await lea.get("/c/comite/copies")).main.text
    assert "Asked to erase on March 2, 2026; no answer. Asked 3 times. Next try: March 3, 2026" in text
    assert "It cannot be asked to erase: its software knows no such request." in text
    assert "it signed on March 2, 2026" in text


async def test_nothing_was_brought_anywhere(lea: Browser) -> None:
    await communities.found(lea.actor, title="Seules", name="seules", purpose="x")
    assert "Only this organisation." in (await lea.get("/c/seules/copies")).main.text


async def test_an_author_follows_a_post_and_its_deletion(lea: Browser, circle: Community, sign_in: SignIn) -> None:
    post = await service.write(lea.actor, circle, kind="question", title="Un secret", source="x")
    page = await lea.get(f"/p/{post.id}/copies")
    assert "No other organisation holds a copy of this post." in page.main.text and "fetched" not in page.main.text
    now = clock.now()
    for host, more in (
        ("coop.example", {"confirmed_at": now}),
        ("lemmy.example", {"told_at": now}),
        ("muet.example", {}),
        ("ferme.example", {}),
    ):
        await held(post, host, **more)
    await lea.get(f"/p/{post.id}")
    page = await lea.click("Follow-up")
    assert "2 other organisations hold a copy of this post." in page.main.text
    await service.delete(lea.actor, await Post.get(id=post.id))
    mailbox, sent = await told(post, "muet.example")
    await MailboxEntry.create(destination_id=mailbox, outgoing_id=sent)
    mailbox, sent = await told(post, "ferme.example")
    await Refusal.create(destination_id=mailbox, outgoing_id=sent, status=403, created_at=now)
    await lea.get(f"/p/{post.id}")
    text = (await lea.click("Follow-up")).main.text
    assert "Deleted here and on 2 of 4 other organisations." in text
    for words in (
        "Deleted: it signed this on March 2, 2026",
        "its software does not say what it did.",
        "No answer yet. Next try: March 2, 2026",
        "It refused the request (403).",
    ):
        assert words in text
    noor = await sign_in("noor")
    await Membership.create(community=circle, actor=noor.actor, state="active", created_at=now)
    assert (await noor.get(f"/p/{post.id}/copies")).status == 404


async def test_of_what_everybody_can_fetch_nobody_says_that_nobody_has_it(lea: Browser) -> None:
    place = await communities.found(lea.actor, title="Sols", name="sols", purpose="x")
    post = await service.write(lea.actor, place, kind="question", title="Un sol", source="x")
    for sent in (
        "We sent this post to no other organisation.",
        "Deleted here. We had sent it to no other organisation.",
    ):
        text = (await lea.get(f"/p/{post.id}/copies")).main.text
        assert sent in text and "others may have fetched a copy without our knowing." in text
        await service.delete(lea.actor, await Post.get(id=post.id))


async def test_moderators_follow_what_they_removed_in_french_too(
    lea: Browser, circle: Community, sign_in: SignIn
) -> None:
    noor = await sign_in("noor")
    await Membership.create(
        community=circle,
        actor=noor.actor,
        state="active",
        role="committee",
        duties="moderation",
        created_at=clock.now(),
    )
    post = await service.write(lea.actor, circle, kind="question", title="Un secret", source="x")
    await held(post, "coop.example", confirmed_at=clock.now())
    await service.remove(noor.actor, await Post.get(id=post.id), "Hors sujet")
    text = (await noor.get(f"/p/{post.id}/copies")).main.text
    assert "Retiré ici et sur 1 autre organisation sur 1." in text
    assert "Caché à ses lectrices et lecteurs" in text

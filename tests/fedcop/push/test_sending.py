"""What a member is told reaches the devices that they chose: the words of the centre, for as long as they may read it, and until refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fedcop.accounts import service as accounts
from fedcop.accounts import sessions
from fedcop.accounts.models import Account, Session
from fedcop.communities import service as communities
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.models import Job
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.notifications import service as notifications
from fedcop.push import composing, exporting, service, vapid
from fedcop.push.models import PushSubscription
from tests.rig.clock import StandingClock
from tests.rig.fakeweb import FakeWeb
from tests.rig.people import PASSWORD, make_member
from tests.rig.pushservice import Device, PushService
from tests.rig.villages import make_village


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    """The internet, with nothing in it yet."""
    made = FakeWeb()
    yield made
    await made.close()


@pytest.fixture
async def site(make_site: Any, web: FakeWeb) -> AsyncIterator[Site]:
    """An instance that reaches it."""
    async with make_site(transport=web.transport()) as opened:
        yield opened


@pytest.fixture
async def push(site: Site, web: FakeWeb, clock: StandingClock) -> PushService:
    """A push service whose devices subscribed to this instance's key."""
    return await PushService(clock, key=await vapid.public_key()).begin(web)


async def session_for(account: Account) -> Session:
    found = await sessions.session_of(await sessions.open_session(account))
    assert found is not None
    return found


async def subscribe(account: Account, device: Device, **more: Any) -> PushSubscription:
    return await service.subscribe(account, await session_for(account), **device.fields, **more)


async def tell(site: Site, account: Account, kind: str = "reply", number: int = 1, **more: Any) -> None:
    """Tell a member something of a thread that nothing else is known of."""
    key = f"{kind}:{number}:{more.get('from_actor_id')}"
    about = {"root_id": 7, "detail": {"title": "Quelle toile ?", "text": "Du lin."}}
    await notifications.notify(account.actor_id, kind, unique_key=key, **{**about, **more})
    await site.runner.settle()


async def test_a_private_community_shows_titles_to_who_may_read_them_when_it_is_shown(
    site: Site, push: PushService, clock: StandingClock
) -> None:
    village = await make_village("cellule", visibility="private")
    await Account.filter(actor_id=village.noor.id).update(language="en-CA")
    noor = await Account.get(actor_id=village.noor.id)
    await subscribe(noor, push.device())
    post = await discussions.write(
        village.lea, village.community, kind="idea", title="Le plan", source=f"Zibeline, @{village.noor.name} !"
    )
    await site.runner.settle()
    shown = push.pushed[-1]
    assert shown.said == {
        "title": "Somebody mentions you",
        "body": "Le plan",
        "path": f"/p/{post.id}",
        "tag": shown.said["tag"],
        "lang": "en-CA",
    }
    assert shown.headers["Urgency"] == "normal" and shown.headers["TTL"] == "86400"

    push.status = 503
    reply = await discussions.reply(village.noor, post, source="Zibeline ?")
    await discussions.reply(village.sacha, reply, source="Zibeline aussi.")
    await site.runner.settle()
    before = push.asked
    await communities.leave(village.noor, village.community)
    push.status = 201
    clock.advance(60)
    await site.runner.settle()
    assert push.asked == before and len(push.pushed) == 1


async def test_replies_take_the_place_of_each_other_and_only_one_alone_is_quoted(
    site: Site, push: PushService, clock: StandingClock
) -> None:
    lea, noor, sacha = [await make_member(name) for name in ("lea", "noor", "sacha")]
    await subscribe(lea, push.device())
    await subscribe(lea, push.device(), encoding="aesgcm")
    await tell(site, lea, from_actor_id=noor.actor_id)
    await tell(site, lea, from_actor_id=sacha.actor_id)
    await tell(site, lea, "reaction", from_actor_id=noor.actor_id, detail={"reaction": "thanks"})  # not chosen
    first, legacy, second, again = [(one.said["title"], one.said["body"]) for one in push.pushed]
    assert first == legacy == ("Réponse de noor", "Quelle toile ?\nDu lin.")
    assert second == again == ("Réponse de sacha et noor", "Quelle toile ?")
    topics = [one.headers["Topic"] for one in push.pushed]
    assert topics[0] == topics[2] != topics[1] == topics[3]
    assert len({one.said["tag"] for one in push.pushed}) == 1
    assert {one.headers["Content-Encoding"] for one in push.pushed} == {"aes128gcm", "aesgcm"}

    push.status = 500
    await tell(site, lea, number=2, from_actor_id=noor.actor_id)
    await tell(site, lea, "mention", from_actor_id=noor.actor_id)
    await notifications.saw_thread(lea, 7)
    push.status, before = 201, push.asked
    clock.advance(60)
    await site.runner.settle()
    assert push.asked == before  # it was read meanwhile
    (one, _other) = await service.listed(lea)
    await service.choose(lea, one.id, ["reaction", "nonsense"])
    await tell(site, lea, "reaction", number=2, from_actor_id=sacha.actor_id, detail={"reaction": "thanks"})
    assert push.pushed[-1].said["title"].startswith("Réaction de sacha") and push.pushed[-1].headers["Urgency"] == "low"
    assert len(push.pushed) == 5


def test_long_words_are_cut_to_what_every_push_service_takes(clock: StandingClock) -> None:
    long = composing.Message("“" * 900, "💮" * 900, "/p/1", "reply-1", "fr-CA", "normal", clock.now())
    said = json.loads(long.packed())
    assert len(long.packed()) <= 3000 and len(said["title"]) == 200 and said["body"].endswith("💮…")


async def test_a_push_service_is_asked_again_when_it_says_so_and_no_more_when_it_refuses(
    site: Site, push: PushService, clock: StandingClock
) -> None:
    lea = await make_member("lea")
    device = push.device()
    one = await subscribe(lea, device)
    push.status, push.headers = 429, {"Retry-After": "86000"}
    await tell(site, lea)
    (job,) = await Job.filter(name="fedcop.push.sending:send")
    assert (job.due_at - clock.now()).total_seconds() == 3600  # at most, whatever it says
    clock.advance(3600)
    push.status, push.headers = 201, {}
    await site.runner.settle()
    assert len(push.pushed) == 1 and push.pushed[0].headers["TTL"] == str(23 * 3600)
    push.status = 503
    await tell(site, lea, number=2)
    clock.advance(hours=25)
    before = push.asked
    await site.runner.settle()
    assert push.asked == before and not await Job.filter(name="fedcop.push.sending:send").exists()  # no news any more

    push.status = 403
    for number in range(3, 9):
        await tell(site, lea, number=number)
    await one.refresh_from_db()
    assert one.stopped_at == clock.now() and one.failures == 5 and push.asked == before + 5
    again = await subscribe(lea, device)  # as when the browser is told to, with the same address
    assert [found.id for found in await service.listed(lea)] == [again.id]
    push.status = 404
    await tell(site, lea, number=10)
    assert await service.listed(lea) == []


async def test_what_may_not_be_asked_counts_as_refused(site: Site, push: PushService, web: FakeWeb) -> None:  # I10
    lea = await make_member("lea")
    one = await subscribe(lea, push.device())
    await PushSubscription.filter(id=one.id).update(endpoint="https://10.0.0.1/")  # as if the rules had become stricter
    await service.ask_trial(lea, one.id)
    await site.runner.settle(strict=False)
    await one.refresh_from_db()
    assert one.failures == 1 and web.asked == []


async def test_a_trial_arrives_unless_it_took_too_long(site: Site, push: PushService, clock: StandingClock) -> None:
    lea, tom = await make_member("lea"), await make_member("tom", language="en-CA")
    one = await subscribe(tom, push.device())
    with pytest.raises(NotFound):
        await service.ask_trial(lea, one.id)
    await service.ask_trial(tom, one.id)
    await site.runner.settle()
    assert push.pushed[0].said["title"] == "This is a trial"
    push.status = 503
    await service.ask_trial(tom, one.id)
    await site.runner.settle()
    clock.advance(601)
    before = push.asked
    await site.runner.settle()
    assert push.asked == before


async def test_what_no_browser_would_say_is_refused_at_its_field(site: Site) -> None:
    said = Device("https://push.example/send/0").fields
    for field, value in (
        ("endpoint", "http://push.example/send/0"),
        ("endpoint", "https://push.example:8443/send/0"),
        ("endpoint", "https://127.0.0.1/send/0"),
        ("endpoint", "https://[::1]/send/0"),
        ("endpoint", "https://router.local/send/0"),
        ("endpoint", "https://push.example/" + "x" * 2000),
        ("endpoint", ""),
        ("p256dh", "AAAA"),
        ("auth", "AAAA"),
        ("encoding", "rot13"),
    ):
        with pytest.raises(Invalid) as refused:
            await service.subscribe(Account(id=1), Session(id=1), **{**said, field: value})
        assert list(refused.value.errors) == [field], value


async def test_a_subscription_is_of_one_login_and_goes_with_it(site: Site, push: PushService) -> None:
    lea, tom = await make_member("lea"), await make_member("tom")
    device, session = push.device(), await session_for(lea)
    first = await service.subscribe(lea, session, **device.fields)
    await service.choose(lea, first.id, ["mention"])
    moved = await service.subscribe(lea, session, **push.device().fields, device="Firefox, Android")
    assert moved.topics == ["mention"] and [one.id for one in await service.listed(lea)] == [moved.id]
    taken = await subscribe(tom, push.devices["/send/1"])  # the same browser, somebody else now
    assert await service.listed(lea) == [] and await service.listed(tom) == [taken]

    for _device in range(service.MOST):
        await subscribe(lea, push.device())
    with pytest.raises(Invalid) as refused:
        await subscribe(lea, push.device())
    assert list(refused.value.errors) == ["endpoint"] and refused.value.params == {"count": service.MOST}
    (_name, told) = [found async for found in exporting.devices(lea.actor_id)][0]
    assert len(told) == service.MOST and "push.example" not in json.dumps(told)

    kept = await sessions.open_session(lea)
    await accounts.change_password(lea, PASSWORD, "une tout autre phrase", keep=kept)
    assert await service.listed(lea) == []
    await Account.filter(id=tom.id).update(suspended_at=tom.created_at)
    await service.ask_trial(tom, taken.id)
    await site.runner.settle()
    assert push.asked == 0
    await tom.delete()
    assert not await PushSubscription.all().exists()

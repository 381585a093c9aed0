"""Push for apps: subscribed with a token, in both encodings, shown as Mastodon's apps read it, and ended with the token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from fedcop.apps import tokens
from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.notifications import service as notifications
from fedcop.people import service as people
from fedcop.push import exporting, vapid
from fedcop.push import service as push_service
from fedcop.push.models import PushSubscription
from tests.rig.clock import StandingClock
from tests.rig.fakeweb import FakeWeb
from tests.rig.golden import Golden
from tests.rig.people import make_member
from tests.rig.pushservice import Device, PushService
from tests.web.mastodon.conftest import Connect

HERE = "/api/v1/push/subscription"


@pytest.fixture
async def internet() -> AsyncIterator[FakeWeb]:
    made = FakeWeb()
    yield made
    await made.close()


@pytest.fixture
async def site(make_site: Any, internet: FakeWeb) -> AsyncIterator[Site]:
    async with make_site(transport=internet.transport()) as opened:
        yield opened


@pytest.fixture
async def push(site: Site, internet: FakeWeb, clock: StandingClock) -> PushService:
    return await PushService(clock, key=await vapid.public_key()).begin(internet)


def wish(device: Device, **more: Any) -> dict[str, Any]:
    said = device.fields
    keys = {"p256dh": said["p256dh"], "auth": said["auth"]}
    return {"subscription": {"endpoint": said["endpoint"], "keys": keys, **more}, "data": {"alerts": {"mention": True}}}


async def test_an_app_is_told_on_its_device(
    site: Site, push: PushService, connect: Connect, golden: Golden, clock: StandingClock
) -> None:
    lea, tom = await make_member("lea", language="en-CA"), await make_member("tom")
    phone, old = await connect(lea), await connect(lea)
    assert (await phone.get(HERE)).status == 404
    made = await phone.post(HERE, json=wish(push.device(), standard=True))
    assert made.json["server_key"] == push.key and made.json == (await phone.get(HERE)).json
    golden("mastodon/push_subscription", made.json | {"server_key": "…"})
    assert (await phone.get("/api/v1/apps/verify_credentials")).json["vapid_key"] == push.key
    said = push.device().fields  # as older apps say it: in a form, for the draft of 2016
    form = {
        "subscription[endpoint]": said["endpoint"], "subscription[keys][p256dh]": said["p256dh"],
        "subscription[keys][auth]": said["auth"], "data[alerts][mention]": "true", "data[alerts][follow]": "1", "policy": "all",
    }  # fmt: skip
    assert (await old.post(HERE, form)).json["standard"] is False
    for changed, field in (
        ({"policy": "friends"}, "policy"), ({"subscription[endpoint]": "https://localhost/"}, "endpoint"),
        ({"subscription[keys][auth]": "x"}, "auth"),
    ):  # fmt: skip
        refused = await old.post(HERE, form | changed)
        assert refused.status == 422 and field in refused.json["details"]

    fruit = await communities.found(tom.actor, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
    post = await discussions.write(tom.actor, fruit, kind="tip", title="Lin", source="Que dit @lea ?")
    await site.runner.settle()
    first, legacy = push.pushed
    note = (await phone.get("/api/v1/notifications")).json[0]
    assert first.said == {
        "title": "tom mentions you", "body": "Lin\nQue dit @lea ?", "access_token": phone.token, "preferred_locale": "en",
        "notification_id": int(note["id"]), "notification_type": "mention",
        "icon": "https://atelier.example/static/app/icons/app-192.png",
    }  # fmt: skip
    assert legacy.said == first.said | {"access_token": old.token} and legacy.headers["Content-Encoding"] == "aesgcm"
    # Of what not everybody may read, the title and nobody's name.
    about = {"post_id": None, "root_id": 7, "detail": {"title": "Le plan", "closed": True}}
    await notifications.notify(lea.actor_id, "reply", unique_key="x", from_actor_id=tom.actor_id, **about)
    await discussions.react(lea.actor, post, "thanks")
    await site.runner.settle()
    assert push.pushed[-1].said["body"] == "Le plan" and "tom" not in push.pushed[-1].said["title"]

    # Only from whom one follows; then of other things.
    assert (await phone.ask("PUT", HERE, json={"data": {"policy": "followed"}})).json["alerts"]["mention"]
    await old.ask("DELETE", HERE)
    assert (await old.get(HERE)).status == 404
    before = len(push.pushed)
    await notifications.notify(lea.actor_id, "reply", unique_key="y", from_actor_id=tom.actor_id, **about)
    await site.runner.settle()
    assert len(push.pushed) == before
    await people.follow(lea.actor, tom.actor)
    await site.runner.settle()
    await notifications.notify(lea.actor_id, "reply", unique_key="z", from_actor_id=tom.actor_id, **about)
    await site.runner.settle()
    assert len(push.pushed) == before + 1
    put = await phone.ask("PUT", HERE, form={"data[alerts][mention]": "false", "data[alerts][favourite]": "on"})
    assert [name for name, on in put.json["alerts"].items() if on] == ["favourite"] and put.json["policy"] == "followed"
    await notifications.notify(lea.actor_id, "reply", unique_key="w", from_actor_id=tom.actor_id, **about)
    await site.runner.settle()
    assert len(push.pushed) == before + 1

    # The push service says that it is gone; the next one ends with the token, whoever ends that.
    push.status = 410
    await phone.ask("PUT", HERE, form={"data[alerts][mention]": "true", "data[policy]": "all"})
    await notifications.notify(lea.actor_id, "reply", unique_key="v", from_actor_id=tom.actor_id, **about)
    await site.runner.settle()
    assert (await phone.get(HERE)).status == 404
    await phone.post(HERE, json=wish(push.device()))
    (kept,) = await push_service.listed(lea)
    ((_name, copy),) = [one async for one in exporting.devices(lea.actor_id)]
    assert copy[0]["is_app"] and phone.token not in str(copy)
    await tokens.give_back(phone.token)
    assert not await PushSubscription.filter(id=kept.id).exists()

"""Notifications set aside, as apps of Mastodon 4.5 ask for them: the policy in both forms, requests, and what comes in when they are accepted."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.communities import service as communities
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.notifications.models import Notification
from fedcop.people import service as people
from tests.rig.apps import Phone
from tests.rig.golden import Golden
from tests.rig.people import make_member
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_streaming import listen

POLICY, OLD = "/api/v2/notifications/policy", "/api/v1/notifications/policy"
REQUESTS = "/api/v1/notifications/requests"
QUESTIONS = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts", "bots")


@pytest.fixture
async def village(site: Site) -> Any:
    """Léa's community, and two who belong to none and thanked her: one of them twice."""

    class Village:
        pass

    made: Any = Village()
    made.lea, made.tom, made.nic = [await make_member(name) for name in ("lea", "tom", "nic")]
    place = await communities.found(made.lea.actor, title="Fruitiers", name="fruitiers", purpose="Planter")
    made.post = await discussions.write(made.lea.actor, place, kind="question", title="Quelle toile ?", source="Gel.")
    await site.runner.settle()
    return made


async def thank(site: Site, village: Any) -> None:
    for who, what in ((village.tom, "thanks"), (village.nic, "thanks"), (village.tom, "useful")):
        await discussions.react(who.actor, village.post, what)
    await site.runner.settle()


async def ids(phone: Phone, path: str) -> list[str]:
    return [one["id"] for one in (await phone.get(path)).json]


async def test_the_policy_in_both_forms(village: Any, connect: Connect) -> None:
    lea = await connect(village.lea)
    none = {"pending_requests_count": 0, "pending_notifications_count": 0}
    expected = {f"for_{name}": "accept" for name in QUESTIONS} | {"for_limited_accounts": "filter", "summary": none}
    assert (await lea.get(POLICY)).json == expected
    changed = await lea.ask("PATCH", POLICY, json={"for_not_following": "filter", "for_bots": "drop"})
    expected |= {"for_not_following": "filter", "for_bots": "drop"}
    assert changed.json == expected == (await lea.get(POLICY)).json
    old = (await lea.get(OLD)).json
    assert old == {f"filter_{name}": name == "not_following" for name in QUESTIONS[:4]} | {"summary": none}
    assert (await lea.ask("PUT", POLICY, form={"for_new_accounts": "drop"})).status == 200
    assert (await lea.ask("PUT", OLD, form={"filter_not_following": "0", "filter_new_accounts": "1", "filter_private_mentions": "1"})).json["filter_new_accounts"]  # fmt: skip
    expected |= {"for_not_following": "accept", "for_new_accounts": "drop", "for_private_mentions": "filter"}
    assert (await lea.get(POLICY)).json == expected  # the older form does not make less of what is dropped
    refused = await lea.ask("PATCH", POLICY, json={"for_new_accounts": "maybe", "for_bots": "accept"})
    assert refused.status == 422 and refused.json["error"] and (await lea.get(POLICY)).json == expected
    assert (await (await connect(village.tom)).get(POLICY)).json["for_bots"] == "accept"


async def test_requests_are_listed_accepted_and_dismissed(
    site: Site, village: Any, connect: Connect, golden: Golden
) -> None:
    lea, tom = await connect(village.lea), await connect(village.tom)
    assert (await lea.get(REQUESTS)).json == []
    await lea.ask("PATCH", POLICY, json={"for_not_following": "filter"})
    await thank(site, village)
    assert (await lea.get(POLICY)).json["summary"] == {"pending_requests_count": 2, "pending_notifications_count": 3}
    for path in ("/api/v1/notifications", "/api/v2/notifications"):
        found = (await lea.get(path)).json
        assert found == [] or found["notification_groups"] == []
        assert (await lea.get(f"{path}/unread_count")).json == {"count": 0}
    listed = await lea.get(REQUESTS)
    of_nic, of_tom = listed.json
    golden("mastodon/notification_request", of_tom | {"account": {}, "last_status": {}})
    assert [one["account"]["acct"] for one in (of_nic, of_tom)] == ["nic", "tom"]
    assert of_tom["last_status"]["id"] == str(village.post.id) and of_tom["notifications_count"] == "2"
    assert (await lea.get(f"{REQUESTS}/{of_tom['id']}")).json == of_tom
    first = await lea.get(f"{REQUESTS}?limit=1")
    after = first.headers["Link"].partition(">")[0].removeprefix("<https://atelier.example")
    assert first.json == [of_nic] and (await lea.get(after)).json == [of_tom]
    endless = await lea.get(f"{REQUESTS}?limit=1&x={'<' * 1000}")  # a proxy takes no header that says it twice
    assert endless.json == [of_nic] and "Link" not in endless.headers
    assert (await lea.get(f"{REQUESTS}?min_id={of_tom['id']}")).json == [of_nic]
    # What is in one of them, as Mastodon's own pages ask for it.
    inside = f"/api/v1/notifications?account_id={of_tom['account']['id']}"
    assert (await lea.get(inside)).json == []
    aside = (await lea.get(f"{inside}&include_filtered=true")).json
    assert len(aside) == 2 and all(one["filtered"] is True and one["account"]["acct"] == "tom" for one in aside)
    grouped = (await lea.get("/api/v2/notifications?include_filtered=true")).json["notification_groups"]
    assert [one["notifications_count"] for one in grouped] == [3]
    # They are nobody else's.
    for method, path in (("GET", ""), ("POST", "/accept"), ("POST", "/dismiss")):
        assert (await tom.ask(method, f"{REQUESTS}/{of_tom['id']}{path}")).status == 404
        assert (await lea.ask(method, f"{REQUESTS}/12{path}")).status == 404
    assert (await tom.post(f"{REQUESTS}/dismiss", {"id[]": of_tom["id"]})).json == {}
    # What is put away is what is shown.
    assert (await lea.post("/api/v1/notifications/clear")).status == 200
    assert (await lea.post(f"{REQUESTS}/{of_tom['id']}/accept")).json == {}
    assert (await lea.get(f"{REQUESTS}/merged")).json == {"merged": True}
    told = (await lea.get("/api/v1/notifications")).json
    assert [one["id"] for one in told] == [one["id"] for one in aside] and "filtered" not in told[0]
    assert (await lea.get(inside)).json == told and (await lea.get("/api/v1/notifications?account_id=x")).json == []
    assert (await lea.get("/api/v1/notifications/unread_count")).json == {"count": 2}
    assert (await lea.get(f"/api/v1/notifications/unread_count?account_id={of_nic['account']['id']}")).json == {
        "count": 0
    }
    assert (await lea.get(REQUESTS)).json == [of_nic] and (
        await lea.post(f"{REQUESTS}/{of_tom['id']}/accept")
    ).status == 404
    assert (await lea.post(f"{REQUESTS}/{of_nic['id']}/dismiss")).json == {}
    assert (await lea.get(REQUESTS)).json == [] and len((await lea.get("/api/v1/notifications")).json) == 2


async def test_several_are_decided_at_once(site: Site, village: Any, connect: Connect) -> None:
    lea = await connect(village.lea)
    await lea.ask("PATCH", POLICY, json={"for_not_following": "filter"})
    await thank(site, village)
    both = await ids(lea, REQUESTS)
    assert (await lea.post(f"{REQUESTS}/dismiss", json={"id": [*both, "12", "x"]})).json == {}
    assert await ids(lea, REQUESTS) == []
    for what in ("experience", "disagree"):
        await discussions.react(village.tom.actor, village.post, what)
    await discussions.react(village.nic.actor, village.post, "useful")
    await site.runner.settle()
    both = await ids(lea, REQUESTS)
    assert (await lea.post(f"{REQUESTS}/accept", [("id[][]", one) for one in both])).json == {}
    assert await ids(lea, REQUESTS) == [] and len(await ids(lea, "/api/v1/notifications")) == 3
    assert (await lea.post(f"{REQUESTS}/accept")).json == {}


async def test_what_is_dropped_is_never_made(site: Site, village: Any, connect: Connect) -> None:
    lea = await connect(village.lea)
    await lea.ask("PATCH", POLICY, json={"for_not_following": "drop"})
    await people.follow(village.lea.actor, village.nic.actor)
    await thank(site, village)
    assert await ids(lea, REQUESTS) == []
    told = (await lea.get("/api/v1/notifications?include_filtered=true")).json
    assert [one["account"]["acct"] for one in told] == ["nic"]


async def test_whoever_may_not_read_the_last_of_it_still_sees_who_waits(
    site: Site, village: Any, connect: Connect
) -> None:
    lea = await connect(village.lea)
    await lea.ask("PATCH", POLICY, json={"for_not_following": "filter"})
    await thank(site, village)
    await people.mute(village.lea.actor, village.nic.actor)
    # The last of it is about no post: the one before it is shown.
    await people.follow(village.tom.actor, village.lea.actor)
    await site.runner.settle()
    (one,) = (await lea.get(REQUESTS)).json
    assert one["account"]["acct"] == "tom" and one["last_status"]["id"] == str(village.post.id)
    await Notification.filter(filtered=True).exclude(post_id=None).update(post_id=12)
    (one,) = (await lea.get(REQUESTS)).json
    assert one["account"]["acct"] == "tom" and one["last_status"] is None


async def test_apps_that_listen_hear_nothing_until_it_is_accepted(site: Site, village: Any, connect: Connect) -> None:
    lea = await connect(village.lea)
    home, told = await listen(lea, "user"), await listen(lea, "user/notification")
    await lea.ask("PATCH", POLICY, json={"for_not_following": "filter"})
    await thank(site, village)
    for one in await ids(lea, REQUESTS):
        await lea.post(f"{REQUESTS}/{one}/accept")
        for ear in (home, told):
            assert await ear.next() == ("notifications_merged", 1)
    await discussions.react(village.tom.actor, village.post, "experience")
    await site.runner.settle()
    for ear in (home, told):
        event, note = await ear.next()
        assert (event, note["account"]["acct"]) == ("notification", "tom")

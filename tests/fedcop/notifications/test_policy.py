"""What comes from people whom one does not know is told, set aside until one looks, or dropped, as each member chose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import mandates
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership
from fedcop.core import clock as clocks
from fedcop.core import signals
from fedcop.core.database import dialect, rows
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.signals import Signal
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.federation.peers import servers
from fedcop.notifications import exporting, policy, queries, requests, service, topics
from fedcop.notifications.models import Notification, NotificationRequest
from fedcop.people import service as people
from fedcop.people.models import Follow
from tests.rig.clock import StandingClock
from tests.rig.people import make_member, make_stranger
from tests.rig.queries import counted

SERIAL = iter(range(10_000))


@pytest.fixture
async def lea(site: Site, clock: StandingClock) -> AsyncIterator[Account]:
    """Somebody who has been here for long."""
    account = await make_member("lea")
    clock.advance(days=60)
    yield account


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> list[Signal]:
    """What is said to those who look right now."""
    heard: list[Signal] = []

    async def hear(signal: Signal) -> None:
        heard.append(signal)

    monkeypatch.setattr(signals, "_send", hear)
    return heard


async def tell(lea: Account, by: Actor, kind: str = "mention", **more: Any) -> Notification | None:
    """Let somebody do something to her, as a feature says it."""
    return await service.notify(
        lea.actor_id,
        kind,
        unique_key=f"{kind}:{next(SERIAL)}",
        from_actor_id=by.id,
        **{"root_id": 7, "post_id": 7, **more},
    )


async def becomes(lea: Account, by: Actor, kind: str = "mention", **more: Any) -> str:
    made = await tell(lea, by, kind, **more)
    return policy.DROP if made is None else policy.FILTER if made.filtered else policy.ACCEPT


async def old(name: str, **more: Any) -> Actor:
    return await make_stranger(name, published=clocks.now() - timedelta(days=900), **more)


async def limit(host: str) -> None:
    await servers.server(host)
    await servers.set_policy(host, "limited")


async def here(name: str) -> Actor:
    return (await make_member(name)).actor


async def follow(follower: Actor, target: Actor) -> None:
    await Follow.create(
        uri=f"https://f.example/{next(SERIAL)}",
        follower=follower,
        target=target,
        state="accepted",
        created_at=clocks.now(),
    )


async def test_all_is_accepted_by_whoever_chose_nothing_and_costs_no_statement_more(lea: Account) -> None:
    gus = await old("gus")
    assert policy.answers(lea.preferences) == dict.fromkeys(policy.QUESTIONS, "accept") | {"limited_accounts": "filter"}
    with counted() as before:
        assert await becomes(lea, gus) == policy.ACCEPT
    await requests.choose(lea, {"not_following": "filter"})
    with counted() as aside:
        assert await becomes(lea, gus) == policy.FILTER
    # Neither the job of a letter nor the fact is written: only the request is one more.
    aside.at_most(len(before))
    assert sum("INSERT INTO notification_request" in one for one in aside) == 1
    await requests.choose(lea, {"not_following": "drop"})
    with counted() as dropped:
        assert await becomes(lea, gus) == policy.DROP
    dropped.at_most(2)  # the account, and one question for all that is judged
    await requests.choose(lea, {"not_following": "accept"})
    with counted() as after:
        assert await becomes(lea, gus) == policy.ACCEPT
    after.at_most(len(before))


async def test_the_questions(lea: Account, clock: StandingClock) -> None:
    """Each by itself, with whom it means and whom not."""
    gus, ada, bot, young = (
        await old("gus"),
        await old("ada"),
        await old("bot", kind="Service"),
        await make_stranger("young"),
    )
    bea = await old("bea", host="borne.example")
    await limit("borne.example")
    await follow(lea.actor, ada)
    await follow(ada, lea.actor)
    for name, met in (
        ("not_following", {gus, bot, young, bea}),
        ("not_followers", {gus, bot, young, bea, ada}),  # she follows since today
        ("new_accounts", {young}),
        ("limited_accounts", {bea}),
        ("bots", {bot}),
        ("private_mentions", set()),
    ):
        await requests.choose(lea, {**dict.fromkeys(policy.QUESTIONS, "accept"), name: "drop"})
        found = {one for one in (gus, ada, bot, young, bea) if await becomes(lea, one) == policy.DROP}
        assert {one.name for one in found} == {one.name for one in met}, name
    await requests.choose(lea, {**dict.fromkeys(policy.QUESTIONS, "accept"), "not_followers": "drop"})
    clock.advance(days=4)
    assert await becomes(lea, ada) == policy.ACCEPT


async def test_whom_one_follows_is_no_stranger_by_being_new_limited_or_a_program(lea: Account) -> None:
    await limit("borne.example")
    one = await make_stranger("robot", host="borne.example", kind="Service")
    await requests.choose(lea, dict.fromkeys(policy.QUESTIONS, "drop") | {"not_followers": "accept"})
    assert await becomes(lea, one) == policy.DROP
    await follow(lea.actor, one)
    assert await becomes(lea, one) == policy.ACCEPT


async def test_of_limited_servers_all_is_set_aside_unless_one_chooses_else(lea: Account) -> None:
    await limit("borne.example")
    bea, gus = await old("bea", host="borne.example"), await old("gus")
    tom = (await make_member("tom")).actor
    place = await communities.found(tom, title="Fruitiers", name="fruitiers", purpose="Planter")
    with counted() as told:
        assert await becomes(lea, gus) == policy.ACCEPT
    with counted() as aside:
        # An invitation too: whatever people say to one, and not only what they do to one's posts.
        assert {await becomes(lea, bea, kind) for kind in ("mention", "invited")} == {policy.FILTER}
    aside.at_most(2 * len(told))
    assert await becomes(lea, bea, "report") == policy.ACCEPT  # what moderators are asked
    assert await becomes(lea, bea, community_id=place.id) == policy.FILTER
    await communities.join(lea.actor, place)
    assert await becomes(lea, bea, community_id=place.id) == policy.ACCEPT
    await requests.accept(lea, [one.id for one in await requests.page(lea)])
    assert await becomes(lea, bea) == policy.ACCEPT
    await NotificationRequest.all().delete()
    for answer in (policy.DROP, policy.ACCEPT):
        await requests.choose(lea, {"limited_accounts": answer})
        assert await becomes(lea, bea) == answer


async def test_what_is_dropped_is_dropped_whatever_else_would_set_it_aside(lea: Account) -> None:
    young = await make_stranger("young")
    await requests.choose(lea, {"not_following": "filter", "new_accounts": "drop"})
    assert await becomes(lea, young) == policy.DROP
    assert not await NotificationRequest.all().count() and not await Notification.all().count()


async def test_members_of_ones_communities_are_known(lea: Account) -> None:
    noor, tom = (await make_member("noor")).actor, (await make_member("tom")).actor
    place = await communities.found(noor, title="Fruitiers", name="fruitiers", purpose="Planter")
    await requests.choose(lea, {"not_following": "filter", "not_followers": "filter"})
    # That somebody founded it says nothing to her yet: anybody may.
    assert await becomes(lea, noor, community_id=place.id) == policy.FILTER
    await communities.join(lea.actor, place)
    assert await becomes(lea, noor) == policy.ACCEPT and await becomes(lea, tom, community_id=place.id) == policy.FILTER
    await communities.join(tom, place)
    assert await becomes(lea, tom, "follow", root_id=None, post_id=None) == policy.ACCEPT
    await communities.leave(tom, place)
    assert await becomes(lea, tom, "reply", community_id=place.id) == policy.FILTER


async def test_who_is_in_charge_is_never_set_aside(lea: Account) -> None:
    admin, tom = (await make_member("ines", role="moderator")).actor, (await make_member("tom")).actor
    place = await communities.found(tom, title="Fruitiers", name="fruitiers", purpose="Planter")
    await requests.choose(lea, dict.fromkeys(policy.QUESTIONS, "drop"))
    assert await becomes(lea, admin) == policy.ACCEPT
    assert await becomes(lea, tom, community_id=place.id) == policy.DROP  # president of what she is not in
    await communities.join(lea.actor, place)
    assert await becomes(lea, tom, community_id=place.id) == policy.ACCEPT  # new here, and president of hers
    assert await becomes(lea, tom) == policy.DROP  # not said there
    await Account.filter(actor_id=admin.id).update(suspended_at=clocks.now())
    assert await becomes(lea, admin) == policy.DROP


async def test_in_a_community_elsewhere_all_are_known_who_write_there(lea: Account) -> None:
    gus, group = await old("gus"), await make_stranger("verger", kind="Group")
    place = await Community.create(actor=group, created_at=clocks.now())
    await requests.choose(lea, {"not_following": "filter"})
    assert await becomes(lea, gus, community_id=place.id) == policy.FILTER
    await Membership.create(community=place, actor=lea.actor, state="active", created_at=clocks.now())
    assert await becomes(lea, gus, community_id=place.id) == policy.ACCEPT
    assert await becomes(lea, gus) == policy.FILTER


async def test_being_named_where_not_everybody_reads(lea: Account) -> None:
    gus, closed = await old("gus"), {"closed": True}
    tom = (await make_member("tom")).actor
    place = await communities.found(lea.actor, title="Fruitiers", name="fruitiers", purpose="Planter")
    mine = await discussions.write(lea.actor, place, kind="question", title="Quelle toile ?", source="Le gel.")
    await requests.choose(lea, {"private_mentions": "filter"})
    assert await becomes(lea, gus, detail=closed) == policy.FILTER
    assert await becomes(lea, gus) == policy.ACCEPT  # everybody reads it
    assert await becomes(lea, gus, "reply", detail=closed) == policy.ACCEPT  # not named
    assert await becomes(lea, gus, detail=closed, root_id=mine.id, post_id=mine.id) == policy.ACCEPT  # she wrote in it
    await communities.join(tom, place)
    assert await becomes(lea, tom, detail=closed) == policy.ACCEPT


async def test_what_communities_and_moderators_say_comes_always(lea: Account) -> None:
    gus = await old("gus")
    await requests.choose(lea, dict.fromkeys(policy.QUESTIONS, "drop"))
    for kind in topics.BY_KIND:
        expected = policy.DROP if kind in policy.FILTERABLE else policy.ACCEPT
        assert await becomes(lea, gus, kind) == expected, kind
    made = await service.notify(lea.actor_id, "mention", unique_key="nobody", root_id=7)
    assert made is not None and not made.filtered  # of who took their name from it nothing is known


async def test_what_is_set_aside_is_not_read_counted_mailed_or_pushed(
    site: Site, lea: Account, clock: StandingClock
) -> None:
    gus, ada = await here("gus"), await here("ada")
    await follow(lea.actor, ada)
    await requests.choose(lea, {"not_following": "filter"})
    site.mailer.sent.clear()
    hidden, shown = [await tell(lea, one, "reply", post_id=None) for one in (gus, ada)]
    assert hidden is not None and shown is not None
    await service.choose(lea, {"quote": topics.SOON, "reaction": topics.DIGEST})
    for kind in ("quote", "reaction"):
        await tell(lea, gus, kind, post_id=None)
    clock.advance(hours=3)
    await site.runner.settle()
    (letter,) = site.mailer.sent
    assert "ada" in letter.text and "gus" not in letter.text
    assert await queries.count_unread(lea, list(topics.BY_KIND)) == 1
    assert [one.id for one in await queries.latest(lea)] == [shown.id]
    assert [one.id for one in await queries.page(lea, ["reply"], limit=9)] == [shown.id]
    assert [one.id for one in await queries.first_unread(lea, ["reply"], 9)] == [shown.id]
    assert await queries.waiting(lea, topics.DIGEST, clocks.now() - timedelta(days=1)) == []
    assert await queries.waits(lea)
    await service.mark_all_read(lea)
    await service.saw_up_to(lea, ["reply"], hidden.id + 10_000)
    await service.saw_thread(lea, 7)
    await service.put_away(lea, ["reply"])
    aside = await Notification.filter(filtered=True).order_by("id")
    assert [one.kind for one in aside] == ["reply", "quote", "reaction"] and all(one.read_at is None for one in aside)
    (waiting,) = await requests.page(lea)
    assert (waiting.from_actor_id, waiting.count, waiting.newest_id) == (gus.id, 3, aside[-1].id)
    assert await requests.summary(lea) == requests.Summary(1, 3)


async def test_a_request_is_accepted_and_what_waited_comes_in(
    site: Site, lea: Account, signalled: list[Signal]
) -> None:
    gus, ada = await here("gus"), await here("ada")
    await requests.choose(lea, {"not_following": "filter"})
    made = [await tell(lea, one) for one in (gus, ada, gus)]
    site.mailer.sent.clear()
    of_ada, of_gus = await requests.page(lea)
    assert [one.from_actor_id for one in (of_ada, of_gus)] == [ada.id, gus.id]
    assert await requests.page(lea, below=of_ada.id) == [of_gus] == await requests.page(lea, right_above=0, limit=1)
    assert await requests.page(lea, above=of_gus.id) == [of_ada]
    tom = await make_member("tom")
    with pytest.raises(NotFound):
        await requests.one(tom, of_gus.id)
    await requests.accept(tom, [of_gus.id])
    assert await requests.one(lea, of_gus.id) == of_gus
    await requests.accept(lea, [of_gus.id, 12])
    await site.runner.settle()
    assert [one.kind for one in signalled if one.kind in ("noted", "merged")] == ["merged"] and not site.mailer.sent
    assert [one.id for one in await queries.latest(lea)] == [made[2].id, made[0].id]  # type: ignore[union-attr]
    assert await requests.page(lea) == [of_ada] and await becomes(lea, gus) == policy.ACCEPT
    with pytest.raises(NotFound):
        await requests.one(lea, of_gus.id)
    told = dict([one async for one in exporting.told(lea.actor_id)])
    assert told["notifications_accepted_from.json"] == [{"uri": gus.uri}]
    assert [one.get("set_aside", False) for one in told["notifications.json"]] == [False, True, False, False]


async def test_a_request_is_dismissed_and_what_comes_later_waits_again(lea: Account) -> None:
    gus = await old("gus")
    await requests.choose(lea, {"not_following": "filter"})
    await tell(lea, gus)
    (waiting,) = await requests.page(lea)
    await requests.dismiss(lea, [waiting.id])
    assert not await Notification.all().count() and await requests.page(lea) == []
    assert await becomes(lea, gus) == policy.FILTER and len(await requests.page(lea)) == 1


async def test_a_block_ends_a_request_and_what_was_accepted(site: Site, lea: Account) -> None:
    gus, ada = await here("gus"), await here("ada")
    await requests.choose(lea, {"not_following": "filter"})
    for one in (gus, ada):
        await tell(lea, one)
    of_ada, _of_gus = await requests.page(lea)
    await requests.accept(lea, [of_ada.id])
    for one in (gus, ada):
        await people.block(lea.actor, one)
    await site.runner.settle()
    assert not await NotificationRequest.all().count() and not await Notification.all().count()
    await people.unblock(lea.actor, ada)
    assert await becomes(lea, ada) == policy.FILTER


async def test_who_is_muted_gone_or_took_their_name_away_does_not_wait(lea: Account) -> None:
    gus, ada, bea = await old("gus"), await old("ada"), await old("bea")
    await requests.choose(lea, {"not_following": "filter"})
    for one in (gus, ada, bea):
        await tell(lea, one, community_id=3)
    await people.mute(lea.actor, gus, notifications=False)
    await Actor.filter(id=ada.id).update(gone_at=clocks.now())
    assert [one.from_actor_id for one in await requests.page(lea)] == [bea.id]
    await service.forget_name(bea.id, 3)
    assert await requests.page(lea) == [] and await requests.summary(lea) == requests.Summary()


async def test_what_waits_for_half_a_year_goes(lea: Account, clock: StandingClock) -> None:
    gus, ada = await old("gus"), await old("ada")
    await requests.choose(lea, {"not_following": "filter"})
    for one in (gus, ada):
        await tell(lea, one)
    await requests.accept(lea, [(await requests.page(lea))[0].id])
    await Notification.filter(from_actor_id=ada.id).delete()
    clock.advance(days=service.KEPT.days + 1)
    await service.prune()
    assert not await Notification.all().count()
    assert [one.from_actor_id for one in await NotificationRequest.all()] == [ada.id]


async def test_only_known_answers_are_kept(lea: Account) -> None:
    for wrong in ({"not_following": "maybe"}, {"nobody": "drop"}):
        with pytest.raises(Invalid):
            await requests.choose(lea, wrong)
    await requests.choose(lea, {"bots": "accept"})
    assert policy.KEY not in lea.preferences  # nothing is chosen by that
    await requests.choose(lea, {"bots": "drop", "not_following": "filter"})
    await requests.choose(lea, {"bots": "accept"})
    fresh = await Account.get(id=lea.id)
    assert policy.answers(fresh.preferences) == policy.DEFAULTS | {"not_following": "filter"}
    for damaged in (["x"], {"bots": ["x"]}, {"bots": "maybe"}):
        assert policy.answers({policy.KEY: damaged}) == policy.DEFAULTS


async def test_nothing_stays_aside_of_who_is_accepted_at_the_same_moment(lea: Account) -> None:
    gus = await old("gus")
    await requests.choose(lea, {"not_following": "filter"})
    for _ in range(12):
        await tell(lea, gus)
        (waiting,) = await requests.page(lea)
        await asyncio.gather(tell(lea, gus), requests.accept(lea, [waiting.id]), tell(lea, gus))
        assert not await Notification.filter(filtered=True).count()
        await NotificationRequest.all().delete()
    assert await Notification.all().count() == 36


async def test_of_one_person_so_much_waits_and_no_more(lea: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    gus, ada = await old("gus"), await old("ada")
    await requests.choose(lea, {"not_following": "filter"})
    monkeypatch.setattr(requests, "MOST", 2)
    assert [await becomes(lea, gus) for _ in range(3)] == [policy.FILTER, policy.FILTER, policy.DROP]
    assert await becomes(lea, ada) == policy.FILTER
    assert await requests.summary(lea) == requests.Summary(2, 3)


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT kind, COUNT(*) FROM notification WHERE account_id = 1 AND read_at IS NULL AND NOT filtered GROUP BY kind, root_id, community_id, from_actor_id", "idx_notification_unread"),
        ("SELECT 1 FROM notification WHERE account_id = 1 AND filtered", "idx_notification_filtered"),
    ],
)  # fmt: skip
async def test_what_waits_is_not_looked_at_to_count_what_is_new(site: Site, statement: str, index: str) -> None:
    if dialect() == "postgres":
        pytest.skip("PostgreSQL chooses by how much there is")
    assert index in str(await rows(f"EXPLAIN QUERY PLAN {statement}"))


async def test_an_expert_is_no_more_than_a_member(lea: Account) -> None:
    tom, noor = (await make_member("tom")).actor, (await make_member("noor")).actor
    place = await communities.found(noor, title="Fruitiers", name="fruitiers", purpose="Planter")
    for one in (lea.actor, tom):
        await communities.join(one, place)
    await mandates.appoint(noor, place, tom, role="expert", field="le gel")
    await requests.choose(lea, {"new_accounts": "drop"})
    assert await becomes(lea, tom, community_id=place.id) == policy.DROP

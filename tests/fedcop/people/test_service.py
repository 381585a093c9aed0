"""Following, blocking, muting, profiles: the rules, and what other servers are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from fedcop.core import asked
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.site import Site
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity
from fedcop.people import queries, rules, service
from tests.rig.people import make_member, make_stranger
from tests.rig.queries import counted


async def sent(site: Site) -> list[dict]:
    """What was put into mailboxes, after all jobs have run."""
    await site.runner.settle()
    return [orjson.loads(bytes(row.body)) for row in await OutgoingActivity.all().order_by("id")]


async def test_a_follow_among_ours_holds_at_once_and_nothing_is_sent(site: Site) -> None:
    lea, sam = (await make_member("lea")).actor, (await make_member("sam")).actor
    follow = await service.follow(lea, sam)
    assert follow.state == "accepted"
    assert (await service.follow(lea, sam)).id == follow.id
    assert await queries.is_following(lea, sam)
    assert await sent(site) == []


async def test_who_approves_followers_is_asked(site: Site) -> None:
    lea, sam = (await make_member("lea")).actor, (await make_member("sam", approves_followers=True)).actor
    follow = await service.follow(lea, sam)
    assert follow.state == "asked"
    assert [row.actor.id for row in await queries.followers(sam, state="asked")] == [lea.id]
    with pytest.raises(Forbidden):
        await service.accept_follow(lea, follow)
    await service.accept_follow(sam, follow)
    assert await queries.count_followers(sam) == 1


async def test_a_follow_of_a_stranger_waits_for_the_answer(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    follow = await service.follow(lea, gus)
    assert follow.state == "asked"
    (activity,) = await sent(site)
    assert (activity["type"], activity["id"], activity["object"]) == ("Follow", follow.uri, gus.uri)
    assert (await Destination.all())[0].inbox == gus.inbox
    assert activity["proof"]["verificationMethod"] == lea.uri + "#ed25519-key"
    await service.unfollow(lea, gus)
    undo = (await sent(site))[-1]
    assert (undo["type"], undo["object"]["id"], undo["object"]["object"]) == ("Undo", follow.uri, gus.uri)


async def test_a_strangers_follow_is_answered_each_time(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    await service.record_follow(gus, lea, "https://ailleurs.example/follow/1")
    await service.record_follow(gus, lea, "https://ailleurs.example/follow/2")
    first, second = await sent(site)
    assert [first["type"], second["type"]] == ["Accept", "Accept"]
    assert second["object"] == {
        "id": "https://ailleurs.example/follow/2",
        "type": "Follow",
        "actor": gus.uri,
        "object": lea.uri,
    }
    assert await queries.count_followers(lea) == 1


async def test_removing_a_follower_rejects_the_follow(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    follow = await service.record_follow(gus, lea, "https://ailleurs.example/follow/1")
    await service.reject_follow(lea, follow)
    assert [activity["type"] for activity in await sent(site)][-1] == "Reject"
    assert await queries.count_followers(lea) == 0


async def test_nobody_follows_themselves_or_a_server(site: Site) -> None:
    lea, box = (await make_member("lea")).actor, await make_stranger("robot", kind="Application")
    for target in (lea, box):
        with pytest.raises(Forbidden):
            await service.follow(lea, target)


async def test_a_block_ends_follows_both_ways_and_closes_the_door(site: Site) -> None:
    lea, sam = (await make_member("lea")).actor, (await make_member("sam")).actor
    await service.follow(lea, sam)
    await service.follow(sam, lea)
    await service.block(lea, sam)
    assert await queries.count_followers(lea) == await queries.count_followers(sam) == 0
    with pytest.raises(NotFound):  # it is not said that Léa blocked
        await service.follow(sam, lea)
    with pytest.raises(Forbidden):
        await service.follow(lea, sam)
    with pytest.raises(NotFound):
        await queries.visible_person(sam, "lea")
    assert await queries.hidden_among(sam, [lea.id, sam.id]) == {lea.id}
    await service.unblock(lea, sam)
    assert (await service.follow(sam, lea)).state == "accepted"


async def test_a_block_of_a_stranger_is_told_and_taken_back(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    await service.record_follow(gus, lea, "https://ailleurs.example/follow/1")
    block = await service.block(lea, gus)
    await service.unblock(lea, gus)
    told = await sent(site)
    assert sorted(activity["type"] for activity in told) == ["Accept", "Block", "Reject", "Undo"] or sorted(
        activity["type"] for activity in told
    ) == ["Reject", "Undo"]
    undo = next(activity for activity in told if activity["type"] == "Undo")
    assert undo["object"]["id"] == block.uri


async def test_a_mute_is_known_to_nobody_and_ends_when_it_was_said_to(site: Site, clock: Any) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    await service.mute(lea, gus)
    await service.mute(lea, gus)
    assert await queries.hidden_among(lea, [lea.id, gus.id]) == {gus.id}
    assert (await queries.relationship(lea, gus)).muting
    await service.unmute(lea, gus)
    assert await queries.hidden_among(lea, [lea.id, gus.id]) == set()
    for lasting in (timedelta(hours=1), timedelta(hours=2)):
        await service.mute(lea, gus, lasting=lasting)
    hidden = []
    for _hour in range(2):
        clock.advance(3600)
        await site.runner.settle()
        asked.forget()
        hidden.append(await queries.hidden_among(lea, [lea.id, gus.id]))
    assert hidden == [{gus.id}, set()]
    assert await sent(site) == []


async def test_a_new_profile_reaches_those_who_follow(site: Site) -> None:
    lea, gus = (await make_member("lea")).actor, await make_stranger()
    await service.record_follow(gus, lea, "https://ailleurs.example/follow/1")
    await service.change_profile(
        lea,
        display_name="Léa  Roy",
        profession="Agronome",
        languages=["en", "fr"],
        summary_source="Des **sols** vivants.",
        links=[{"name": "Site", "value": "lea.example"}, {"name": "", "value": ""}],
    )
    update = next(activity for activity in await sent(site) if activity["type"] == "Update")
    person = update["object"]
    assert (update["type"], person["name"], person["fc:profession"]) == ("Update", "Léa Roy", "Agronome")
    assert person["summary"].strip() == "<p>Des <strong>sols</strong> vivants.</p>"
    assert [field["name"] for field in person["attachment"]] == ["Profession", "Site"]
    assert lea.languages == "fr,en"
    before = await OutgoingActivity.all().count()
    await service.change_profile(lea, profession="Agronome")  # nothing new
    await site.runner.settle()
    assert await OutgoingActivity.all().count() == before
    assert await MailboxEntry.all().count() == 2


async def test_a_profile_is_checked_field_by_field(site: Site) -> None:
    lea = (await make_member("lea")).actor
    with pytest.raises(Invalid) as caught:
        await service.change_profile(
            lea, profession="x" * 151, summary_source="y" * 5001, links=[{"name": "", "value": "javascript:alert(1)"}]
        )
    assert set(caught.value.errors) == {"profession", "summary_source", "link_0"}
    with pytest.raises(Invalid) as caught:
        await service.change_profile(lea, links=[{"name": "", "value": "https://[x"}])
    assert set(caught.value.errors) == {"link_0"}
    with pytest.raises(Invalid) as caught:  # all that the page offers do not fit into what is kept
        await service.change_profile(lea, languages=rules.LANGUAGES)
    assert set(caught.value.errors) == {"languages"}
    longest = sorted(rules.LANGUAGES, key=len)[-rules.MOST_LANGUAGES :]
    await service.change_profile(lea, languages=longest)
    assert sorted(lea.languages.split(",")) == sorted(longest)


async def test_lists_take_the_same_queries_for_one_and_for_many(site: Site) -> None:
    lea = (await make_member("lea")).actor
    numbers = []
    for count in (1, 12):
        for n in range(count):
            await service.record_follow(
                await make_stranger(f"p{count}_{n}"), lea, f"https://ailleurs.example/f/{count}/{n}"
            )
        with counted() as statements:
            rows = await queries.followers(lea)
            await queries.relationships(lea, [row.actor.id for row in rows])
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 4


async def test_the_directory_finds_by_every_word_and_only_the_willing(site: Site) -> None:
    await make_member("lea", profession="Agronome", region="Bas-Saint-Laurent")
    await make_member("sam", profession="Agronome", region="Estrie")
    await make_member("hind", profession="Agronome", region="Estrie", discoverable=False)
    viewer = (await make_member("vic")).actor
    found = await queries.directory(viewer, words="agronome estrie")
    assert [actor.name for actor in found] == ["sam"]


async def test_websites_that_may_name_somebody_are_names(site: Site) -> None:
    lea = (await make_member("lea")).actor
    await service.change_profile(
        lea, attribution_domains=["", " Journal.example ", "https://revue.example/", "été.example"]
    )
    assert lea.attribution_domains == "journal.example\nrevue.example\nxn--t-9fab.example"
    for wrong in (
        ["a b"],
        ["local"],
        ["x" * 64 + ".example"],
        ["..example"],
        ["revue.example/une"],
        [f"{n}.example" for n in range(101)],
    ):
        with pytest.raises(Invalid) as refused:
            await service.change_profile(lea, attribution_domains=wrong)
        assert list(refused.value.errors) == ["attribution_domains"]
    await service.change_profile(lea, attribution_domains=[])
    assert lea.attribution_domains == ""

"""Audience: what is not for somebody is as absent as what is not there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fedcop.actors.models import Actor
from fedcop.alliances.models import Alliance
from fedcop.communities import access, queries, records, rules, service
from fedcop.communities.admission import settled
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.core.errors import NotFound
from fedcop.core.site import Site
from fedcop.federation.models import Server
from tests.rig.people import make_stranger
from tests.rig.queries import counted


@dataclass
class Thing:
    audience: str
    community_id: int | None = None
    author_id: int | None = None
    organisation: str = ""


async def agree(host: str) -> None:
    """An agreement with another organisation holds."""
    moment = clock.now()
    await Alliance.create(
        uri=f"https://{host}/activities/1", host=host, ours=False, state="active", from_at=moment, created_at=moment,
        signed_by="A.", data_at="B.",
    )  # fmt: skip


async def private(founder: Actor, **fields: str) -> Community:
    return await service.found(
        founder, **{"title": "Entre nous", "purpose": "Se parler.", "visibility": "private", **fields}
    )


async def test_public_is_for_everybody_and_me_for_me(ana: Actor, ben: Actor) -> None:
    assert await access.may_see(None, Thing("public"))
    draft = Thing("me", author_id=ana.id)
    assert await access.may_see(ana, draft)
    assert not await access.may_see(ben, draft)
    assert not await access.may_see(None, draft)


async def test_a_private_community_is_read_by_active_members(ana: Actor, ben: Actor) -> None:
    community = await private(ana, join_policy="request")
    post = Thing("community", community.id, ana.id)
    assert await access.may_see(ana, post)
    assert not await access.may_see(ben, post) and not await access.may_see(None, post)
    asked = await service.join(ben, community)
    assert not await access.may_see(ben, post)
    await service.admit(ana, asked)
    assert await access.may_see(ben, post)
    await service.leave(ben, community)
    assert not await access.may_see(ben, post)


async def test_machines_read_for_a_server_with_members(ana: Actor) -> None:
    community = await private(ana)
    post = Thing("community", community.id, ana.id)
    member = await make_stranger("mia", "coop.example")
    other = await make_stranger("eve", "coop.example")
    machine = await make_stranger("coop.example", "coop.example", kind="Application", uri="https://coop.example/actor")
    stranger = await make_stranger("x", "evil.example", kind="Application")
    assert not await access.may_see(machine, post)
    await service.join(member, community)
    assert await access.may_see(member, post) and await access.may_see(machine, post)
    assert not await access.may_see(other, post) and not await access.may_see(stranger, post)
    assert await access.reading_hosts(community) == {"coop.example"}
    await settled.record_leave(await queries.by_id(community.id), member)
    assert not await access.may_see(machine, post)
    assert await access.reading_hosts(community) == set()


async def test_the_server_of_a_remote_community_reads_our_members_words(ana: Actor) -> None:
    group = await make_stranger("sols", "coop.example", kind="Group")
    community = await records.record_remote(group, visibility="private")
    post = Thing("community", community.id, ana.id)
    machine = await make_stranger("m", "coop.example", kind="Application", uri="https://coop.example/actor")
    person = await make_stranger("p", "coop.example")
    other = await make_stranger("o", "other.example", kind="Application")
    assert await access.may_see(group, post) and await access.may_see(machine, post)
    assert not await access.may_see(person, post) and not await access.may_see(other, post)


async def test_the_sql_condition_agrees_with_the_function(ana: Actor, ben: Actor) -> None:
    community = await private(ana)
    things = [
        Thing("public"),
        Thing("community", community.id, ana.id),
        Thing("me", None, ben.id),
        Thing("community", 12, ana.id),
        *(
            Thing(audience, number, ana.id, host)
            for audience in ("organisation", "allies", "unheard-of")
            for number in (community.id, 12)
            for host in ("", ana.host, "coop.example", "ally.example", "friend.example")
        ),
    ]
    await agree("ally.example")
    ally = await make_stranger("zoe", "ally.example")
    machine = await make_stranger("coop.example", "coop.example", kind="Application", uri="https://coop.example/actor")
    await service.join(await make_stranger("mia", "coop.example"), community)
    table = " UNION ALL ".join(
        f"SELECT {n} AS n, '{t.audience}' AS audience, {t.community_id or 0} AS community_id, {t.author_id or 0} AS author_id, '{t.organisation}' AS organisation"
        for n, t in enumerate(things)
    )
    for actor in (None, ana, ben, machine, ally):
        condition, params = access.visible_sql("t", actor)
        seen = {row["n"] for row in await rows(f"SELECT n FROM ({table}) AS t WHERE {condition}", *params)}
        assert seen == {n for n, thing in enumerate(things) if await access.may_see(actor, thing)}


async def test_each_step_of_the_ladder_is_read_by_more(ana: Actor, ben: Actor) -> None:
    community = await private(ana)
    mia, zoe = await make_stranger("mia", "coop.example"), await make_stranger("zoe", "ally.example")
    eve = await make_stranger("eve", "evil.example")
    await service.join(mia, community)
    await agree("ally.example")
    people = {"ana": ana, "mia": mia, "ben": ben, "zoe": zoe, "eve": eve, "nobody": None}
    seen = {}
    for audience in (*access.LADDER, "unheard-of"):
        thing = Thing(audience, community.id, ana.id, ana.host)
        seen[audience] = " ".join([name for name, one in people.items() if await access.may_see(one, thing)])
    assert seen == {
        "me": "ana",
        "community": "ana mia",
        "organisation": "ana mia ben",
        "allies": "ana mia ben zoe",
        "public": "ana mia ben zoe eve nobody",
        "unheard-of": "",
    }
    of_another = Thing("allies", community.id, mia.id, "coop.example")
    assert not await access.may_see(zoe, of_another), "who is allied with a third organisation is for that one to say"
    assert not await access.may_see(ben, of_another)
    await agree("coop.example")
    assert await access.may_see(ben, of_another)
    assert await access.host_may_have("ally.example", Thing("allies", community.id, ana.id, ana.host))
    assert not await access.host_may_have("ally.example", Thing("organisation", community.id, ana.id, ana.host))
    await Alliance.all().update(until_at=clock.now())
    assert not await access.may_see(ben, of_another)
    assert not await access.host_may_have("ally.example", Thing("allies", community.id, ana.id, ana.host))


async def test_a_public_community_keeps_things_among_fedcops(ana: Actor) -> None:
    community = await private(ana, visibility="public")
    thing = Thing("community", community.id, ana.id, ana.host)
    for host, software in (("coop.example", "fedcop"), ("old.example", "lemmy")):
        await service.join(await make_stranger("mia", host), community)
        await Server.create(host=host, software=software, created_at=clock.now())
        machine = await make_stranger("m", host, kind="Application", uri=f"https://{host}/actor")
        assert await access.host_may_have(host, thing) == await access.may_see(machine, thing) == (software == "fedcop")


async def test_a_hidden_community_is_as_absent_as_none(ana: Actor, ben: Actor) -> None:
    hidden = await private(ana, join_policy="invitation")
    name = hidden.actor.name
    for actor in (None, ben):
        with pytest.raises(NotFound) as there:
            await queries.visible_community(actor, name)
        with pytest.raises(NotFound) as absent:
            await queries.visible_community(actor, "no_such_name")
        assert there.value.text == absent.value.text
        assert hidden.id not in [one.id for one in (await queries.find(actor)).communities]
    with pytest.raises(NotFound):
        await service.join(ben, hidden)
    await service.invite(ana, hidden, ben)
    assert (await queries.visible_community(ben, name)).id == hidden.id
    assert not await access.may_read(ben, hidden)


async def test_the_server_of_an_invited_person_may_know_the_group(ana: Actor) -> None:
    hidden = await private(ana, join_policy="invitation")
    machine = await make_stranger("m", "coop.example", kind="Application", uri="https://coop.example/actor")
    assert not await access.may_find(machine, hidden)
    await service.invite(ana, hidden, await make_stranger("mia", "coop.example"))
    assert await access.may_find(machine, hidden)


async def test_writing_in_what_one_may_not_read_finds_nothing(ana: Actor, ben: Actor) -> None:
    community = await private(ana)
    for call in (
        rules.may_publish(ben, community),
        rules.may_reply(ben, community, None),
        rules.may_react(ben, community),
    ):
        with pytest.raises(NotFound):
            await call


async def test_lists_take_the_same_number_of_statements_whatever_their_length(site: Site, ana: Actor) -> None:
    for number in range(3):
        await service.found(ana, title=f"Groupe {number}", purpose="Essai.")
    await queries.find(ana)  # reads what was decided about servers, once
    with counted() as few:
        found = await queries.find(ana)
        await queries.memberships(ana, found.communities)
    for number in range(3, 12):
        await service.found(ana, title=f"Groupe {number}", purpose="Essai.")
    with counted() as many:
        found = await queries.find(ana)
        await queries.memberships(ana, found.communities)
    assert len(few) == len(many) <= 4


async def test_finding_pages_through_all_by_words_and_place(ana: Actor) -> None:
    for number in range(25):
        await records.record_remote(
            await make_stranger(f"g{number}", "coop.example", kind="Group"), purpose="Potagers", members_count=number
        )
    mine = await service.found(ana, title="Ici", purpose="Tout près.")
    seen: list[int] = []
    after = ""
    while True:
        page = await queries.find(ana, words="potagers", after=after)
        seen += [one.id for one in page.communities]
        if page.after is None:
            break
        after = page.after
    assert len(seen) == len(set(seen)) == 25
    assert [one.id for one in (await queries.find(None, where="here")).communities] == [mine.id]

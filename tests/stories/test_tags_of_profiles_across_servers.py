"""Tags on profiles travel as Mastodon has them: listed, added, removed; nobody changes those of somebody else."""

from __future__ import annotations

import json

import pytest

from fedcop.actors import queries as actors
from fedcop.actors import service as actor_service
from fedcop.actors.models import Actor
from fedcop.core.site import Site
from fedcop.federation.fetching import remote_actors
from fedcop.people import service as people
from fedcop.profiles import departures, queries, service
from tests.rig.fakeserver import Stranger
from tests.rig.golden import Golden
from tests.rig.manners import MASTODON
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

A, B = "https://coop.example", "https://vallee.example"
LIA = "https://ailleurs.example/users/lia"


@pytest.fixture
async def home(world: World) -> Site:
    """A fedcop with Ana on it."""
    site = await world.fedcop(A)
    await make_member("ana")
    return site


async def ana() -> Actor:
    found = await actors.local_by_name("ana")
    assert found is not None
    return found


async def names(who: Stranger | Actor) -> list[str]:
    """The tags that are known of somebody."""
    found = await actors.by_uri(who.uri)
    return [one.tag for one in await queries.tags_of(found)] if found is not None else []


async def lia_followed(world: World, tags: list[object], **properties: object) -> Stranger:
    """Lia, who shows some tags, and whom Ana follows."""
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    listed = f"{lia.uri}/collections/tags"
    lia.properties |= {"featured": f"{lia.uri}/collections/featured", "featuredTags": listed, **properties}
    lia.publish()
    context = "https://www.w3.org/ns/activitystreams"
    lia.server.put(listed, {"@context": context, "id": listed, "type": "Collection", "totalItems": 1, "items": tags})
    await lia.follows((await ana()).uri, (await ana()).inbox)
    await world.settle()
    known = await actors.by_uri(lia.uri)
    assert known is not None and await names(lia) == []  # nobody here asked for her yet
    await people.follow(await ana(), known)
    await world.settle()
    await lia.accepts(lia.server.took("Follow")[0], (await ana()).inbox)
    await world.settle()
    return lia


def hashtag(name: str) -> dict[str, str]:
    return {"type": "Hashtag", "href": f"{LIA}/tagged/x", "name": name}


async def test_ours_are_listed_and_told(world: World, home: Site, golden: Golden) -> None:
    lia = await world.stranger("lia@ailleurs.example", MASTODON)
    await lia.follows((await ana()).uri, (await ana()).inbox)
    await world.settle()
    await service.show_tag(await ana(), "Été")
    await service.show_tag(await ana(), "gel")
    await service.hide_tag(await ana(), "gel")
    await world.settle()
    added, removed = lia.server.took("Add"), lia.server.took("Remove")
    assert [one["object"]["name"] for one in added] == ["#été", "#gel"] and len(removed) == 1
    golden("activities/add_hashtag", {name: value for name, value in added[0].items() if name not in ("id", "proof")})
    assert (removed[0]["object"]["name"], removed[0]["target"]) == ("#gel", f"{A}/u/ana/featured")
    document = json.loads((await world.get(f"{A}/u/ana")).body)
    listed = json.loads((await world.get(document["featuredTags"])).body)
    assert (listed["type"], listed["totalItems"], listed["items"]) == ("Collection", 1, [added[0]["object"]])
    assert (await world.get(f"{A}/u/nobody/tags")).status == 404


async def test_theirs_are_read_when_one_of_ours_follows(world: World, home: Site) -> None:
    many = [hashtag(f"#t{number}") for number in range(30)]
    lia = await lia_followed(
        world, [hashtag("#Gel"), "x", {"type": "Note", "name": "#non"}, {"type": "Hashtag"}, *many]
    )
    assert (await names(lia))[:2] == ["gel", "t0"] and len(await names(lia)) == 10
    page = (await world.get(f"{A}/u/lia@ailleurs.example", accept="text/html")).body.decode()
    assert "#gel" in page
    lia.properties["featuredTags"] = "https://ailleurs.example/none"
    await lia.updates(lia.document, (await ana()).inbox)
    lia.publish()
    await lia.updates(lia.document, (await ana()).inbox)
    await world.settle()
    assert len(await names(lia)) == 10  # what cannot be had changes nothing
    known = await actors.by_uri(lia.uri)
    assert known is not None
    await actor_service.mark_gone(known)
    await world.settle()
    assert await names(lia) == []


async def test_they_are_added_and_removed_one_by_one(world: World, home: Site) -> None:
    lia = await lia_followed(world, [])
    inbox, own = (await ana()).inbox, f"{lia.uri}/collections/featured"
    await lia.sends(lia.activity("Add", hashtag("#Lin"), target=own), inbox)
    await lia.sends(lia.activity("Add", hashtag("#Gel"), target=own), inbox)
    await lia.sends(lia.activity("Remove", hashtag("#Lin"), target=own), inbox)
    await world.settle()
    assert await names(lia) == ["gel"]
    await lia.sends(lia.activity("Add", hashtag("#a"), target=f"{A}/u/ana/featured"), inbox)
    eve = await world.stranger("eve@mal.example", MASTODON)
    await eve.sends(eve.activity("Add", hashtag("#b"), target=own), inbox)
    await eve.sends(eve.activity("Remove", hashtag("#Gel"), target=own), inbox)
    await world.settle()
    assert await names(lia) == ["gel"] and await names(eve) == [] and await names(await ana()) == []
    assert [outcome for outcome, _reason in await outcomes(home)][-3:] == ["ignored"] * 3


async def test_another_fedcop_shows_them(world: World, home: Site) -> None:
    away = await world.fedcop(B)
    async with home.entered():
        await service.show_tag(await ana(), "gel")
    async with away.entered():
        bob = (await make_member("bob")).actor

        await people.follow(bob, await remote_actors.refresh(f"{A}/u/ana"))
    await world.settle()
    async with away.entered():
        seen = await actors.by_uri(f"{A}/u/ana")
        assert seen is not None and [one.tag for one in await queries.tags_of(seen)] == ["gel"]
    async with home.entered():
        await service.show_tag(await ana(), "lin")
        await people.follow(await ana(), (await make_member("tom")).actor)
        await service.recommend(await ana(), await actors.local_by_name("tom"))
        [(name, said)] = [part async for part in departures.shown_by((await ana()).id)]
        assert name == "shown_on_profile.json" and [one["tag"] for one in said["tags"]] == ["gel", "lin"]
        assert [one["who"] for one in said["recommended"]] == [f"{A}/u/tom"]
    await world.settle()
    async with away.entered():
        assert seen is not None and [one.tag for one in await queries.tags_of(seen)] == ["gel", "lin"]

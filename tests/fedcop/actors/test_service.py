"""Actors of ours and of strangers: one namespace for ever, keys that nobody takes over."""

from __future__ import annotations

import pytest

from fedcop.actors import queries, service
from fedcop.actors.keys import make_pairs
from fedcop.actors.models import Actor, ActorKey
from fedcop.core.errors import Conflict, Invalid
from fedcop.core.site import Site
from tests.rig.people import make_stranger


async def test_a_local_actor_has_addresses_and_two_keys(site: Site) -> None:
    lea = await service.create_local("Person", "@Lea", display_name="Léa")
    assert (lea.uri, lea.inbox) == ("https://atelier.example/u/lea", "https://atelier.example/u/lea/inbox")
    assert {key.key_id for key in await queries.keys_of(lea)} == {lea.uri + "#main-key", lea.uri + "#ed25519-key"}
    assert (await queries.private_key(lea, "rsa")).private.startswith("-----BEGIN PRIVATE KEY-----")


async def test_people_and_communities_share_one_namespace_and_the_dead_keep_their_names(site: Site) -> None:  # I13
    soil = await service.create_local("Group", "sols")
    assert soil.uri == "https://atelier.example/c/sols"
    assert soil.moderators_uri == soil.uri + "/moderators"
    with pytest.raises(Conflict):
        await service.create_local("Person", "SOLS")
    await service.mark_gone(soil)
    with pytest.raises(Conflict):
        await service.create_local("Person", "sols")


@pytest.mark.parametrize("name", ["a", "admin", "léa", "a b", "x" * 41, "../etc", "lea@x", ""])
async def test_names_that_nobody_may_bear(site: Site, name: str) -> None:  # I13
    with pytest.raises(Invalid) as caught:
        await service.create_local("Person", name)
    assert "name" in caught.value.errors


async def test_pairs_made_before_are_used(site: Site) -> None:
    pairs = await make_pairs()
    lea = await service.create_local("Person", "lea", pairs=pairs)
    assert (await queries.private_key(lea, "ed25519")).private == pairs[1].private


async def test_the_instance_actor_is_made_once(site: Site) -> None:
    first, second = await service.instance_actor(), await service.instance_actor()
    assert first.id == second.id
    assert (first.uri, first.name, first.kind) == ("https://atelier.example/actor", "atelier.example", "Application")


async def test_a_stranger_is_remembered_and_updated_with_its_keys(site: Site) -> None:
    gus = await make_stranger("gus", display_name="Gus", icon_url="https://ailleurs.example/1.png")
    again = await make_stranger("gus", display_name="Gustave", rsa=((gus.uri + "#second", "PEM"),))
    assert again.id == gus.id
    assert again.display_name == "Gustave"
    assert {key.key_id for key in await queries.keys_of(gus)} == {gus.uri + "#second", gus.uri + "#ed25519-key"}


async def test_a_key_id_cannot_be_taken_over(site: Site) -> None:
    gus = await make_stranger("gus")
    await make_stranger("eve", rsa=((gus.uri + "#main-key", "EVE"),))
    key = await ActorKey.get(key_id=gus.uri + "#main-key")
    assert (key.actor_id, key.public != "EVE") == (gus.id, True)


async def test_a_person_and_a_community_of_one_name_on_one_host(site: Site) -> None:
    person = await make_stranger("main", "lemmy.example", uri="https://lemmy.example/u/main")
    group = await make_stranger("main", "lemmy.example", "Group", uri="https://lemmy.example/c/main")
    assert (await queries.by_handle("Main", "LEMMY.example")).id == person.id
    assert (await queries.by_handle("main", "lemmy.example", "Group")).id == group.id
    assert (await queries.by_handle("main", "lemmy.example", "Person")).id == person.id


async def test_a_name_that_a_gone_stranger_left_is_free_on_its_host(site: Site) -> None:
    old = await make_stranger("gus", uri="https://ailleurs.example/users/1")
    await service.mark_gone(old)
    assert await queries.keys_of(old) == []
    new = await make_stranger("gus", uri="https://ailleurs.example/users/2")
    assert (await queries.by_handle("gus", "ailleurs.example")).id == new.id


async def test_gone_actors_say_nothing_of_themselves_any_more(site: Site) -> None:
    lea = await service.create_local("Person", "lea", display_name="Léa", profession="Agronome")
    await service.mark_gone(lea)
    kept = await Actor.get(id=lea.id)
    assert (kept.display_name, kept.profession, kept.name) == ("", "", "lea")
    assert await queries.private_key(kept, "rsa")  # it still signs the Delete


async def test_many_are_loaded_at_once(site: Site) -> None:
    made = [await make_stranger(f"p{n}") for n in range(3)]
    assert set(await queries.many([a.id for a in made] + [1])) == {a.id for a in made}
    assert set(await queries.many_by_uri([a.uri for a in made])) == {a.uri for a in made}

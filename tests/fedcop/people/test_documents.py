"""Every activity and document about people that we send, compared with files that a person has read."""

from __future__ import annotations

from typing import Any

import pytest

from fedcop.actors import service as actors
from fedcop.core.site import Site
from fedcop.people.activities import documents
from tests.rig.clock import StandingClock
from tests.rig.golden import Golden
from tests.rig.people import make_member

GUS = "https://ailleurs.example/users/gus"
THEIRS = "https://ailleurs.example/follows/1"


def without_keys(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its random keys named only; their form is tested with the signatures."""
    shown = dict(document)
    assert shown["publicKey"]["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert shown["assertionMethod"][0]["publicKeyMultibase"].startswith("z6Mk")
    shown["publicKey"] = {**shown["publicKey"], "publicKeyPem": "PEM"}
    shown["assertionMethod"] = [{**shown["assertionMethod"][0], "publicKeyMultibase": "z6Mk"}]
    return shown


async def lea(**profile: Any) -> Any:
    return (await make_member("lea", **profile)).actor


async def test_a_person_who_says_nothing(site: Site, golden: Golden) -> None:
    golden("documents/person_empty", without_keys(await documents.to_person(await lea())))


async def test_a_person_who_says_everything(site: Site, golden: Golden) -> None:
    actor = await lea(
        display_name="Léa Roy",
        profession="Agronome & animatrice",
        organisation="Coop des sols",
        region="Estrie",
        languages=["fr", "en"],
        summary_source="Je peux aider sur **les sols**.",
        links=[{"name": "Site", "value": "https://lea.example/?a=1&b=2"}],
        approves_followers=True,
        indexable=False,
        attribution_domains=["https://Journal.example/", "*.revue.example", "journal.example"],
    )
    await actors.change_local(
        actor, also_known_as=["https://vieux.example/users/lea"], moved_to_uri="https://neuf.example/users/lea"
    )
    golden("documents/person", without_keys(await documents.to_person(actor)))


async def test_a_person_who_is_gone(site: Site, golden: Golden, clock: StandingClock) -> None:
    actor = await lea()
    await actors.mark_gone(actor)
    golden("documents/person_gone", documents.to_tombstone(actor))


async def test_following(site: Site, golden: Golden) -> None:
    actor = await lea()
    follow = documents.to_follow("https://atelier.example/activities/1", actor.uri, GUS)
    golden("activities/follow", follow)
    golden("activities/undo_follow", documents.to_undo(2, actor, follow))
    asked = documents.to_follow(THEIRS, GUS, actor.uri)
    golden("activities/accept_follow", documents.to_answer("Accept", 3, actor, asked))
    golden("activities/reject_follow", documents.to_answer("Reject", 4, actor, asked))


async def test_blocking(site: Site, golden: Golden) -> None:
    actor = await lea()
    block = documents.to_block("https://atelier.example/activities/1", actor.uri, GUS)
    golden("activities/block_person", block)
    golden("activities/undo_block_person", documents.to_undo(2, actor, block))


async def test_changing_moving_leaving(site: Site, golden: Golden) -> None:
    actor = await lea()
    update = await documents.to_update(1, actor)
    golden("activities/update_person", {**update, "object": without_keys(update["object"])})
    golden("activities/move_person", documents.to_move(2, actor, "https://neuf.example/users/lea"))
    golden("activities/delete_person", documents.to_delete(3, actor))


@pytest.mark.parametrize("profile", [{"display_name": "<script>"}, {"profession": 'x" onclick="y'}])
async def test_what_people_type_is_no_markup_elsewhere(site: Site, profile: dict[str, str]) -> None:  # G01
    person = await documents.to_person(await lea(**profile))
    assert all("<" not in field["value"] for field in person.get("attachment", []))

"""Attacks on the identity of activities, objects and actors (SECURITY.md B), through the real inbox and the resolver."""

from __future__ import annotations

import json
from typing import Any

import pytest

from activitypub.errors import ActivityPubError
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.federation import known
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Refuse
from tests.fedcop.federation.conftest import HOME, INBOX, Stage
from tests.rig.fakeserver import PUBLIC

pytestmark = pytest.mark.once  # What guards keep is kept on both databases by test_receiving.py.

AS = "https://www.w3.org/ns/activitystreams"


async def malformed(stage: Stage, activity: dict[str, Any] | bytes) -> None:
    """400 and nothing stored."""
    assert await stage.eve.sends(activity, INBOX) == 400
    assert not await stage.items() and not stage.seen.inbounds


def as_eve(stage: Stage, **changes: Any) -> dict[str, Any]:
    return {**stage.eve.activity("Create", stage.eve.note()), **changes}


async def test_an_address_that_shows_somebody_elses_actor(stage: Stage) -> None:  # B01
    stage.eve.server.put("https://evil.example/o1", {**stage.gus.document, "name": "Forged"})
    found = await resolver.anything("https://evil.example/o1")
    assert found.uri == stage.gus.uri and found.display_name == "Gus", "only gus's own server speaks for gus"
    with pytest.raises(ActivityPubError):
        await resolver.actor("https://evil.example/o1")


async def test_an_address_that_shows_somebody_elses_object(stage: Stage) -> None:  # B02
    note = stage.gus.note("<p>true</p>")
    stage.eve.server.put("https://evil.example/o2", {"@context": AS, **note, "content": "<p>forged</p>"})
    found = await resolver.object_("https://evil.example/o2")
    assert (found.id, found.content) == (note["id"], "<p>true</p>")


async def test_a_handle_that_leads_to_somebody_elses_actor(stage: Stage) -> None:  # B03, B04
    link = {"rel": "self", "type": "application/activity+json", "href": stage.gus.uri}
    stage.eve.server.documents["webfinger"] = json.dumps({"subject": "acct:x@evil.example", "links": [link]}).encode()
    with pytest.raises(ActivityPubError):
        await resolver.handle("x@evil.example")
    stage.eve.server.documents["webfinger"] = json.dumps({"subject": "acct:ana@v.example", "links": [link]}).encode()
    with pytest.raises(ActivityPubError):
        await resolver.handle("x@evil.example")


async def test_a_handle(stage: Stage) -> None:
    found = await resolver.handle("@gus@good.example")
    assert found.uri == stage.gus.uri
    assert (await resolver.handle("ana@v.example")).id == stage.ana.id
    with pytest.raises(Refuse):
        await resolver.handle("nobody@v.example")


async def test_a_claimed_webfinger(stage: Stage) -> None:  # B05
    lia = await stage.world.stranger("lia@evil.example")
    lia.properties["webfinger"] = "gus@good.example"
    lia.publish()
    found = await resolver.actor(lia.uri)
    assert (found.name, found.host) == ("lia", "evil.example")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/html",
        "image/png",
        "application/octet-stream",
        "application/ld+json",
        "application/activity+json; charset=utf-16",
    ],
)
async def test_content_types_that_are_no_documents(stage: Stage, content_type: str) -> None:  # B06, B07, B08
    note = stage.gus.note()
    stage.gus.server.put(note["id"], {"@context": AS, **note}, content_type=content_type)
    with pytest.raises(ActivityPubError):
        await resolver.object_(note["id"])


async def test_a_redirect_to_somebody_else(stage: Stage) -> None:  # B09
    stage.eve.server.redirects["/u/x"] = stage.gus.uri
    with pytest.raises(ActivityPubError):
        await resolver.actor("https://evil.example/u/x")
    assert await actors.by_uri("https://evil.example/u/x") is None


async def test_links_of_other_servers(stage: Stage) -> None:  # B11, E11, E12, G05
    lia = await stage.world.stranger("lia@evil.example")
    elsewhere = "https://good.example/x"
    lia.properties |= {"url": elsewhere, "outbox": elsewhere, "followers": elsewhere, "featured": elsewhere}
    lia.properties["endpoints"] = {"sharedInbox": elsewhere}
    lia.publish()
    found = await resolver.actor(lia.uri)
    assert (found.url, found.outbox, found.followers_uri, found.featured_uri, found.shared_inbox) == (
        lia.uri,
        "",
        "",
        "",
        "",
    )


async def test_ids_of_other_servers_are_not_burnt(stage: Stage) -> None:  # B12
    genuine = stage.gus.activity("Create", stage.gus.note())
    await malformed(stage, as_eve(stage, id=genuine["id"]))
    assert await stage.gus.sends(genuine, INBOX) == 202
    await stage.settle()
    assert stage.seen.names == ["Create by gus"]


async def test_an_unverified_delivery_burns_no_id(stage: Stage) -> None:  # B12
    lia = await stage.world.stranger("lia@new.example")
    genuine = lia.activity("Create", lia.note("true"))
    forged = json.dumps({**genuine, "object": {**genuine["object"], "content": "forged"}}).encode()
    wrong = stage.eve.signs(INBOX, forged)
    wrong["Signature"] = wrong["Signature"].replace(stage.eve.key_id, lia.key_id)
    assert (await stage.world.request("POST", INBOX, wrong, forged)).status == 202
    await stage.settle()
    assert (await stage.last())[0] == "refused"
    assert await lia.sends(genuine, INBOX) == 202
    await stage.settle()
    assert stage.seen.posts == {genuine["object"]["id"]: "true"}


async def test_one_id_with_two_bodies(stage: Stage) -> None:  # B13
    first = as_eve(stage)
    assert await stage.eve.sends(first, INBOX) == 202
    assert await stage.eve.sends({**first, "object": {**first["object"], "content": "other"}}, INBOX) == 202
    await stage.settle()
    assert list(stage.seen.posts.values()) == ["<p>Hello</p>"]


async def test_an_activity_with_the_id_of_something_else(stage: Stage) -> None:  # B14
    note = stage.eve.note()
    await stage.eve.creates(note, INBOX)
    await stage.settle()
    for uri in (note["id"], stage.eve.uri):
        assert await stage.eve.sends({**stage.eve.activity("Like", stage.ana.uri), "id": uri}, INBOX) == 202
        await stage.settle()
        assert await stage.last() == ("refused", "the activity bears the id of something else")
    same = as_eve(stage)
    assert await stage.eve.sends({**same, "id": same["object"]["id"]}, INBOX) == 400


@pytest.mark.parametrize(
    "uri", [f"{HOME}/p/1", "HTTPS://V.EXAMPLE/p/1", f"{HOME}/u/ana#x", f"{HOME}/u/ana?x", f"{HOME}:443/u/ana"]
)
async def test_ids_of_ours(stage: Stage, uri: str) -> None:  # B15
    note = {**stage.eve.note(), "id": uri}
    await malformed(stage, as_eve(stage, object=note))
    await malformed(stage, {**stage.eve.activity("Update", note), "id": "https://evil.example/a/1"})
    await malformed(stage, as_eve(stage, id=uri))
    await malformed(stage, as_eve(stage, actor=uri, id=uri + "1"))


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example/1",
        "javascript:x",
        "data:x",
        "tag:x",
        "ap://evil.example/1",
        "did:key:z",
        "/1",
        "",
        "https://evil.example/" + "x" * 3000,
    ],
)
async def test_ids_that_are_no_https_addresses(stage: Stage, uri: str) -> None:  # B16
    await malformed(stage, as_eve(stage, id=uri))
    await malformed(stage, as_eve(stage, object={**stage.eve.note(), "id": uri}))


async def test_an_activity_with_the_very_id_of_its_object(stage: Stage) -> None:  # B14
    note = stage.eve.note()
    await malformed(stage, as_eve(stage, id=note["id"], object=note))
    # What follows the # counts: NodeBB makes all ids of activities so, Mastodon those of corrections.
    assert await stage.eve.sends(as_eve(stage, id=note["id"] + "#updates/1", object=note), INBOX) == 202


@pytest.mark.parametrize(
    "author",
    [
        ["https://evil.example/users/eve", "https://good.example/users/gus"],
        12,
        {"id": {"id": "x"}},
        ["https://good.example/users/gus"],
        [12],
    ],
)
async def test_strange_authors(stage: Stage, author: object) -> None:  # B17, D02
    await malformed(stage, as_eve(stage, object={**stage.eve.note(), "attributedTo": author}))


async def test_an_embedded_actor_with_an_embedded_key(stage: Stage) -> None:  # B18
    actor = {
        **stage.gus.document,
        "publicKey": {**stage.gus.document["publicKey"], "publicKeyPem": stage.eve.public_pem},
    }
    activity = {**stage.gus.activity("Like", stage.ana.uri), "actor": actor}
    assert await stage.eve.sends(activity, INBOX) == 401
    assert not await stage.items()


async def test_a_person_who_becomes_a_group(stage: Stage) -> None:  # B19
    stage.eve.kind = "Group"
    stage.eve.publish()
    with pytest.raises(Refuse, match="another kind"):
        await remote_actors.refresh(stage.eve.uri)
    found = await actors.by_uri(stage.eve.uri)
    assert found is not None and found.kind == "Person"


@pytest.mark.parametrize("name", ["gus@v.example", "a/b", "a\u202eb", "a\u200bb", "", "a b", "<b>"])
async def test_names_that_nobody_can_bear(stage: Stage, name: str) -> None:  # B20
    lia = await stage.world.stranger("lia@evil.example")
    lia.properties["preferredUsername"] = name
    lia.publish()
    with pytest.raises(Refuse):
        await resolver.actor(lia.uri)


async def test_two_actors_of_one_name(stage: Stage) -> None:  # B20
    first = await resolver.actor((await stage.world.stranger("lia@evil.example")).uri)
    twin = stage.world.strangers["evil.example"].person("twin")
    twin.properties["preferredUsername"] = "lia"
    twin.publish()
    second = await resolver.actor(twin.uri)
    found = await actors.by_handle("lia", "evil.example")
    assert found is not None and found.id == first.id != second.id


@pytest.mark.parametrize("kind", ["Person", "OrderedCollection", "Create", "CryptographicKey"])
async def test_documents_that_are_no_objects(stage: Stage, kind: str) -> None:  # B19, B21, D15
    uri = "https://good.example/odd"
    odd: dict[str, Any] = {"@context": AS, "id": uri, "type": kind}
    if kind == "Person":
        odd = {**stage.gus.document, "id": uri}
    if kind == "CryptographicKey":
        odd |= {"owner": stage.gus.uri, "publicKeyPem": stage.gus.public_pem}
    stage.gus.server.put(uri, odd)
    with pytest.raises(Refuse):
        await resolver.object_(uri)


@pytest.mark.parametrize("kind", ["Note", "Tombstone", "OrderedCollection"])
async def test_documents_that_are_no_actors(stage: Stage, kind: str) -> None:  # D15
    uri = "https://good.example/odd"
    stage.gus.server.put(
        uri, {"@context": AS, "id": uri, "type": kind, "inbox": f"{uri}/inbox", "preferredUsername": "odd"}
    )
    with pytest.raises((Refuse, ActivityPubError)):
        await resolver.actor(uri)
    assert await actors.by_uri(uri) is None


async def test_a_foreign_object_inside_a_create(stage: Stage) -> None:  # B23
    await malformed(stage, as_eve(stage, object=stage.gus.note()))


async def test_extra_keys_beside_a_proof(stage: Stage) -> None:  # B26
    lia = await stage.world.stranger("lia@hollo.example")
    lia.properties["assertionMethod"] = [
        {"id": lia.proof_key_id, "type": "Multikey", "controller": lia.uri, "publicKeyMultibase": lia.public_ed}
    ]
    lia.publish()
    proven = lia.proves(lia.activity("Like", stage.ana.uri))
    assert await stage.gus.sends({**proven, "content": "grafted"}, INBOX) == 202
    await stage.settle()
    assert await stage.last() == ("refused", "nobody vouches for this activity")
    assert await stage.gus.sends(proven, INBOX) == 202
    await stage.settle()
    assert await stage.last() == ("done", "")


@pytest.mark.parametrize("context", ["x", ["https://elsewhere.example"], [AS]])
async def test_the_context_of_a_proof(stage: Stage, context: object) -> None:  # B28
    lia = await stage.world.stranger("lia@hollo.example")
    proven = lia.proves(lia.activity("Like", stage.ana.uri))
    proven["proof"]["@context"] = context
    assert await stage.gus.sends(proven, INBOX) == 202
    await stage.settle()
    assert (await stage.last())[0] == "refused" and not stage.seen.inbounds


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"actor":', '"actor": "https://good.example/users/gus", "actor":', 1),
        lambda text: text.replace('"type": "Create"', '"type": "Create", "x": NaN', 1),
        lambda text: text.replace('"type": "Create"', '"type": "Create", "x": 1e400', 1),
        lambda text: text.replace('"type": "Create"', '"type": "Create", "x": "\\ud800"', 1),
        lambda text: text.replace('"type": "Create"', '"type": "Create", "x": ' + "[" * 10_000 + "]" * 10_000, 1),
        lambda text: text.replace('"type": "Create"', '"type": "Create", "@id": "https://evil.example/other"', 1),
        lambda text: text.replace('"type": "Create"', '"type": "Create", "@type": "Delete"', 1),
        lambda text: text.replace('"type": "Create"', '"type": "Create", "as:actor": "https://good.example/users/gus"', 1),
        lambda text: "[" + text + "]",
        lambda text: text[:-1],
        lambda _text: "",
        lambda _text: "null",
    ],
)  # fmt: skip
async def test_json_that_can_be_read_in_two_ways(stage: Stage, change: Any) -> None:  # B29, B30, F05
    await malformed(stage, change(json.dumps(as_eve(stage))).encode())


async def test_bytes_that_are_no_text(stage: Stage) -> None:  # F19
    await malformed(stage, json.dumps(as_eve(stage)).encode().replace(b"Hello", b"\xff\xfe"))


async def test_objects_of_other_servers_by_reference(stage: Stage) -> None:
    note = stage.gus.note()
    await malformed(stage, as_eve(stage, object=note["id"]))


async def test_what_is_buried_stays_buried(stage: Stage) -> None:  # C11
    note = stage.gus.note()
    await known.bury(note["id"], stage.gus.uri)
    await known.remember(note["id"], "post", 1, stage.gus.uri)
    await stage.eve.sends(stage.gus.activity("Create", note), INBOX)
    await stage.settle()
    assert await stage.last() == ("ignored", "the object has been deleted")


async def test_our_own_actor_is_never_learned_from_outside(stage: Stage) -> None:
    with pytest.raises(Refuse):
        await remote_actors.refresh(stage.ana.uri)
    assert (await resolver.actor(stage.ana.uri)).id == stage.ana.id
    with pytest.raises(Refuse):
        await resolver.object_(f"{HOME}/p/1")
    instance = await service.instance_actor()
    assert (await resolver.actor(instance.uri)).id == instance.id


async def test_text_of_strangers_is_cleaned(stage: Stage) -> None:  # F14
    lia = await stage.world.stranger("lia@evil.example")
    lia.properties |= {"name": "L\u202eia\u200b<b>", "summary": "<p onclick=x>Hi<script>alert(1)</script></p>"}
    lia.properties["attachment"] = [
        {"type": "PropertyValue", "name": "Site\x07", "value": '<a href="javascript:x">x</a>'}
    ]
    lia.publish()
    found = await resolver.actor(lia.uri)
    assert "\u202e" not in found.display_name
    assert "script" not in found.summary and "onclick" not in found.summary
    assert "javascript" not in json.dumps(found.links)


async def test_public_is_no_actor(stage: Stage) -> None:
    await malformed(stage, as_eve(stage, actor=PUBLIC))

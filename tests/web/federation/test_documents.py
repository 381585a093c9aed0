"""Documents and collections as other servers get them: content type, caching, signatures, and one answer for absent and forbidden."""

from __future__ import annotations

import json
from typing import Any

import pytest

from activitypub.client.transport import HttpResponse
from activitypub.signatures import Scheme
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.federation.fetching import resolver
from fedcop.federation.models import Server
from fedcop.federation.peers import servers
from fedcop.federation.sending import outbox
from tests.fedcop.federation.conftest import HOME, Stage
from tests.rig.fakeserver import PUBLIC
from tests.rig.manners import GOTOSOCIAL, LEMMY

OPEN, CLOSED, ABSENT = f"{HOME}/t/open", f"{HOME}/t/closed", f"{HOME}/t/absent"


def read(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def test_a_public_document(stage: Stage) -> None:  # G20
    answer = await stage.world.get(OPEN)
    assert read(answer) == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": OPEN,
        "type": "Note",
        "content": "open",
    }
    assert answer.headers["content-type"] == "application/activity+json", "Lemmy compares this literally"
    assert answer.headers["cache-control"] == "public, max-age=180"
    assert {"accept", "signature"} <= {name.strip().lower() for name in answer.headers["vary"].split(",")}


async def test_not_modified(stage: Stage) -> None:
    tag = (await stage.world.get(OPEN)).headers["etag"]
    again = await stage.world.request("GET", OPEN, {"Accept": "application/activity+json", "If-None-Match": tag})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    other = await stage.world.request("GET", OPEN, {"Accept": "application/activity+json", "If-None-Match": '"other"'})
    assert other.status == 200


async def test_head(stage: Stage) -> None:
    answer = await stage.world.request("HEAD", OPEN, {"Accept": "application/activity+json"})
    assert (answer.status, answer.body) == (200, b"") and "etag" in answer.headers


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_a_closed_document_opens_for_its_reader(stage: Stage, scheme: Scheme) -> None:  # D46, G20
    answer = await stage.gus.gets(CLOSED, scheme=scheme)
    assert read(answer)["content"] == "closed"
    assert answer.headers["cache-control"] == "private, no-store"


async def test_absent_and_forbidden_are_one_answer(stage: Stage) -> None:  # A35, H01, H06
    answers = [
        await stage.world.get(CLOSED),
        await stage.world.get(ABSENT),
        await stage.eve.gets(CLOSED),
        await stage.eve.gets(ABSENT),
        await stage.world.request("GET", CLOSED, {"Accept": "application/activity+json", "Signature": "nonsense"}),
        await stage.world.request(
            "GET", CLOSED, {"Accept": "application/activity+json", "Signature-Input": "x", "Signature": "y"}
        ),
        await stage.world.request("GET", CLOSED, {"Accept": "application/activity+json", "If-None-Match": "*"}),
        await stage.world.request("GET", CLOSED, {"Accept": "*/*"}),
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1
    headers = [{name: value for name, value in answer.headers.items() if name != "date"} for answer in answers]
    assert all(found == headers[0] for found in headers)


async def test_head_of_the_forbidden(stage: Stage) -> None:  # H01
    for uri in (CLOSED, ABSENT):
        assert (await stage.world.request("HEAD", uri)).status == 404


async def test_signatures_for_another_document(stage: Stage) -> None:  # A12
    headers = stage.gus.signs(OPEN, b"", method="GET")
    assert (await stage.world.request("GET", CLOSED, headers)).status == 404


async def test_signatures_that_are_stale(stage: Stage) -> None:  # A07
    headers = stage.gus.signs(CLOSED, b"", method="GET")
    stage.world.clock.advance(13 * 3600)
    assert (await stage.world.request("GET", CLOSED, headers)).status == 404


async def test_an_unknown_signer_is_looked_up_by_a_job(stage: Stage) -> None:
    gus2 = await stage.world.stranger("gus@second.example")
    assert read(await gus2.gets(CLOSED))["content"] == "closed"
    assert await actors.by_uri(gus2.uri) is not None


async def test_a_blocked_server_is_a_stranger(stage: Stage) -> None:  # A35, D45
    await servers.set_policy("good.example", "blocked")
    assert (await stage.gus.gets(CLOSED)).status == 404
    unknown = await stage.world.stranger("gus@below.good.example")
    assert (await unknown.gets(CLOSED)).status == 404
    assert unknown.server.gets == []


async def test_a_suspended_actor_is_a_stranger(stage: Stage) -> None:  # A35
    gus = await actors.by_uri(stage.gus.uri)
    assert gus is not None
    await service.suspend(gus)
    assert (await stage.gus.gets(CLOSED)).status == 404


async def test_what_is_public_needs_no_key(stage: Stage) -> None:
    nobody = await stage.world.stranger("nobody@third.example")
    answer = await nobody.gets(OPEN)
    assert answer.headers["cache-control"] == "public, max-age=180"
    assert nobody.server.gets == [], "nobody's key was fetched for what everybody may read"


async def test_the_deleted(stage: Stage) -> None:
    answer = await stage.world.get(f"{HOME}/t/gone")
    assert answer.status == 410 and json.loads(answer.body)["type"] == "Tombstone"


async def test_collections_are_paged(stage: Stage) -> None:
    uri = f"{HOME}/t/x/numbers"
    whole = read(await stage.world.get(uri))
    assert (whole["type"], whole["totalItems"], whole["name"], whole["first"]) == (
        "OrderedCollection",
        7,
        "Seven",
        f"{uri}?page=1",
    )
    found, page = [], whole["first"]
    while page:
        document = read(await stage.world.get(page))
        assert (document["id"], document["partOf"], document["type"]) == (page, uri, "OrderedCollectionPage")
        found += document["orderedItems"]
        page = document.get("next")
    assert found == [f"https://x.example/{number}" for number in range(7)]
    for odd in ("page=1&after=x", "page=1&after=-1", "page=1&after=99999999999999999999", "page=1&after=9", "page"):
        assert (await stage.world.get(f"{uri}?{odd}")).status == 200


async def test_the_instance_actor(stage: Stage) -> None:  # A36
    document = read(await stage.world.get(f"{HOME}/actor"))
    assert (document["type"], document["id"], document["preferredUsername"]) == (
        "Application",
        f"{HOME}/actor",
        "v.example",
    )
    assert document["publicKey"]["owner"] == document["id"] == document["assertionMethod"][0]["controller"]
    assert document["inbox"] == f"{HOME}/actor/inbox" and "followers" not in document
    assert "PRIVATE" not in json.dumps(document)


async def test_our_fetches_are_signed_by_it(stage: Stage) -> None:
    careful = await stage.world.server("gts.example", GOTOSOCIAL)
    lia = careful.person("lia")
    assert (await resolver.actor(lia.uri)).name == "lia"
    signatures = [headers["Signature"] for path, headers in careful.gets if path == "/users/lia"]
    assert all(f'keyId="{HOME}/actor#main-key"' in signature for signature in signatures)


async def test_activities_are_for_servers_that_read_threads(stage: Stage) -> None:  # 1.2.5, H03
    def like(to: str, number: int) -> dict[str, Any]:
        return {
            "id": f"{HOME}/activities/{number}",
            "type": "Like",
            "actor": stage.ana.uri,
            "object": stage.gus.uri,
            "to": [to],
        }

    body = await outbox.publish(like(PUBLIC, 1), actor=stage.ana, inboxes=[])
    await outbox.publish(like(stage.gus.uri, 2), actor=stage.ana, inboxes=[])
    await Server.filter(host="good.example").update(manner="thread")
    answer = await stage.gus.gets(f"{HOME}/activities/1")
    assert (answer.status, answer.body) == (200, body)
    assert (await stage.gus.gets(f"{HOME}/activities/2")).status == 404
    assert (await stage.eve.gets(f"{HOME}/activities/1")).status == 404
    assert (await stage.world.get(f"{HOME}/activities/1")).status == 404


async def test_two_fedcops_know_each_other(stage: Stage) -> None:
    other = await stage.world.fedcop("https://w.example")
    async with other.entered():
        found = await resolver.actor(f"{HOME}/actor")
        assert (found.kind, found.name, found.local) == ("Application", "v.example", False)
        assert await servers.manner_of("v.example") == "thread"
        assert await servers.software_of("v.example") == "fedcop"
        lemmy = await stage.world.server("lemmy.example", LEMMY)
        assert (await resolver.handle(f"!{lemmy.group('soil').name}@lemmy.example")).kind == "Group"

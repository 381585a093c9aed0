"""WebFinger, NodeInfo and host-meta: for everybody, without a signature."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fedcop.actors import service
from fedcop.federation import queries
from tests.fedcop.federation.conftest import HOME, Stage


async def finger(stage: Stage, resource: str) -> tuple[int, dict[str, Any]]:
    answer = await stage.world.request("GET", f"{HOME}/.well-known/webfinger?resource={resource}")
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("resource", ["acct:ana@v.example", "ana@v.example", "acct:ANA@V.example", f"{HOME}/u/ana"])
async def test_webfinger(stage: Stage, resource: str) -> None:  # A36
    status, found = await finger(stage, resource)
    assert status == 200 and found["subject"] == "acct:ana@v.example"
    [link] = [link for link in found["links"] if link["rel"] == "self"]
    assert (link["type"], link["href"]) == ("application/activity+json", stage.ana.uri)
    assert link["properties"] == {"https://www.w3.org/ns/activitystreams#type": "Person"}
    assert stage.ana.uri in found["aliases"]


async def test_webfinger_of_the_server_itself(stage: Stage) -> None:  # FEP-d556
    for resource in ("acct:v.example@v.example", HOME, f"{HOME}/", f"{HOME}/actor"):
        status, found = await finger(stage, resource)
        assert status == 200 and found["links"][0]["href"] == f"{HOME}/actor"


@pytest.mark.parametrize(
    "resource",
    ["acct:nobody@v.example", "acct:ana@elsewhere.example", f"{HOME}/u/nobody", "https://elsewhere.example/u/ana"],
)
async def test_webfinger_of_nobody(stage: Stage, resource: str) -> None:
    assert (await finger(stage, resource))[0] == 404


@pytest.mark.parametrize(
    "resource", ["", "x", "acct:", "acct:@", "acct:a@b@c", "acct:ana@v.example/../", "!ana@v.example"]
)
async def test_webfinger_of_nonsense(stage: Stage, resource: str) -> None:
    assert (await finger(stage, resource))[0] in (400, 404)


async def test_webfinger_of_the_gone(stage: Stage) -> None:
    await service.mark_gone(stage.ana)
    assert (await finger(stage, "acct:ana@v.example"))[0] == 404


async def test_headers(stage: Stage) -> None:
    answer = await stage.world.request("GET", f"{HOME}/.well-known/webfinger?resource=acct:ana@v.example")
    assert answer.headers["content-type"] == "application/jrd+json"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_nodeinfo(stage: Stage) -> None:  # A36
    links = json.loads((await stage.world.request("GET", f"{HOME}/.well-known/nodeinfo")).body)["links"]
    addresses = [link["href"] for link in links if "schema" in link["rel"]]
    assert addresses == [f"{HOME}/nodeinfo/2.0", f"{HOME}/nodeinfo/2.1"]
    for uri, version in zip(addresses, ("2.0", "2.1"), strict=True):
        found = json.loads((await stage.world.request("GET", uri)).body)
        assert (found["version"], found["software"]["name"], found["protocols"]) == (version, "fedcop", ["activitypub"])
        assert found["usage"]["users"] == {"total": 0, "activeMonth": 0, "activeHalfyear": 0}
        assert {"fep-1b12", "fep-8b32", "rfc9421"} <= set(found["metadata"]["capabilities"])
    assert (await stage.world.request("GET", f"{HOME}/nodeinfo/3.0")).status == 404


async def test_host_meta(stage: Stage) -> None:
    answer = await stage.world.request("GET", f"{HOME}/.well-known/host-meta")
    assert answer.status == 200 and f"{HOME}/.well-known/webfinger?resource={{uri}}".encode() in answer.body


async def test_a_page_asks_for_the_unknown_through_a_job(stage: Stage) -> None:
    lia = await stage.world.stranger("lia@third.example")
    assert await queries.found(lia.handle) is None
    job = await queries.ask_for(f"@{lia.handle}")
    assert await stage.site.runner.wait_for(job, 5)
    found = await queries.found(lia.handle)
    assert found is not None and found.owner_uri == lia.uri and found.kind == "person"
    actor = await queries.actor_of(found)
    assert actor is not None and actor.name == "lia"
    job = await queries.ask_for("https://third.example/nothing")
    assert await stage.site.runner.wait_for(job, 5)
    assert await queries.found("https://third.example/nothing") is None


async def test_a_post_is_found_by_its_address(stage: Stage) -> None:
    note = stage.gus.note("<p>found</p>")
    await queries.ask_for(note["id"])
    await stage.settle()
    assert stage.seen.posts == {note["id"]: "<p>found</p>"}
    found = await queries.found(note["id"])
    assert found is not None and found.kind == "post"

"""NodeInfo: what a server says of itself, only on its own addresses (E13)."""

import json

import pytest

from activitypub import wellknown
from activitypub.discovery import ask_nodeinfo
from activitypub.errors import FetchFailed
from activitypub.wellknown import NodeFacts
from tests.activitypub.loopback import Answer, clock

ORIGIN = "https://good.example"
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


def index(strangers, *links: object) -> None:
    strangers.says_json(
        f"{ORIGIN}/.well-known/nodeinfo", json.dumps({"links": list(links)}).encode(), kind="application/json"
    )


def link(version: str = "2.0", href: object = f"{ORIGIN}/nodeinfo") -> dict:
    return {"rel": SCHEMA + version, "href": href}


def says(strangers, path: str = "/nodeinfo", **document) -> None:
    strangers.says_json(ORIGIN + path, json.dumps(document).encode(), kind="application/json")


async def ask(transport):
    return await ask_nodeinfo(transport, ORIGIN, now=clock)


async def test_what_a_server_is(strangers, transport):
    index(
        strangers,
        "x",
        {"rel": 1},
        link("2.0", ORIGIN + "/old"),
        link("2.1"),
        {"rel": wellknown.APPLICATION_ACTOR, "href": ORIGIN + "/actor"},
    )
    says(
        strangers, software={"name": "PieFed", "version": "1.2"}, metadata={"capabilities": ["FEP-1b12", 3, "rfc9421"]}
    )
    found = await ask(transport)
    assert (found.software, found.version) == ("piefed", "1.2")
    assert found.capabilities == {"fep-1b12", "rfc9421"} and found.application == ORIGIN + "/actor"
    assert found.raw["software"]["name"] == "PieFed"


@pytest.mark.parametrize(
    ("metadata", "capabilities"),
    [
        ({}, set()),
        (None, set()),
        ([], set()),
        ({"capabilities": {"a": True, "b": False, "c": "yes"}}, {"a"}),
        ({"capabilities": "a"}, set()),
    ],
)
async def test_capabilities_in_every_shape(strangers, transport, metadata, capabilities):
    index(strangers, link())
    says(strangers, software={"name": "x"}, metadata=metadata)
    assert (await ask(transport)).capabilities == capabilities


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example/nodeinfo",
        "http://good.example/nodeinfo",
        "http://10.0.0.1/",
        "data:application/json,{}",
        "/nodeinfo",
        12,
        None,
    ],
)
async def test_e13_only_addresses_on_the_server(strangers, transport, href):  # E13
    index(strangers, link("2.0", href))
    with pytest.raises(FetchFailed, match="does not say which software"):
        await ask(transport)
    assert len(strangers.asked) == 1


async def test_e13_no_redirect_to_another_server(strangers, transport):  # E13
    index(strangers, link())
    strangers.says(ORIGIN + "/nodeinfo", Answer(302, b"", {"Location": "https://evil.example/nodeinfo"}))
    strangers.says_json("https://evil.example/nodeinfo", b'{"software":{"name":"mastodon"}}', kind="application/json")
    with pytest.raises(FetchFailed, match="another server"):
        await ask(transport)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"[" * 60_000, b"{}", b'{"software":"x"}', b'{"software":{"name":1}}']
)
async def test_documents_that_say_nothing(strangers, transport, body):
    index(strangers, link())
    strangers.says_json(ORIGIN + "/nodeinfo", body, kind="application/json")
    with pytest.raises(FetchFailed) as failed:
        await ask(transport)
    assert failed.value.permanent


async def test_an_index_without_links(strangers, transport):
    strangers.says_json(f"{ORIGIN}/.well-known/nodeinfo", b'{"links":{}}', kind="application/json")
    with pytest.raises(FetchFailed):
        await ask(transport)


async def test_what_we_say_is_what_we_read(strangers, transport):
    facts = NodeFacts(
        version="1.0", name="Coop", repository="https://coop.example/src", users=3, capabilities=("fep-1b12",)
    )
    own = wellknown.nodeinfo_links(ORIGIN, application=f"{ORIGIN}/actor")
    index(strangers, *own["links"])
    says(strangers, "/nodeinfo/2.1", **wellknown.nodeinfo_21(facts))
    found = await ask(transport)
    assert (found.software, found.version, found.capabilities) == ("fedcop", "1.0", {"fep-1b12"})
    assert found.application == f"{ORIGIN}/actor"


def test_both_versions():
    facts = NodeFacts(version="1.0", repository="https://coop.example/src", homepage="https://coop.example")
    old, new = wellknown.nodeinfo_20(facts), wellknown.nodeinfo_21(facts)
    assert (old["version"], new["version"]) == ("2.0", "2.1")
    assert old["software"].keys() == {"name", "version"} and new["software"]["homepage"] == "https://coop.example"
    assert old["protocols"] == ["activitypub"] and old["usage"]["users"]["total"] == 0
    assert [each["rel"] for each in wellknown.nodeinfo_links(ORIGIN)["links"]] == [SCHEMA + "2.0", SCHEMA + "2.1"]

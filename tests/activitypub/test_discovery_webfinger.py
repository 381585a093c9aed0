"""WebFinger: who may say who has a handle (rows B03, B04, B05, E14)."""

import json

import pytest

from activitypub import wellknown
from activitypub.client import Budget
from activitypub.discovery import resolve_handle
from activitypub.errors import BadUri, FetchFailed, Missing, OutOfBudget
from activitypub.uris import Handle
from tests.activitypub.loopback import Answer, clock

AS = "application/activity+json"
GUS = "https://good.example/u/gus"


def finger(subject: str | None, actor: object, *, kind: str = AS, rel: str = "self") -> bytes:
    document = {"links": [{"rel": "http://webfinger.net/rel/profile-page", "href": "https://x.example"}, 12]}
    document["links"].append({"rel": rel, "type": kind, "href": actor})
    return json.dumps(document | ({"subject": subject} if subject else {})).encode()


def at(host: str, resource: str) -> str:
    return f"https://{host}/.well-known/webfinger?resource={resource.replace(':', '%3A').replace('@', '%40').replace('/', '%2F')}"


def answers(strangers, host: str, resource: str, body: bytes, kind: str = "application/jrd+json") -> None:
    strangers.says_json(at(host, resource), body, kind=kind)


async def ask(transport, handle: str | Handle = "@gus@good.example", **options) -> str:
    return await resolve_handle(transport, handle, now=clock, **options)


@pytest.mark.parametrize(
    "kind", ["application/jrd+json", "application/json; charset=utf-8", "application/jrd+json; charset=utf-8"]
)
@pytest.mark.parametrize("subject", ["acct:gus@good.example", "acct:Gus@GOOD.example", None, GUS])
async def test_a_handle_leads_to_its_actor(strangers, transport, kind, subject):
    answers(strangers, "good.example", "acct:gus@good.example", finger(subject, GUS), kind)
    assert await ask(transport) == GUS
    assert await ask(transport, Handle("gus", "good.example")) == GUS


async def test_the_ld_json_type_counts_too(strangers, transport):
    kind = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    answers(strangers, "good.example", "acct:gus@good.example", finger(None, GUS, kind=kind))
    assert await ask(transport) == GUS


async def test_an_actor_on_another_host_that_confirms(strangers, transport):
    actor = "https://social.example/u/gus"
    answers(strangers, "good.example", "acct:gus@good.example", finger("acct:gus@good.example", actor))
    answers(strangers, "social.example", actor, finger("acct:gus@good.example", actor))
    assert await ask(transport) == actor


async def test_b03_an_actor_on_another_host_that_does_not_confirm(strangers, transport):  # B03
    answers(strangers, "evil.example", "acct:x@evil.example", finger("acct:x@evil.example", GUS))
    with pytest.raises(Missing):
        await ask(transport, "x@evil.example")
    for body in (finger("acct:gus@good.example", GUS), finger(None, GUS), finger("acct:x@evil.example", GUS + "2")):
        answers(strangers, "good.example", GUS, body)
        with pytest.raises(FetchFailed, match="does not confirm"):
            await ask(transport, "x@evil.example")


async def test_b04_another_handle_must_be_confirmed_by_its_own_host(strangers, transport):  # B04
    answers(
        strangers, "evil.example", "acct:x@evil.example", finger("acct:admin@good.example", "https://evil.example/u/x")
    )
    with pytest.raises(Missing):
        await ask(transport, "x@evil.example")
    answers(
        strangers,
        "good.example",
        "acct:admin@good.example",
        finger("acct:admin@good.example", "https://good.example/u/admin"),
    )
    with pytest.raises(FetchFailed, match="good.example does not confirm this handle"):
        await ask(transport, "x@evil.example")


async def test_another_handle_that_is_confirmed(strangers, transport):
    answers(strangers, "h.example", "acct:gus@h.example", finger("acct:gus@good.example", GUS))
    answers(strangers, "good.example", "acct:gus@good.example", finger("acct:gus@good.example", GUS))
    assert await ask(transport, "gus@h.example") == GUS


async def test_a_redirect_to_the_host_that_answers(strangers, transport):
    strangers.says(
        at("h.example", "acct:gus@h.example"), Answer(301, b"", {"Location": at("good.example", "acct:gus@h.example")})
    )
    actor = "https://good.example/u/gus"
    answers(strangers, "good.example", "acct:gus@h.example", finger("acct:gus@h.example", actor))
    answers(strangers, "good.example", actor, finger("acct:gus@h.example", actor))
    assert await ask(transport, "gus@h.example") == actor


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 50_000,
        b"{}",
        b'{"links":{}}',
        finger(None, GUS, rel="other"),
        finger(None, GUS, kind="text/html"),
        finger(None, 12),
        finger(None, "http://good.example/u/gus"),
        finger(None, "javascript:alert(1)"),
        finger("acct:@@", GUS),
        b'{"links":[{"rel":"self","type":12,"href":"https://good.example/u/gus"}]}',
    ],
)
async def test_answers_that_are_none(strangers, transport, body):
    answers(strangers, "good.example", "acct:gus@good.example", body)
    with pytest.raises(FetchFailed) as failed:
        await ask(transport)
    assert failed.value.permanent


async def test_html_is_no_answer(strangers, transport):
    answers(strangers, "good.example", "acct:gus@good.example", finger(None, GUS), kind="text/html")
    with pytest.raises(FetchFailed, match="did not answer with a WebFinger document"):
        await ask(transport)


async def test_too_large(strangers, transport):
    answers(strangers, "good.example", "acct:gus@good.example", b" " * 100_000)
    with pytest.raises(FetchFailed, match="larger"):
        await ask(transport)


@pytest.mark.parametrize(
    "handle",
    [
        "x@127.0.0.1",
        "x@[::1]",
        "x@good.example:22",
        "x@good.example/../",
        "x@good.example?",
        "x@localhost",
        "x@2130706433",
    ],
)
async def test_e14_odd_hosts_are_rejected_before_dns(strangers, handle):  # E14
    strict = strangers.transport(allow_local=False)
    with pytest.raises((BadUri, FetchFailed)):
        await ask(strict, handle)
    assert strangers.lookups == []
    await strict.close()


async def test_the_budget_counts(strangers, transport):
    answers(strangers, "good.example", "acct:gus@good.example", finger(None, GUS))
    with pytest.raises(OutOfBudget):
        await ask(transport, budget=Budget(requests=0))


def test_our_own_answer():
    document = wellknown.jrd(
        subject=Handle("soil", "coop.example"),
        actor="https://coop.example/c/soil",
        page="https://coop.example/c/soil",
        actor_type="Group",
        subscribe="https://coop.example/authorize_interaction?uri={uri}",
        aliases=("https://coop.example/@soil",),
        templates={"https://w3id.org/fep/3b86/Follow": "https://coop.example/intents/follow?object={object}"},
    )
    assert document["subject"] == "acct:soil@coop.example"
    assert document["aliases"] == ["https://coop.example/c/soil", "https://coop.example/@soil"]
    self_link = document["links"][0]
    assert self_link["type"] == AS and self_link["properties"] == {
        "https://www.w3.org/ns/activitystreams#type": "Group"
    }
    assert [link["rel"] for link in document["links"][1:]] == [
        "http://webfinger.net/rel/profile-page",
        "http://ostatus.org/schema/1.0/subscribe",
        "https://w3id.org/fep/3b86/Follow",
    ]
    assert wellknown.jrd(subject=Handle("a", "b.example"), actor="https://b.example/u/a")["links"][0].keys() == {
        "rel",
        "type",
        "href",
    }


def test_our_answer_is_one_that_we_read(strangers):
    assert "https://coop.example/.well-known/webfinger?resource={uri}" in wellknown.host_meta("https://coop.example")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("acct:ana@coop.example", Handle("ana", "coop.example")),
        ("ana@coop.example", Handle("ana", "coop.example")),
        ("https://coop.example/u/ana", "https://coop.example/u/ana"),
    ],
)
def test_resources_that_we_are_asked_for(text, meaning):
    assert wellknown.parse_resource(text) == meaning


@pytest.mark.parametrize(
    "text", ["", "!soil@coop.example", "https://a@coop.example/", "acct:", "mailto:ana@coop.example", "ana"]
)
def test_resources_that_are_none(text):
    with pytest.raises(BadUri):
        wellknown.parse_resource(text)

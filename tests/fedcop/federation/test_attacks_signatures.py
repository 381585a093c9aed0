"""Attacks on signatures and keys, through the real inbox: refused with the right status, and nothing stored (SECURITY.md A)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from activitypub.client.transport import HttpResponse
from activitypub.signatures import Scheme, Wish, cavage, http_date, load_private, rfc9421, sign_request
from activitypub.signatures.digest import make_content_digest, make_digest
from fedcop.actors import queries as actors
from fedcop.actors.models import ActorKey
from fedcop.federation.models import InboxItem
from fedcop.federation.receiving import inbox
from tests.fedcop.federation.conftest import HOME, INBOX, Stage
from tests.rig.fakeserver import Stranger
from tests.rig.fakeweb import trusting

pytestmark = pytest.mark.once  # What guards keep is kept on both databases by test_receiving.py.

SCHEMES = pytest.mark.parametrize("scheme", list(Scheme))


async def refused(
    stage: Stage, headers: Mapping[str, str], body: bytes, *, url: str = INBOX, status: int = 401
) -> HttpResponse:
    """Send it, and see it refused without a trace."""
    before = len(stage.world.web.asked)
    answer = await stage.world.request("POST", url, dict(headers), body)
    assert answer.status == status, answer.body
    assert await InboxItem.all().count() == 0
    assert len(stage.world.web.asked) == before + 1, "nobody was asked for anything"
    return answer


def create(stage: Stage, by: Stranger | None = None) -> bytes:
    author = by or stage.gus
    return json.dumps(author.activity("Create", author.note())).encode()


def cavage_headers(stage: Stage, body: bytes, covered: tuple[str, ...], **changes: str) -> dict[str, str]:
    """A cavage signature by gus over just these headers."""
    headers = {"host": "v.example", "date": http_date(stage.world.clock.now()), "digest": make_digest(body), **changes}
    key = load_private(stage.gus.private_pem)
    signature = cavage.sign(
        "POST", "/inbox", {name: headers[name] for name in covered}, key_id=stage.gus.key_id, key=key
    )
    return {**headers, "content-type": "application/activity+json", "signature": signature}


async def test_unsigned(stage: Stage) -> None:  # A01
    answer = await refused(stage, {"Content-Type": "application/activity+json"}, create(stage))
    assert "content-digest" in answer.headers["accept-signature"]
    assert answer.headers["www-authenticate"] == "Signature"


@pytest.mark.parametrize("covered", [("date",), ("host", "date"), ("date", "digest"), ("host", "digest")])
async def test_cavage_that_leaves_something_uncovered(stage: Stage, covered: tuple[str, ...]) -> None:  # A02, A03
    body = create(stage)
    await refused(stage, cavage_headers(stage, body, covered), body)


@SCHEMES
async def test_signed_for_another_server(stage: Stage, scheme: Scheme) -> None:  # A03
    body = create(stage)
    await refused(stage, stage.gus.signs("https://third.example/inbox", body, scheme=scheme), body)
    await refused(
        stage, {**stage.gus.signs("https://third.example/inbox", body, scheme=scheme), "Host": "v.example"}, body
    )


@SCHEMES
async def test_body_changed(stage: Stage, scheme: Scheme) -> None:  # A04
    body = create(stage)
    headers = stage.gus.signs(INBOX, body, scheme=scheme)
    await refused(stage, headers, body.replace(b"Hello", b"Hallo"))
    other = body.replace(b"Hello", b"Hallo")
    fixed = {**headers, "Digest": make_digest(other), "Content-Digest": make_content_digest(other)}
    await refused(stage, fixed, other)


@pytest.mark.parametrize(
    "digest", ["MD5=XrY7u+Ae7tCTyyK7j1rNww==,SHA-256=AAAA", "SHA-512=AAAA", "SHA-256=", "nonsense"]
)
async def test_digest_confusion(stage: Stage, digest: str) -> None:  # A05
    body = create(stage)
    headers = cavage_headers(stage, body, ("host", "date", "digest"), digest=digest)
    answer = await stage.world.request("POST", INBOX, headers, body)
    assert answer.status in (400, 401) and not await stage.items()


async def test_9421_that_does_not_cover_the_body(stage: Stage) -> None:  # A06
    body = create(stage)
    wish = Wish(("@method", "@target-uri"))
    headers = {"Content-Type": "application/activity+json", "Content-Digest": make_content_digest(body)}
    key = load_private(stage.gus.private_pem)
    now = stage.world.clock.now()
    signed = rfc9421.sign("POST", INBOX, headers, key_id=stage.gus.key_id, key=key, now=now, wish=wish)
    await refused(stage, headers | signed, body)
    only_512 = headers | {"Content-Digest": f"sha-512=:{base64.b64encode(hashlib.sha512(body).digest()).decode()}:"}
    wish = Wish(("@method", "@target-uri", "content-digest"))
    signed = rfc9421.sign("POST", INBOX, only_512, key_id=stage.gus.key_id, key=key, now=now, wish=wish)
    await refused(stage, only_512 | signed, body)


@pytest.mark.parametrize(
    ("scheme", "hours"),
    # RFC 9421 says when a signature was made: queues of twelve hours are honest there.
    [(Scheme.CAVAGE, -13), (Scheme.CAVAGE, -2), (Scheme.CAVAGE, 2), (Scheme.RFC9421, -13), (Scheme.RFC9421, 2)],
)
async def test_stale_and_future(stage: Stage, scheme: Scheme, hours: int) -> None:  # A07, A08
    body = create(stage)
    now = stage.world.clock.now() + timedelta(hours=hours)
    await refused(stage, stage.gus.signs(INBOX, body, scheme=scheme, now=now), body)


@SCHEMES
async def test_replay_after_deletion(stage: Stage, scheme: Scheme) -> None:  # A10
    note = stage.gus.note()
    activity = json.dumps(stage.gus.activity("Create", note)).encode()
    headers = stage.gus.signs(INBOX, activity, scheme=scheme)
    assert (await stage.world.request("POST", INBOX, headers, activity)).status == 202
    await stage.settle()
    await stage.gus.deletes(note["id"], INBOX)
    await stage.settle()
    assert (await stage.world.request("POST", INBOX, headers, activity)).status == 202
    assert await stage.gus.creates(note, INBOX) == 202  # the same object in another activity
    await stage.settle()
    assert stage.seen.posts == {}
    assert await stage.last() == ("ignored", "the object has been deleted")


@SCHEMES
async def test_another_path(stage: Stage, scheme: Scheme) -> None:  # A12
    body = create(stage)
    await refused(stage, stage.gus.signs(f"{HOME}/u/ana/inbox", body, scheme=scheme), body)


async def test_the_public_key_as_a_secret(stage: Stage) -> None:  # A13
    body = create(stage)
    for algorithm in ("hmac-sha256", "none", "hs2019", "rsa-sha1"):
        headers = {"host": "v.example", "date": http_date(stage.world.clock.now()), "digest": make_digest(body)}
        lines = ["(request-target): post /inbox", *(f"{name}: {value}" for name, value in headers.items())]
        mac = hmac.digest(stage.gus.public_pem.encode(), "\n".join(lines).encode(), "sha256")
        signature = base64.b64encode(mac).decode()
        covered = "(request-target) host date digest"
        headers |= {
            "content-type": "application/activity+json",
            "signature": f'keyId="{stage.gus.key_id}",algorithm="{algorithm}",headers="{covered}",signature="{signature}"',
        }
        await refused(stage, headers, body)


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2048, 3)])
async def test_weak_keys(stage: Stage, bits: int, exponent: int) -> None:  # A14
    weak = rsa.generate_private_key(exponent, bits)
    lia = await stage.world.stranger("lia@weak.example")
    lia.public_pem = (
        weak.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    lia.private_pem = weak.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    lia.publish()
    body = create(stage, lia)
    headers = lia.signs(INBOX, body)
    assert (await stage.world.request("POST", INBOX, headers, body)).status == 202
    await stage.settle()
    outcome, _reason = await stage.last()
    assert outcome == ("refused" if bits < 2048 else outcome)
    assert bits >= 2048 or not await ActorKey.filter(key_id=lia.key_id).exists()


async def test_two_signatures(stage: Stage) -> None:  # A15
    body = create(stage)
    headers = stage.gus.signs(INBOX, body, scheme=Scheme.RFC9421)
    other = stage.eve.signs(INBOX, body, scheme=Scheme.RFC9421)
    headers["Signature-Input"] += ", " + other["Signature-Input"].replace("sig1=", "sig2=")
    headers["Signature"] += ", " + other["Signature"].replace("sig1=", "sig2=")
    await refused(stage, headers, body)


@pytest.mark.parametrize(
    "line",
    ["Host: third.example", "Date: Mon, 02 Mar 2026 14:00:00 GMT", "Digest: SHA-256=AAAA", "Content-Type: text/html"],
)
async def test_doubled_headers(stage: Stage, line: str) -> None:  # A16
    body = create(stage)
    lines = [f"{name}: {value}" for name, value in stage.gus.signs(INBOX, body).items()] + [line]
    status = await raw(stage, lines, body)
    assert status in (400, 401) and not await stage.items()


async def raw(stage: Stage, lines: list[str], body: bytes, *, method: str = "POST", target: str = "/inbox") -> int:
    """Send bytes that no decent client would send, and give the status."""
    port = stage.world.web.ports["v.example"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting(), server_hostname="v.example")
    head = [f"{method} {target} HTTP/1.1", *lines, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    writer.write("\r\n".join(head).encode() + body)
    await writer.drain()
    answer = await reader.readline()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])


async def test_9421_parameters(stage: Stage) -> None:  # A17
    body = create(stage)
    good = stage.gus.signs(INBOX, body, scheme=Scheme.RFC9421)["Signature-Input"]
    for bad in (
        good + f';keyid="{stage.eve.key_id}"',
        good.replace('("@method"', '("@signature-params" "@method"'),
        good.replace('"@target-uri"', '"@target-uri";req'),
        good.replace('"@target-uri"', '"@query-param";name="x"'),
        good.replace(";created=", ";expires="),
    ):
        headers = {**stage.gus.signs(INBOX, body, scheme=Scheme.RFC9421), "Signature-Input": bad}
        answer = await stage.world.request("POST", INBOX, headers, body)
        assert answer.status in (400, 401), bad
    assert not await stage.items()


async def test_both_schemes_at_once(stage: Stage) -> None:  # A18
    body = create(stage)
    old = stage.eve.signs(INBOX, body, scheme=Scheme.CAVAGE)
    new = stage.gus.signs(INBOX, body, scheme=Scheme.RFC9421)
    await refused(stage, {**old, "Signature-Input": new["Signature-Input"]}, body, status=400)
    await refused(stage, {**old, "Signature-Input": new["Signature-Input"], "Signature": "sig1=:AAAA:"}, body)


async def test_a_key_that_names_somebody_elses_owner(stage: Stage) -> None:  # A19
    key = {"id": "https://evil.example/k#x", "owner": stage.gus.uri, "publicKeyPem": stage.eve.public_pem}
    stage.eve.server.put(
        "https://evil.example/k",
        {"@context": "https://www.w3.org/ns/activitystreams", **key, "id": "https://evil.example/k"},
    )
    body = create(stage)
    headers = _signed_as(stage, "https://evil.example/k#x", stage.eve.private_pem, body)
    assert (await stage.world.request("POST", INBOX, headers, body)).status == 202
    await stage.settle()
    assert (await stage.last())[0] == "refused"
    assert stage.seen.inbounds == []


def _signed_as(stage: Stage, key_id: str, private_pem: str, body: bytes) -> dict[str, str]:
    headers = {"Host": "v.example", "Date": http_date(stage.world.clock.now()), "Digest": make_digest(body)}
    covered = {name.lower(): value for name, value in headers.items()}
    key = load_private(private_pem)
    signature = cavage.sign("POST", "/inbox", covered, key_id=key_id, key=key)
    return {**headers, "Content-Type": "application/activity+json", "Signature": signature}


@SCHEMES
@pytest.mark.parametrize(
    "kind", ["Follow", "Like", "Undo", "Accept", "Reject", "Add", "Remove", "Block", "Flag", "Announce", "Join"]
)
async def test_somebody_elses_activity(stage: Stage, scheme: Scheme, kind: str) -> None:  # A20, A21, D14
    body = json.dumps(stage.gus.activity(kind, stage.ana.uri)).encode()
    await refused(stage, stage.eve.signs(INBOX, body, scheme=scheme), body)
    await stage.settle()
    assert stage.seen.inbounds == []


async def test_a_forged_proof_is_none(stage: Stage) -> None:  # A21, B27
    lia = await stage.world.stranger("lia@evil.example")
    like = stage.gus.activity("Like", stage.ana.uri)
    forged = lia.proves(like)
    forged["proof"]["verificationMethod"] = f"{stage.gus.uri}#ed25519-key"
    assert await stage.eve.sends(forged, INBOX) == 202, "the proof may be genuine: its key is asked for"
    await stage.settle()
    assert await stage.last() == ("refused", "nobody vouches for this activity")
    own = lia.proves(like)
    assert await stage.eve.sends(own, INBOX) == 401, "a proof by a key of another server is no proof at all"


@pytest.mark.parametrize("change", ["id", "owner", "array"])
async def test_documents_that_do_not_fit_their_keys(stage: Stage, change: str) -> None:  # A22, A23, A24
    lia = await stage.world.stranger("lia@odd.example")
    key = lia.document["publicKey"]
    lia.properties["publicKey"] = {
        "id": {**key, "id": f"{lia.uri}#other"},
        "owner": {**key, "owner": stage.gus.uri},
        "array": [{**key, "id": f"{lia.uri}#first"}, {**key, "id": f"{stage.gus.uri}#main-key", "owner": lia.uri}],
    }[change]
    lia.publish()
    body = create(stage, lia)
    assert (await stage.world.request("POST", INBOX, lia.signs(INBOX, body), body)).status == 202
    await stage.settle()
    assert (await stage.last())[0] == "refused"
    assert stage.seen.inbounds == []
    gus = await ActorKey.get(key_id=stage.gus.key_id)
    assert gus.public == stage.gus.public_pem


async def test_many_unknown_keys(stage: Stage) -> None:  # A26
    await stage.world.server("third.example")
    statuses = []
    for number in range(inbox.WAITING_FOR_KEYS + 5):
        body = json.dumps(stage.gus.activity("Like", stage.ana.uri)).encode().replace(b"good.example", b"third.example")
        headers = _signed_as(stage, f"https://third.example/u/{number}#k", stage.gus.private_pem, body)
        statuses.append((await stage.world.request("POST", INBOX, headers, body)).status)
    assert statuses == [202] * inbox.WAITING_FOR_KEYS + [429] * 5
    await stage.settle()


@pytest.mark.parametrize(
    "key_id",
    [
        "http://169.254.169.254/latest#k", "https://localhost/k", "https://10.0.0.1/#k", "https://[::1]/k#k",
        "https://gus@evil.example/u#k", "ftp://good.example/k", "https://good.example\\@evil.example/k", "good.example/k",
    ],
)  # fmt: skip
async def test_keys_at_forbidden_addresses(stage: Stage, key_id: str) -> None:  # A27, A32
    body = create(stage)
    headers = _signed_as(stage, key_id, stage.gus.private_pem, body)
    answer = await stage.world.request("POST", INBOX, headers, body)
    assert answer.status in (400, 401) and not await stage.items()
    assert [url for method, url in stage.world.web.asked if method == "GET"] == []


async def test_a_key_behind_a_redirect_to_another_server(stage: Stage) -> None:  # A28
    stage.gus.server.redirects["/open"] = stage.eve.uri
    body = create(stage)
    headers = _signed_as(stage, "https://good.example/open#main-key", stage.eve.private_pem, body)
    assert (await stage.world.request("POST", INBOX, headers, body)).status == 202
    await stage.settle()
    assert (await stage.last())[0] == "refused" and stage.seen.inbounds == []


@pytest.mark.parametrize("status", [404, 500, 410])
async def test_deletions_whose_key_is_away(stage: Stage, status: int) -> None:  # A29, A30
    stage.gus.server.statuses["/gone"] = status
    for victim in (stage.gus.uri, stage.ana.uri):
        body = json.dumps(stage.gus.activity("Delete", victim)).encode()
        headers = _signed_as(stage, "https://good.example/gone#k", stage.eve.private_pem, body)
        assert (await stage.world.request("POST", INBOX, headers, body)).status == 202
    await stage.settle()
    gus, ana = await actors.by_uri(stage.gus.uri), await actors.by_uri(stage.ana.uri)
    assert gus is not None and gus.gone_at is None, "its own server still shows gus"
    assert ana is not None and ana.gone_at is None
    assert stage.seen.inbounds == []


async def test_somebody_else_changes_keys(stage: Stage) -> None:  # A31, D01
    document = {
        **stage.gus.document,
        "publicKey": {**stage.gus.document["publicKey"], "publicKeyPem": stage.eve.public_pem},
    }
    status = await stage.eve.sends(stage.gus.activity("Update", document), INBOX)
    await stage.settle()
    assert status == 401 or await stage.last() == ("refused", "what is at this address is no object")
    assert (await ActorKey.get(key_id=stage.gus.key_id)).public == stage.gus.public_pem
    assert stage.seen.inbounds == []


async def test_huge_signature_headers(stage: Stage) -> None:  # A34
    body = create(stage)
    for odd in (",".join(f'p{number}="x"' for number in range(500)), "x" * 7000):
        headers = {**stage.gus.signs(INBOX, body), "Signature": odd}
        answer = await stage.world.request("POST", INBOX, headers, body)
        assert answer.status in (400, 401)
    assert not await stage.items()


async def test_a_get_is_no_delivery(stage: Stage) -> None:
    body = create(stage)
    headers = sign_request("PUT", INBOX, body, stage.gus.signer, Scheme.CAVAGE, stage.world.clock.now())
    assert (await stage.world.request("PUT", INBOX, headers, body)).status == 405

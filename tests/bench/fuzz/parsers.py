"""The parsers, each called as the house calls it. What one says in its own words is well; whatever else is raised is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from random import Random
from typing import Any

from activitypub import encode, parse, render
from activitypub.actor_tokens import in_header, read_token
from activitypub.errors import ActivityPubError
from activitypub.jsonld.contexts import check_context
from activitypub.jsonld.normalise import canonical_keys, read_date, read_json
from activitypub.mime import prefers_activity, split_type
from activitypub.signatures import Scheme, canonical, digest, proofs, rfc9421, sign_request
from activitypub.signatures.keys import load_public
from activitypub.signatures.request import SignedRequest, Signer, read_http_date
from activitypub.uris import host_of, parse_handle, split, to_wire
from activitypub.verify import KnownKey, check_delivery, check_get
from activitypub.wellknown import parse_resource
from fedcop.core.errors import FedcopError
from fedcop.core.markup import to_html
from fedcop.core.sanitise import clean_html, excerpt, plain, to_text
from fedcop.letterbox.cutting import cut
from fedcop.letterbox.reading import Unreadable, read
from fedcop.search.words import excerpt as found_in
from fedcop.search.words import terms
from tests.bench.fuzz.mutating import HTML, MARKDOWN, Mutator
from tests.rig import thrift
from tests.rig.browser import parse as parse_html

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
OURS = (ActivityPubError, FedcopError, Unreadable)
KEY = "https://a.example/u/a#main-key"


def documents(luck: Random) -> None:
    """Read, write and read again."""
    draw = Mutator(luck)
    thing = parse(draw.raw(draw.document()))
    repr(thing)
    hash(thing)
    assert parse(render(thing)) == parse(encode(thing)), "what was written is read otherwise"


def json_ld(luck: Random) -> None:
    """What stands below the vocabulary."""
    draw = Mutator(luck)
    found = read_json(draw.raw(draw.document()))
    if isinstance(found, dict):
        canonical_keys(found)
        read_date(found.get("published"))
        check_context(found.get("@context"))


def sealed(luck: Random) -> None:
    """Proofs in a document."""
    draw = Mutator(luck)
    document = {**draw.document(), "proof": draw.spoilt({"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": "2026-03-02T14:00:00Z", "verificationMethod": KEY, "proofPurpose": "assertionMethod", "proofValue": "z3" + "A" * 86})}  # fmt: skip
    raw = draw.raw(document)
    proofs.proof_method(document)
    try:
        proofs.verify_proof(raw, thrift_ed()[1], now=NOW)
    finally:
        canonical.canonical(canonical.read_strict(raw))


def thrift_ed() -> tuple[str, str]:
    """A pair of keys, in the form in which documents name the public one."""
    from tests.rig.fakeserver import _ed25519_pair  # noqa: PLC0415 - the same for all

    return _ed25519_pair(0)


def signed(luck: Random) -> None:
    """Signed requests, with something wrong in what was signed or in how."""
    draw, pair = Mutator(luck), thrift.rsa_pair("theirs", 0)
    body = draw.raw(draw.document())
    method, scheme = luck.choice(("POST", "POST", "GET")), luck.choice(list(Scheme))
    url = "https://atelier.example/inbox?page=1"
    headers = sign_request(method, url, body if method == "POST" else None, Signer(KEY, pair[0]), scheme, NOW)
    lines = [(name, value) for name, value in headers.items()] + [("Host", "atelier.example")]
    for _ in range(luck.choice((1, 1, 2, 4))):
        at = luck.randrange(len(lines))
        name, value = lines[at]
        match luck.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.append((name, draw.text()))
            case 2:
                lines.insert(at, (name, value))
            case 3:
                lines[at] = (draw.text()[:50] if luck.random() < 0.3 else name, draw.text()[:8000])
            case _:
                lines[at] = (
                    name,
                    draw.damaged(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogateescape"),
                )
        lines = lines or [("Host", "a")]
    target = luck.choice(("/inbox?page=1", "/inbox?page=1", draw.text()[:500]))
    check = check_delivery if method == "POST" else check_get
    request = SignedRequest(method, target, tuple(lines), body if method == "POST" else b"")
    known = KnownKey(KEY, "https://a.example/u/a", pair[1])
    outcome = check(request, lambda key: known if key == KEY else None, now=NOW, hosts=("atelier.example",))
    repr(outcome)


def headers(luck: Random) -> None:
    """What stands in headers beside signatures."""
    draw = Mutator(luck)
    seeds = ('sig1=("@method" "@target-uri" "content-digest");created;keyid;alg="rsa-v1_5-sha256"', 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"; q=0.9, text/html', "sha-256=:AAAA:, sha-512=:BBBB:", "Mon, 02 Mar 2026 14:00:00 GMT", "Bearer eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJhIn0.AAAA")  # fmt: skip
    value = draw.damaged(luck.choice(seeds).encode()).decode("utf-8", "surrogateescape")
    said: list[Callable[[], Any]] = [
        lambda: rfc9421.read_wish(value, headers={"accept-signature": value}),
        lambda: split_type(value),
        lambda: prefers_activity(value),
        lambda: digest.check_digest(value, b"x"),
        lambda: digest.check_content_digest(value, b"x"),
        lambda: read_http_date(value),
        lambda: read_token(in_header(value) or value),
        lambda: load_public(value),
    ]
    luck.choice(said)()


def addresses(luck: Random) -> None:
    """Names and addresses that people paste and servers send."""
    draw = Mutator(luck)
    text = luck.choice(
        (draw.text(), f"@{draw.text()}@{draw.text()}", f"acct:{draw.text()}", f"!{draw.text()}@a.example")
    )
    for ask in luck.sample((parse_handle, parse_resource, split, to_wire, host_of), 2):
        try:
            ask(text)  # type: ignore[operator]
        except OURS:
            continue


def html(luck: Random) -> None:
    """What strangers wrote, cleaned: nothing that acts is left, read once or twice."""
    clean = clean_html(Mutator(luck).markup(HTML))
    clean += clean_html(clean)
    left = [one.tag for one in parse_html(clean).walk() if one.tag in ("script", "style", "iframe", "svg", "math", "form") or any(name.startswith("on") for name in one.attributes)]  # fmt: skip
    assert not left, f"left: {left[:5]}"
    excerpt(clean)
    to_text(clean)


def markdown(luck: Random) -> None:
    """What members write."""
    source = Mutator(luck).markup(MARKDOWN)[:60_000]
    to_html(
        source, mention=lambda handle: f"https://a.example/@{handle}", tag=lambda name: f"https://a.example/t/{name}"
    )
    plain(source, lines=True)


def searching(luck: Random) -> None:
    """What people look for, and in what it is shown."""
    draw = Mutator(luck)
    wanted = terms(draw.markup(("«", "»", '"', "-", "l'", "d’", "c++", "é", "été ", " OR ", "NEAR(", "*", "§"))[:2000])
    found_in(draw.markup(("été ", "l'été", "§", "\n", "a " * 50))[:40_000], wanted)


def letter(luck: Random) -> bytes:
    """A letter as mail programs write it, with something wrong."""
    draw, made = Mutator(luck), EmailMessage()
    made["From"], made["To"] = "Sam <sam@atelier.example>", "reply+abc@atelier.example"
    made["Subject"], made["Message-ID"] = "Re: été — =?utf-8?q?caf=C3=A9?=", "<1@a.example>"
    if luck.random() < 0.3:
        made[luck.choice(("Auto-Submitted", "Precedence", "List-Id", "Return-Path", "X-§".replace("§", "A")))] = "auto"
    made.set_content(draw.markup(("Bonjour.\n", "> cité\n", "Le lun. 2 mars 2026 à 14:00, Léa <lea@a.example> a écrit :\n", "-- \n", "On Mon, Lea wrote:\n", "\n", "-----Original Message-----\n")).replace("\r", ""))  # fmt: skip
    if luck.random() < 0.5:
        made.add_alternative("<p>" + draw.markup(HTML).replace("\r", "")[:20_000], subtype="html")
    for _ in range(luck.choice((0, 0, 1, 3))):
        name = "".join(c for c in draw.text()[:80] if c.isprintable() and not 0xD800 <= ord(c) < 0xE000) or "a"
        made.add_attachment(b"\x89PNG" + bytes(20), maintype="image", subtype="png", filename=name)
    raw = made.as_bytes(policy=SMTP)
    return draw.damaged(raw) if luck.random() < 0.8 else raw


def letters(luck: Random) -> None:
    """What mail servers bring."""
    received = read(letter(luck))
    cut(received.text, ["abc"])


PARSERS: dict[str, Callable[[Random], None]] = {
    one.__name__: one
    for one in (documents, json_ld, sealed, signed, headers, addresses, html, markdown, searching, letters)
}

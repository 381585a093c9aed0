"""HTTP Message Signatures: the examples of RFC 9421 itself, our own profile, and what it refuses."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from activitypub.errors import BadSignature
from activitypub.signatures import (
    Scheme,
    Signer,
    Wish,
    accept_signature,
    generate_ed25519,
    read_wish,
    rfc9421,
    sign_request,
)
from activitypub.signatures.keys import load_public, multikey, sign_bytes
from activitypub.signatures.request import SignedRequest
from activitypub.verify import Genuine, KnownKey, Refused, check_delivery, check_get
from tests.activitypub.signing import BODY, GUS, HOSTS, INBOX, NOW, asked, changed, keys, pair, posted, received, signer

# RFC 9421 appendix B.1.4 (Ed25519) and B.1.1 (RSA): public keys of the examples.
ED25519_SEED = base64.b64decode("n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU=")
ED25519_PUBLIC = base64.b64decode("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
RSA_PUBLIC = (
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw\n"
    "WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq\n"
    "MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg\n"
    "kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P\n"
    "uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ\n"
    "PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB\n"
    "-----END RSA PUBLIC KEY-----\n"
)
SHA512 = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
# Appendix B.2: test-request.
REQUEST = (
    ("Host", "example.com"),
    ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Digest", SHA512),
    ("Content-Length", "18"),
)


def example(label: str, parameters: str, signature: str, *, lines=REQUEST) -> SignedRequest:
    signed = (("Signature-Input", f"{label}={parameters}"), ("Signature", f"{label}=:{signature}:"))
    return SignedRequest("POST", "/foo?param=Value&Pet=dog", (*lines, *signed), b'{"hello": "world"}')


B26 = example(
    "sig-b26",
    '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
)
# Section 4.3: the signature of the proxy, alone.
SECTION_4_3 = example(
    "proxy_sig",
    '("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded")'
    ';created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540',
    "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpU"
    "Rl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2"
    "ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5"
    "o0LV/g==",
    lines=(
        ("Host", "origin.host.internal.example"),
        ("Date", "Tue, 20 Apr 2021 02:07:56 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Length", "18"),
        ("Forwarded", "for=192.0.2.123;host=example.com;proto=https"),
        ("Content-Digest", SHA512),
    ),
)


def ed25519_key():
    return ed25519.Ed25519PublicKey.from_public_bytes(ED25519_PUBLIC)


def test_appendix_b_2_6_verifies():
    claim = rfc9421.read_claim(B26)
    assert claim.key_id == "test-key-ed25519" and claim.created == 1618884473
    assert claim.is_genuine(B26, ed25519_key())


def test_appendix_b_2_6_is_what_we_sign():
    # Ed25519 is deterministic: the same base gives the very signature of the RFC.
    key = ed25519.Ed25519PrivateKey.from_private_bytes(ED25519_SEED)
    assert key.public_key().public_bytes_raw() == ED25519_PUBLIC
    base = "\n".join(
        [
            '"date": Tue, 20 Apr 2021 02:07:55 GMT',
            '"@method": POST',
            '"@path": /foo',
            '"@authority": example.com',
            '"content-type": application/json',
            '"content-length": 18',
            '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")'
            ';created=1618884473;keyid="test-key-ed25519"',
        ]
    )
    assert base64.b64encode(sign_bytes(key, base.encode())).decode() in B26.header("signature")


def test_section_4_3_verifies():
    claim = rfc9421.read_claim(SECTION_4_3)
    assert claim.expires == 1618884540
    assert claim.is_genuine(SECTION_4_3, load_public(RSA_PUBLIC))


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "example.org"},
        {"date": "Tue, 20 Apr 2021 02:07:56 GMT"},
        {"content_type": "application/json; x"},
        {"content_length": "19"},
        {"target": "/fooo?param=Value&Pet=dog"},
    ],
)
def test_appendix_b_2_6_changed_does_not_verify(changes):
    request = changed(B26, **changes)
    assert not rfc9421.read_claim(request).is_genuine(request, ed25519_key())


def test_the_wrong_key_or_kind_of_key_does_not_verify():
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    assert not rfc9421.read_claim(B26).is_genuine(B26, other)
    assert not rfc9421.read_claim(B26).is_genuine(B26, load_public(RSA_PUBLIC))
    assert not rfc9421.read_claim(SECTION_4_3).is_genuine(SECTION_4_3, ed25519_key())


def test_the_form_that_mastodon_and_fedify_take():
    headers = sign_request("POST", INBOX, BODY, signer(), Scheme.RFC9421, NOW)
    assert headers["Signature-Input"] == (
        'sig1=("@method" "@target-uri" "content-digest");created=1792504802'
        ';keyid="https://good.example/u/gus#main-key";alg="rsa-v1_5-sha256"'
    )
    assert headers["Signature"].startswith("sig1=:") and headers["Signature"].endswith(":")
    assert headers["Content-Digest"].startswith("sha-256=:") and headers["Digest"].startswith("SHA-256=")


def test_a_get_covers_method_and_target():
    request = asked(Scheme.RFC9421, url="https://v.example/c/soil?page=2")
    assert request.header("signature-input").startswith('sig1=("@method" "@target-uri");')
    assert isinstance(check_get(request, keys, now=NOW, hosts=HOSTS), Genuine)
    assert isinstance(check_get(changed(request, target="/c/soil?page=3"), keys, now=NOW, hosts=HOSTS), Refused)
    assert isinstance(check_get(changed(request, target="/c/soil"), keys, now=NOW, hosts=HOSTS), Refused)


def test_ed25519_signs_too():
    private, public = generate_ed25519()
    headers = sign_request("POST", INBOX, BODY, Signer(f"{GUS}#ed", private), Scheme.RFC9421, NOW)
    assert 'alg="ed25519"' in headers["Signature-Input"]
    request = received("POST", INBOX, headers, BODY)
    known = KnownKey(f"{GUS}#ed", GUS, public)
    assert isinstance(check_delivery(request, lambda _: known, now=NOW, hosts=HOSTS), Genuine)


def test_http_between_servers_in_development():
    headers = sign_request("POST", "http://localhost:8000/inbox", BODY, signer(), Scheme.RFC9421, NOW)
    request = received("POST", "http://localhost:8000/inbox", headers, BODY)
    assert isinstance(check_delivery(request, keys, now=NOW, hosts=("localhost:8000",)), Genuine)


def test_authority_path_and_query_stand_for_the_target():
    wish = Wish(("@method", "@authority", "@path", "@query", "content-digest", "date"))
    url = "https://v.example/inbox?a=1"
    headers = sign_request("POST", url, BODY, signer(), Scheme.RFC9421, NOW, wish=wish)
    request = received("POST", url, headers, BODY)
    assert isinstance(check_delivery(request, keys, now=NOW, hosts=HOSTS), Genuine)


def resigned(parameters: str, *, label: str = "sig1", **headers: str) -> SignedRequest:
    """A delivery with any Signature-Input, over which nobody can have signed."""
    return changed(posted(Scheme.RFC9421), signature_input=f"{label}={parameters}", **headers)


KEYID = f'keyid="{GUS}#main-key"'
COVERED = '("@method" "@target-uri" "content-digest")'


@pytest.mark.parametrize(
    "parameters",
    [
        "1",
        "()",
        "(1)",
        f'{COVERED};created=1792504802;{KEYID};keyid="x"',
        f"{COVERED};created=1792504802",
        f"{COVERED};{KEYID}",
        f'{COVERED};created="1792504802";{KEYID}',
        f"{COVERED};created=1792504802.5;{KEYID}",
        f"{COVERED};created=-1;{KEYID}",
        f"{COVERED};created=1792504802;keyid=12",
        f"{COVERED};created=1792504802;keyid=token",
        f"{COVERED};created=1792504802;expires=soon;{KEYID}",
        f"{COVERED};created=1792504802;{KEYID};alg=1",
        f"{COVERED};created=1792504802;{KEYID};x=1",
        f'{COVERED};created=1792504802;{KEYID};tag="web-bot-auth"',
        f'{COVERED};created=1792504802;{KEYID};alg="hmac-sha256"',
        f'{COVERED};created=1792504802;{KEYID};alg="rsa-pss-sha512"',
        f'("@method" "@target-uri" "content-digest" "@signature-params");created=1792504802;{KEYID}',
        f'("@method" "@target-uri";req "content-digest");created=1792504802;{KEYID}',
        f'("@method" "@target-uri" "content-digest";sf);created=1792504802;{KEYID}',
        f'("@method" "@target-uri" "content-digest" "@query-param";name="a");created=1792504802;{KEYID}',
        f'("@method" "@target-uri" "content-digest" "@status");created=1792504802;{KEYID}',
        f'("@method" "@target-uri" "content-digest" "X-Upper");created=1792504802;{KEYID}',
        f'("@method" "@target-uri" "content-digest" "x-absent");created=1792504802;{KEYID}',
        f'("@method" "@target-uri" "content-digest" "@method");created=1792504802;{KEYID}',
        "(" + " ".join(f'"x{n}"' for n in range(40)) + f");created=1792504802;{KEYID}",
        "(" + '"a" ' * 4000 + ")",
        '("é")',
    ],
)
def test_a17_odd_parameters_and_components_are_refused(parameters):  # A17
    outcome = check_delivery(resigned(parameters), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.status in (400, 401)


def test_a15_more_than_one_signature_is_refused():  # A15
    request = posted(Scheme.RFC9421)
    two = request.header("signature-input") + f', sig2={COVERED};created=1792504802;keyid="{GUS}#x"'
    outcome = check_delivery(changed(request, signature_input=two), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.code == "several"
    both = changed(request, signature_input=two, signature=request.header("signature") + ", sig2=:YQ==:")
    assert check_delivery(both, keys, now=NOW, hosts=HOSTS).code == "several"
    renamed = changed(request, signature=request.header("signature").replace("sig1", "sig9"))
    assert check_delivery(renamed, keys, now=NOW, hosts=HOSTS).code == "several"
    doubled = changed(request, signature_input=request.header("signature-input") + ", sig1=()")
    assert check_delivery(doubled, keys, now=NOW, hosts=HOSTS).status == 400


@pytest.mark.parametrize("signature", ["sig1=token", "sig1=12", "sig1=:!:", "sig1=(:YQ==:)", "sig1"])
def test_a_signature_is_bytes(signature):
    outcome = check_delivery(changed(posted(Scheme.RFC9421), signature=signature), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.status == 400


def test_the_signature_must_be_sent():
    outcome = check_delivery(changed(posted(Scheme.RFC9421), signature=None), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.status == 400


def signed_over(covered: tuple[str, ...], **changes) -> SignedRequest:
    """A properly signed delivery that covers what we say."""
    headers = sign_request("POST", INBOX, BODY, signer(), Scheme.RFC9421, NOW, wish=Wish(covered))
    return changed(received("POST", INBOX, headers, BODY), **changes)


@pytest.mark.parametrize(
    "covered",
    [
        ("@target-uri", "content-digest"),
        ("@method", "content-digest"),
        ("@method", "@target-uri"),
        ("@method", "@target-uri", "digest"),
        ("@method", "@authority", "@path", "content-digest"),
        ("@method", "@path", "@query", "content-digest"),
    ],
)
def test_a06_everything_that_matters_must_be_covered(covered):  # A06
    outcome = check_delivery(signed_over(covered), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.code == "coverage"


def test_a_covered_date_must_be_fresh():
    covered = ("@method", "@target-uri", "content-digest", "date")
    assert isinstance(check_delivery(signed_over(covered), keys, now=NOW, hosts=HOSTS), Genuine)
    stale = signed_over(covered, date="Tue, 20 Oct 2026 11:00:02 GMT")
    assert check_delivery(stale, keys, now=NOW, hosts=HOSTS).code == "stale"


@pytest.mark.parametrize(("seconds", "code"), [(-1, "stale"), (-100, "stale"), (60, "signature-wrong")])
def test_a_signature_ends_when_it_says(seconds, code):  # A09
    """Before its beginning, in the past; and an end that somebody added is no part of what was signed."""
    said = posted(Scheme.RFC9421, now=NOW - timedelta(seconds=50)).header("signature-input")
    ended = changed(posted(Scheme.RFC9421), signature_input=f"{said};expires={int(NOW.timestamp()) + seconds}")
    assert check_delivery(ended, keys, now=NOW, hosts=HOSTS).code == code


def test_a_nonce_comes_back():
    wish = Wish(("@method", "@target-uri", "content-digest"), nonce="n-1", tag="activitypub")
    headers = sign_request("POST", INBOX, BODY, signer(), Scheme.RFC9421, NOW, wish=wish)
    outcome = check_delivery(received("POST", INBOX, headers, BODY), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Genuine) and outcome.nonce == "n-1"


def test_what_we_ask_for_is_what_we_accept():
    asked_for = accept_signature(with_body=True, nonce="n-1")
    assert asked_for == 'sig1=("@method" "@target-uri" "content-digest");created;keyid;nonce="n-1"'
    wish = read_wish(asked_for, headers={"Content-Digest": ""})
    assert wish == Wish(("@method", "@target-uri", "content-digest"), "n-1")
    headers = sign_request("POST", INBOX, BODY, signer(), Scheme.RFC9421, NOW, wish=wish)
    assert isinstance(check_delivery(received("POST", INBOX, headers, BODY), keys, now=NOW, hosts=HOSTS), Genuine)
    assert accept_signature(with_body=False) == 'sig1=("@method" "@target-uri");created;keyid'


@pytest.mark.parametrize("nonce", ['a"b', "a\\b", "é", "a\nb"])
def test_a_nonce_is_plain(nonce):
    with pytest.raises(ValueError, match="nonce"):
        accept_signature(with_body=False, nonce=nonce)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "sig1",
        "sig1=1",
        'sig1=("@method" "x-secret")',
        'sig1=("@method" "@query-param";name="a")',
        'sig1=("@method" "@method")',
        "sig1=(12)",
        'sig1=("@method");odd',
        'sig1=("@method");nonce=12',
        'sig1=("@method");nonce="' + "x" * 300 + '"',
        "x" * 9000,
    ],
)
def test_wishes_we_cannot_grant(value):
    assert read_wish(value, headers={"host": ""}) is None


def test_the_first_wish_that_we_can_grant_counts():
    value = 'a=("x-other"), b=("@method" "host");created;keyid'
    assert read_wish(value, headers={"Host": ""}) == Wish(("@method", "host"))


def test_malformed_digest_header_is_malformed():
    outcome = check_delivery(
        signed_over(("@method", "@target-uri", "content-digest"), content_digest="x=1"), keys, now=NOW, hosts=HOSTS
    )
    assert isinstance(outcome, Refused) and outcome.status == 400


def test_a_claim_without_the_header_has_no_body():
    request = changed(posted(Scheme.RFC9421), content_digest=None)
    claim = rfc9421.MessageClaim("k", (), 0, None, None)
    with pytest.raises(BadSignature):
        claim.check_body(request)


def test_the_key_of_the_example_has_its_multikey():
    assert multikey(ed25519_key()).startswith("z6Mk")
    pem = ed25519_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert load_public(pem.decode()).public_bytes_raw() == ED25519_PUBLIC
    assert pair(GUS)

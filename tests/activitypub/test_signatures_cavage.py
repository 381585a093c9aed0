"""draft-cavage signatures; `httpsig` is the second opinion: what we sign it verifies, what it signs we verify."""

import base64
import hashlib
import warnings

import pytest

from activitypub.errors import BadSignature
from activitypub.signatures import Scheme, Signer, cavage, generate_ed25519, load_public, sign_request
from activitypub.signatures.keys import load_private, sign_bytes
from activitypub.signatures.request import SignedRequest, read_http_date
from activitypub.uris import split
from activitypub.verify import Genuine, KnownKey, Refused, check_delivery, check_get
from tests.activitypub.signing import BODY, GUS, HOSTS, INBOX, NOW, changed, keys, known, pair, posted, received, signer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from httpsig.sign import HeaderSigner
    from httpsig.verify import HeaderVerifier


def signed_by_httpsig(names: list[str], *, method: str = "POST", target: str = "/inbox", algorithm: str = "rsa-sha256"):
    """A request that the other library signed, with a digest by us."""
    plain = {
        "Host": "v.example",
        "Date": "Tue, 20 Oct 2026 14:00:02 GMT",
        "Digest": "SHA-256=" + base64.b64encode(hashlib.sha256(BODY).digest()).decode(),
    }
    other = HeaderSigner(f"{GUS}#main-key", pair(GUS)[0], algorithm=algorithm, headers=names, sign_header="signature")
    lines = dict(other.sign(plain, host="v.example", method=method, path=target))
    body = BODY if method == "POST" else b""
    return SignedRequest(method, target, tuple((name, value) for name, value in lines.items()), body)


@pytest.mark.parametrize("url", [INBOX, "https://v.example/inbox?a=1&b=%7e", "https://v.example:8443/c/soil/inbox"])
def test_httpsig_verifies_what_we_sign(url):
    headers = sign_request("POST", url, BODY, signer(), Scheme.CAVAGE, NOW)
    target = split(url).target
    verifier = HeaderVerifier(
        headers,
        pair(GUS)[1],
        required_headers=["(request-target)", "host", "date", "digest", "content-type"],
        method="POST",
        path=target,
        host=headers["Host"],
        sign_header="signature",
    )
    assert verifier.verify()


def test_httpsig_verifies_a_get_that_we_sign():
    headers = sign_request("GET", "https://v.example/c/soil?page=2", None, signer(), Scheme.CAVAGE, NOW)
    names = ["(request-target)", "host", "date"]
    verifier = HeaderVerifier(
        headers, pair(GUS)[1], required_headers=names, method="GET", path="/c/soil?page=2", sign_header="signature"
    )
    assert verifier.verify()
    assert "Digest" not in headers and "Content-Type" not in headers


@pytest.mark.parametrize("target", ["/inbox", "/inbox?x=1"])
@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha512"])
def test_we_verify_what_httpsig_signs(target, algorithm):
    request = signed_by_httpsig(["(request-target)", "host", "date", "digest"], target=target, algorithm=algorithm)
    assert check_delivery(request, keys, now=NOW, hosts=HOSTS) == Genuine(f"{GUS}#main-key", GUS, Scheme.CAVAGE)


def test_we_verify_a_get_that_httpsig_signs():
    request = signed_by_httpsig(["(request-target)", "host", "date"], method="GET", target="/c/soil?page=2")
    assert isinstance(check_get(request, keys, now=NOW, hosts=HOSTS), Genuine)


def test_httpsig_accepts_a_forged_hmac_and_we_do_not():  # A13
    """The flaw for which httpsig is not used: the attacker's secret is the victim's public key."""
    names = ["(request-target)", "host", "date", "digest"]
    forger = HeaderSigner(f"{GUS}#main-key", pair(GUS)[1], "hmac-sha256", headers=names, sign_header="signature")
    plain = {name: value for name, value in posted(Scheme.CAVAGE).headers if name != "Signature"}
    forged = dict(forger.sign(plain, host="v.example", method="POST", path="/inbox"))
    assert HeaderVerifier(forged, pair(GUS)[1], names, "POST", "/inbox", sign_header="signature").verify()
    request = SignedRequest("POST", "/inbox", tuple(forged.items()), BODY)
    outcome = check_delivery(request, keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.status == 401


def test_the_form_that_every_server_takes():
    headers = sign_request("POST", INBOX, BODY, signer(), Scheme.CAVAGE, NOW)
    assert headers["Host"] == "v.example"
    assert headers["Date"] == "Tue, 20 Oct 2026 14:00:02 GMT"
    assert headers["Content-Type"] == "application/activity+json"
    start = 'keyId="https://good.example/u/gus#main-key",algorithm="rsa-sha256",'
    assert headers["Signature"].startswith(
        start + 'headers="(request-target) host date digest content-type",signature="'
    )


def test_ed25519_signs_too():
    private, public = generate_ed25519()
    who = Signer(f"{GUS}#ed", private)
    headers = sign_request("POST", INBOX, BODY, who, Scheme.CAVAGE, NOW)
    assert 'algorithm="hs2019"' in headers["Signature"]
    request = received("POST", INBOX, headers, BODY)
    found = check_delivery(request, lambda _: KnownKey(f"{GUS}#ed", GUS, public), now=NOW, hosts=HOSTS)
    assert isinstance(found, Genuine)
    # The word for the algorithm must suit the key.
    renamed = changed(request, signature=headers["Signature"].replace("hs2019", "rsa-sha256"))
    found = check_delivery(renamed, lambda _: KnownKey(f"{GUS}#ed", GUS, public), now=NOW, hosts=HOSTS)
    assert isinstance(found, Refused) and found.code == "signature-wrong"


def with_parameters(**replaced: str | None) -> SignedRequest:
    """A genuine delivery with parameters of its signature replaced or removed."""
    request = posted(Scheme.CAVAGE)
    claim = cavage.read_claim(request)
    parameters = {
        "keyId": claim.key_id,
        "algorithm": claim.algorithm,
        "headers": " ".join(claim.covered),
        "signature": base64.b64encode(claim.signature).decode(),
    }
    parameters |= replaced
    text = ",".join(f'{name}="{value}"' for name, value in parameters.items() if value is not None)
    return changed(request, signature=text)


@pytest.mark.parametrize("algorithm", ["hs2019", None, "", "RSA-SHA256", "rsa-v1_5-sha256"])
def test_the_word_for_the_algorithm_is_advice(algorithm):
    assert isinstance(check_delivery(with_parameters(algorithm=algorithm), keys, now=NOW, hosts=HOSTS), Genuine)


@pytest.mark.parametrize(
    "algorithm", ["hmac-sha256", "none", "rsa-sha1", "rsa-sha512", "ed25519", "dsa-sha256", "x" * 50]
)
def test_a13_other_algorithms_are_refused(algorithm):  # A13
    outcome = check_delivery(with_parameters(algorithm=algorithm), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.status == 401


def test_hs2019_with_rsa_may_mean_sha512():
    request = signed_by_httpsig(["(request-target)", "host", "date", "digest"], algorithm="rsa-sha512")
    renamed = changed(request, signature=request.header("signature").replace("rsa-sha512", "hs2019"))
    assert isinstance(check_delivery(renamed, keys, now=NOW, hosts=HOSTS), Genuine)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "garbage",
        "Signature",
        'keyId="a"',
        'keyId="a",signature=""',
        'keyId="a",signature="YQ==",',
        'keyId="a",,signature="YQ=="',
        'keyId="a" signature="YQ=="',
        'keyId="a",keyId="b",signature="YQ=="',
        'keyId="a",KEYID="b",signature="YQ=="',
        'keyId="a\\"b",signature="YQ=="',
        'keyId="a",signature="not base64"',
        'keyId="a",signature="YQ==",headers=""',
        'keyId="a",signature="YQ==",headers="date  host"',
        'keyId="a",signature="YQ==",headers="date date"',
        'keyId="a",signature="YQ==",headers="Date"',
        'keyId="a",signature="YQ==",headers="(unknown)"',
        'keyId="a",signature="YQ==",headers="(created)"',
        'keyId="a",signature="YQ==",headers="(created)",created="x"',
        'keyId="a",signature="YQ==",headers="(expires) (created)",created=1',
        'keyId="a",signature="YQ==",algorithm="rsa-sha256",headers="(created)",created=1',
        'keyId="a",signature="YQ==",headers="' + " ".join(f"x{n}" for n in range(50)) + '"',
        'keyId="a",signature="YQ==",' + ",".join(f'a{"x" * n}="1"' for n in range(20)),
        'keyId="' + "a" * 9000 + '",signature="YQ=="',
    ],
)
def test_malformed_headers_are_refused_as_malformed(signature):
    with pytest.raises(BadSignature) as refused:
        cavage.read_claim(changed(posted(Scheme.CAVAGE), signature=signature))
    assert refused.value.status == 400
    outcome = check_delivery(changed(posted(Scheme.CAVAGE), signature=signature), keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.status == 400


def test_a_header_that_was_not_sent_cannot_be_covered():
    request = with_parameters(headers="(request-target) host date digest x-other")
    outcome = check_delivery(request, keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.code == "coverage"


def cavage_with_times(created: int | None, expires: int | None, *, covered: str) -> SignedRequest:
    """A delivery signed as hs2019 with (created) and (expires), as the draft has it."""
    base = posted(Scheme.CAVAGE)
    claim = cavage.CavageClaim("k", b"", tuple(covered.split()), "hs2019", created, expires)
    text = claim._text(base, "/inbox", "v.example")
    signature = base64.b64encode(sign_bytes(load_private(pair(GUS)[0]), text)).decode()
    parts = [f'keyId="{GUS}#main-key"', 'algorithm="hs2019"', f'headers="{covered}"', f'signature="{signature}"']
    parts += [f"created={created}"] if created is not None else []
    parts += [f"expires={expires}"] if expires is not None else []
    return changed(base, signature=", ".join(parts))


STAMP = int(NOW.timestamp())
COVERED = "(request-target) (created) host digest"


@pytest.mark.parametrize(
    ("created", "expires", "code"),
    [
        (STAMP, None, None),
        (STAMP - 60, STAMP + 60, None),
        (STAMP - 11 * 3600, None, None),
        (STAMP - 13 * 3600, None, "stale"),
        (STAMP + 7200, None, "stale"),
        (STAMP - 60, STAMP - 1, "stale"),
        (STAMP - 60, STAMP - 70, "stale"),
    ],
)
def test_created_and_expires(created, expires, code):  # A07, A08, A09
    covered = COVERED + (" (expires)" if expires is not None else "")
    outcome = check_delivery(cavage_with_times(created, expires, covered=covered), keys, now=NOW, hosts=HOSTS)
    assert getattr(outcome, "code", None) == code
    assert isinstance(outcome, Genuine) or code


def test_an_uncovered_created_is_no_date():
    request = cavage_with_times(STAMP, None, covered="(request-target) host digest")
    outcome = check_delivery(request, keys, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.code == "coverage"


def test_expiry_counts_beside_a_date():  # A09
    request = cavage_with_times(None, STAMP - 1, covered="(request-target) date host digest (expires)")
    assert check_delivery(request, keys, now=NOW, hosts=HOSTS).code == "stale"
    request = cavage_with_times(None, STAMP + 1, covered="(request-target) date host digest (expires)")
    assert isinstance(check_delivery(request, keys, now=NOW, hosts=HOSTS), Genuine)


@pytest.mark.parametrize(
    "value", [None, "", "yesterday", "Tue, 20 Oct 2026 14:00:02", "Tue, 99 Oct 2026 14:00:02 GMT", "1792504802"]
)
def test_malformed_dates(value):
    with pytest.raises(BadSignature):
        read_http_date(value)


def test_a_port_the_scheme_implies_may_be_left_out_of_the_signature():
    request = posted(Scheme.CAVAGE)
    assert isinstance(check_delivery(changed(request, host="v.example:443"), keys, now=NOW, hosts=HOSTS), Genuine)


def test_a_known_key_that_cannot_be_read_refuses():
    broken = KnownKey(f"{GUS}#main-key", GUS, "no key")
    outcome = check_delivery(posted(Scheme.CAVAGE), lambda _: broken, now=NOW, hosts=HOSTS)
    assert isinstance(outcome, Refused) and outcome.code == "key-unreadable"
    assert load_public(known().public)

"""Is a signed request genuine? A pure function of the request and a look-up of keys: it never fetches, never logs.

There is no outcome «not checked»: what is not proven is refused.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from activitypub.errors import BadSignature, BadUri
from activitypub.signatures import cavage, rfc9421
from activitypub.signatures.keys import load_public
from activitypub.signatures.request import Claim, Scheme, SignedRequest, Times
from activitypub.uris import is_address_literal, same_origin, split, split_authority

MAX_AGE = timedelta(hours=12)

KeyOf = Callable[[str], "KnownKey | None"]


@dataclass(frozen=True)
class KnownKey:
    """A key that was found in the document of its owner; `owner` is the actor's uri, `public` PEM or Multikey."""

    key_id: str
    owner: str
    public: str


@dataclass(frozen=True)
class Genuine:
    """The request was signed by this actor; the only outcome that names one."""

    key_id: str
    actor: str
    scheme: Scheme
    nonce: str | None = None
    claim: Claim | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class KeyNeeded:
    """All is well except that the key is not known yet: fetch it, then check again."""

    key_id: str
    scheme: Scheme
    claim: Claim | None = field(default=None, compare=False, repr=False)  # what was read of the signature


@dataclass(frozen=True)
class Refused:
    """The request is not proven; `key_id` is set if a known key did not fit, which a rotated key would explain."""

    status: int
    reason: str
    code: str = "signature"
    key_id: str | None = None


Outcome = Genuine | KeyNeeded | Refused


def check_delivery(
    request: SignedRequest,
    key_of: KeyOf,
    *,
    now: datetime,
    hosts: Collection[str],
    max_skew: timedelta = timedelta(hours=1),
    allow_local: bool = False,
) -> Outcome:
    """Check a signed POST; `hosts` are our own names as Host headers give them."""
    if request.method.upper() != "POST":
        return Refused(400, "a delivery is a POST", "malformed")
    times = Times(now, max_skew.total_seconds(), MAX_AGE.total_seconds())
    return _check(request, key_of, times, hosts=hosts, with_body=True, allow_local=allow_local)


def check_get(
    request: SignedRequest,
    key_of: KeyOf,
    *,
    now: datetime,
    hosts: Collection[str],
    max_skew: timedelta = timedelta(hours=1),
    allow_local: bool = False,
) -> Outcome:
    """Check a signed GET or HEAD; an unsigned one is refused with the code `unsigned`."""
    if request.method.upper() not in ("GET", "HEAD") or request.body:
        return Refused(400, "this is not a plain GET", "malformed")
    times = Times(now, max_skew.total_seconds(), MAX_AGE.total_seconds())
    return _check(request, key_of, times, hosts=hosts, with_body=False, allow_local=allow_local)


def check_with(request: SignedRequest, needed: KeyNeeded, known: KnownKey) -> Genuine | Refused:
    """Go on with a check of the same request that needed a key, once the key is there."""
    if needed.claim is None:
        raise ValueError("this did not come from a check")
    try:
        return _decide(request, needed.claim, known)
    except BadSignature as error:
        return Refused(error.status, error.reason, error.code)


def _check(
    request: SignedRequest,
    key_of: KeyOf,
    times: Times,
    *,
    hosts: Collection[str],
    with_body: bool,
    allow_local: bool,
) -> Outcome:
    try:
        request.check_shape()
        _check_encoding(request)
        claim = _read_claim(request)
        _check_host(request, hosts)
        claim.check_coverage(with_body=with_body)
        claim.check_times(request, times)
        if with_body:
            claim.check_body(request)
        _check_key_id(claim.key_id, allow_local=allow_local)
        known = key_of(claim.key_id)
        if known is None:
            return KeyNeeded(claim.key_id, claim.scheme, claim)
        return _decide(request, claim, known)
    except BadSignature as error:
        return Refused(error.status, error.reason, error.code)


def _read_claim(request: SignedRequest) -> Claim:
    # With both kinds of signature only the newer counts: never «either of the two».
    if request.header("signature-input") is not None:
        return rfc9421.read_claim(request)
    if request.header("signature") is not None:
        return cavage.read_claim(request)
    raise BadSignature("the request is not signed", code="unsigned")


def _decide(request: SignedRequest, claim: Claim, known: KnownKey) -> Genuine | Refused:
    if known.key_id != claim.key_id or not same_origin(known.key_id, known.owner):
        raise BadSignature("the key does not belong to the server of its owner", code="key-owner")
    if not claim.is_genuine(request, load_public(known.public)):
        return Refused(401, "the signature does not fit the key", "signature-wrong", claim.key_id)
    return Genuine(claim.key_id, known.owner, claim.scheme, claim.nonce, claim)


def _check_host(request: SignedRequest, hosts: Collection[str]) -> None:
    value = request.header("host")
    if value is None:
        raise BadSignature("the request names no host", code="malformed", status=400)
    try:
        name, port = split_authority(value)
    except BadUri as error:
        raise BadSignature("the request names a malformed host", code="malformed", status=400) from error
    forms = {name if port is None else f"{name}:{port}"} | ({name} if port in (80, 443) else set())
    if not forms & set(hosts):
        raise BadSignature("the request was signed for another server", code="host")


def _check_encoding(request: SignedRequest) -> None:
    encoding = request.header("content-encoding")
    if encoding is not None and encoding.lower() != "identity":
        raise BadSignature("compressed requests are not accepted", code="encoding", status=415)


def _check_key_id(key_id: str, *, allow_local: bool) -> None:
    try:
        parts = split(key_id)
    except BadUri as error:
        raise BadSignature("the id of the key is not an address", code="key-id") from error
    if not allow_local and (parts.scheme != "https" or is_address_literal(parts.host) or "." not in parts.host):
        raise BadSignature("the id of the key is not an https address of a named server", code="key-id")

"""HTTP Message Signatures (RFC 9421): sign and verify. The one module that knows `http_message_signatures`.

The library builds the signature base; which signature, which coverage and which age are acceptable is decided here.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import http_sf
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from activitypub.errors import BadSignature
from activitypub.signatures.digest import check_content_digest
from activitypub.signatures.keys import PrivateKey, PublicKey, sign_bytes
from activitypub.signatures.request import Scheme, SignedRequest, Times, read_http_date

MAX_HEADER = 8192
MAX_COVERED = 32
LABEL = "sig1"

_DERIVED = frozenset({"@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"})
_METADATA = frozenset({"alg", "created", "expires", "keyid", "nonce", "tag"})
# A tag says for which protocol a signature was made; one for another protocol proves nothing here.
_OUR_TAGS = frozenset({None, "activitypub"})


@dataclass(frozen=True)
class MessageClaim:
    """The one labelled signature of a request."""

    key_id: str
    covered: tuple[str, ...]
    created: int
    expires: int | None
    nonce: str | None
    scheme: Scheme = Scheme.RFC9421

    def check_coverage(self, *, with_body: bool) -> None:
        """Raise BadSignature unless method, the whole target and (with a body) the digest are covered."""
        needed = ["@method"] + (["content-digest"] if with_body else [])
        missing = [name for name in needed if name not in self.covered]
        if "@target-uri" not in self.covered and not {"@authority", "@path", "@query"} <= set(self.covered):
            missing.append("@target-uri")
        if missing:
            raise BadSignature(f"the signature does not cover {', '.join(missing)}", code="coverage")

    def check_times(self, request: SignedRequest, times: Times) -> None:
        """Raise BadSignature unless `created`, `expires` and a covered Date say that the request is fresh."""
        times.check_window(self.created, self.expires)
        if "date" in self.covered:
            times.check_date(read_http_date(request.header("date")))

    def signed_at(self, _request: SignedRequest) -> datetime:
        """Give when the request was signed, by the clock of who did."""
        return datetime.fromtimestamp(self.created, UTC)

    def check_body(self, request: SignedRequest) -> None:
        """Raise BadSignature unless the Content-Digest header is that of the body."""
        value = request.header("content-digest")
        if value is None:
            raise BadSignature("there is no digest of the body", code="digest-missing")
        check_content_digest(value, request.body)

    def is_genuine(self, request: SignedRequest, key: PublicKey) -> bool:
        """Tell whether the signature is by this key, for this target under https or, in development, http."""
        kind = algorithms.RSA_V1_5_SHA256 if isinstance(key, RSAPublicKey) else algorithms.ED25519
        schemes = ("https", "http") if {"@target-uri", "@scheme"} & set(self.covered) else ("https",)
        for scheme in schemes:
            verifier = _Verifier(signature_algorithm=kind, key_resolver=_OneKey(key))
            try:
                verifier.verify(_Message.of(request, scheme), max_age=None)
            except HTTPMessageSignaturesException:
                continue
            return True
        return False


@dataclass(frozen=True)
class Wish:
    """What a server asks a signature to cover, said in Accept-Signature."""

    covered: tuple[str, ...]
    nonce: str | None = None
    tag: str | None = None


def sign(
    method: str, url: str, headers: Mapping[str, str], *, key_id: str, key: PrivateKey, now: datetime, wish: Wish
) -> dict[str, str]:
    """Make Signature-Input and Signature over the wished components of a request with these headers."""
    kind = algorithms.RSA_V1_5_SHA256 if isinstance(key, RSAPrivateKey) else algorithms.ED25519
    signer = HTTPMessageSigner(signature_algorithm=kind)
    message = _Message(method.upper(), url, _Headers(tuple((name.lower(), value) for name, value in headers.items())))
    prepared = signer.prepare(
        message,
        key_id=key_id,
        created=now,
        nonce=wish.nonce,
        tag=wish.tag,
        covered_component_ids=wish.covered,
        use_existing_digest="content-digest" in message.headers,
    )
    signature = base64.b64encode(sign_bytes(key, prepared.signature_base)).decode()
    return {"Signature-Input": f"{LABEL}={prepared.signature_params}", "Signature": f"{LABEL}=:{signature}:"}


def read_claim(request: SignedRequest) -> MessageClaim:
    """Parse the one signature of a request strictly; raise BadSignature if there are more or it is malformed."""
    inputs = _dictionary(request.header("signature-input"), "Signature-Input")
    signatures = _dictionary(request.header("signature"), "Signature")
    if len(inputs) != 1 or inputs.keys() != signatures.keys():
        raise BadSignature("the request must have exactly one signature", code="several", status=401)
    ((items, parameters),) = inputs.values()
    ((signature, _ignored),) = signatures.values()
    if not isinstance(items, list) or not isinstance(signature, bytes) or len(items) > MAX_COVERED:
        raise _malformed("Signature-Input")
    covered = tuple(_component(item, request) for item in items)
    if len(set(covered)) != len(covered):
        raise _malformed("Signature-Input")
    _check_parameters(parameters)
    return MessageClaim(
        key_id=parameters["keyid"],
        covered=covered,
        created=parameters["created"],
        expires=parameters.get("expires"),
        nonce=parameters.get("nonce"),
    )


def accept_signature(*, with_body: bool, nonce: str | None = None) -> str:
    """Write the Accept-Signature header that tells an unsigned sender what we need."""
    covered = '"@method" "@target-uri"' + (' "content-digest"' if with_body else "")
    wanted = f";created;keyid{_quoted_nonce(nonce)}"
    return f"{LABEL}=({covered}){wanted}"


def read_wish(value: str | None, *, headers: Mapping[str, str]) -> Wish | None:
    """Read another server's Accept-Signature; None if it asks for what a request with these headers cannot give."""
    try:
        wishes = _dictionary(value, "Accept-Signature")
    except BadSignature:
        return None
    present = {name.lower() for name in headers}
    for items, parameters in wishes.values():
        if not isinstance(items, list) or len(items) > MAX_COVERED or not parameters.keys() <= _METADATA:
            continue
        names = [item for item, item_parameters in items if isinstance(item, str) and not item_parameters]
        if len(names) != len(items) or len(set(names)) != len(names):
            continue
        nonce, tag = parameters.get("nonce"), parameters.get("tag")
        texts = all(text is None or (isinstance(text, str) and len(text) <= 256) for text in (nonce, tag))
        if texts and all(name in _DERIVED or name in present for name in names):
            return Wish(tuple(names), nonce, tag)
    return None


class _Headers:
    """Header lines in their order; what the library asks of a request's headers."""

    def __init__(self, lines: tuple[tuple[str, str], ...]) -> None:
        self._lines = lines

    def items(self) -> Iterator[tuple[str, str]]:
        return iter(self._lines)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._lines)

    def __contains__(self, name: object) -> bool:
        return any(name == other for other in self)

    def __getitem__(self, name: str) -> str:
        return next(value for other, value in self._lines if other == name)


@dataclass(frozen=True)
class _Message:
    """A request in the shape the library reads."""

    method: str
    url: str
    headers: _Headers = field(repr=False)

    @classmethod
    def of(cls, request: SignedRequest, scheme: str) -> "_Message":
        url = f"{scheme}://{request.header('host')}{request.target}"
        lines = tuple((name.lower(), value) for name, value in request.headers)
        return cls(request.method.upper(), url, _Headers(lines))


class _OneKey(HTTPSignatureKeyResolver):
    """Answers with the key that was already looked up and checked."""

    def __init__(self, key: PublicKey) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> PublicKey:
        return self._key


class _Verifier(HTTPMessageVerifier):
    """Leaves age to `check_times`, which has the caller's clock; the library would use the machine's."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        return


def _dictionary(value: str | None, header: str) -> dict[str, Any]:
    if value is None or len(value) > MAX_HEADER or not value.isascii():
        raise _malformed(header)

    def refuse_duplicate(_key: str, _context: str) -> None:
        raise _malformed(header)

    try:
        members: Any = http_sf.parse(value.encode(), tltype="dictionary", on_duplicate_key=refuse_duplicate)
    except (ValueError, TypeError) as error:
        raise _malformed(header) from error
    return dict(members)


def _component(item: tuple[Any, Mapping[str, Any]], request: SignedRequest) -> str:
    name, parameters = item
    # No component parameters (;req, ;key, ;bs …): nobody in this network uses them, each is one more way to be fooled.
    if type(name) is not str or parameters or name != name.lower():
        raise BadSignature("the signature covers something we do not understand", code="coverage")
    if name.startswith("@"):
        if name not in _DERIVED:
            raise BadSignature(f"the signature covers {name[:40]!r}, which we do not understand", code="coverage")
    elif request.header(name) is None:
        raise BadSignature(f"the signature covers {name[:40]!r}, which was not sent", code="coverage")
    return name


def _check_parameters(parameters: Mapping[str, Any]) -> None:
    if not parameters.keys() <= _METADATA:
        raise BadSignature("the signature has parameters we do not understand", code="parameters")
    if type(parameters.get("keyid")) is not str or type(parameters.get("created")) is not int:
        raise BadSignature("the signature has no keyid or no creation time", code="parameters")
    if "expires" in parameters and type(parameters["expires"]) is not int:
        raise _malformed("Signature-Input")
    if any(name in parameters and type(parameters[name]) is not str for name in ("alg", "nonce", "tag")):
        raise _malformed("Signature-Input")
    if parameters.get("tag") not in _OUR_TAGS:
        raise BadSignature("the signature was made for another protocol", code="parameters")
    for name in ("created", "expires"):
        if not 0 <= parameters.get(name, 0) < 10**12:
            raise _malformed("Signature-Input")


def _quoted_nonce(nonce: str | None) -> str:
    if nonce is None:
        return ""
    if not nonce.isascii() or not nonce.isprintable() or '"' in nonce or "\\" in nonce:
        raise ValueError("a nonce is plain ASCII without quotes")
    return f';nonce="{nonce}"'


def _malformed(header: str) -> BadSignature:
    return BadSignature(f"the header {header} is missing or malformed", code="malformed", status=400)

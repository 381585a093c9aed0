"""draft-cavage-http-signatures-12, the signature that most of the fediverse still speaks: sign and verify.

Own code, because the two libraries for it accept forged signatures; see fedcop/decisions.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from activitypub.errors import BadSignature
from activitypub.signatures.digest import check_digest
from activitypub.signatures.keys import PrivateKey, PublicKey, is_signed, sign_bytes
from activitypub.signatures.request import Scheme, SignedRequest, Times, read_http_date

MAX_HEADER = 8192
MAX_PARAMETERS = 16
MAX_COVERED = 32

_PARAMETER = re.compile(r'([A-Za-z]+)=(?:"([^"\\]*)"|([0-9]{1,12}))')
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+|\((?:request-target|created|expires)\)")
# The sender's word for the algorithm is advice only; a word that names no RSA or Ed25519 scheme is refused.
_FOR_RSA = frozenset({"", "hs2019", "rsa-sha256", "rsa-sha512", "rsa-v1_5-sha256"})
_FOR_ED25519 = frozenset({"", "hs2019", "ed25519", "ed25519-sha512"})


@dataclass(frozen=True)
class CavageClaim:
    """A parsed Signature header."""

    key_id: str
    signature: bytes
    covered: tuple[str, ...]
    algorithm: str
    created: int | None
    expires: int | None
    scheme: Scheme = Scheme.CAVAGE
    nonce: str | None = None

    def check_coverage(self, *, with_body: bool) -> None:
        """Raise BadSignature unless target, host, a date and (with a body) the digest are covered."""
        needed = ["(request-target)", "host"] + (["digest"] if with_body else [])
        missing = [name for name in needed if name not in self.covered]
        if "date" not in self.covered and "(created)" not in self.covered:
            missing.append("date")
        if missing:
            raise BadSignature(f"the signature does not cover {', '.join(missing)}", code="coverage")

    def check_times(self, request: SignedRequest, times: Times) -> None:
        """Raise BadSignature unless date, (created) and (expires) say that the request is fresh."""
        if "date" in self.covered:
            times.check_date(read_http_date(request.header("date")))
        if self.created is not None:
            times.check_window(self.created, self.expires)
        elif self.expires is not None and times.now.timestamp() > self.expires:
            raise BadSignature("the signature has expired", code="stale")

    def signed_at(self, request: SignedRequest) -> datetime:
        """Give when the request was signed, by the clock of who did."""
        if "date" in self.covered or self.created is None:
            return read_http_date(request.header("date"))
        return datetime.fromtimestamp(self.created, UTC)

    def check_body(self, request: SignedRequest) -> None:
        """Raise BadSignature unless the Digest header is that of the body."""
        value = request.header("digest")
        if value is None:
            raise BadSignature("there is no digest of the body", code="digest-missing")
        check_digest(value, request.body)

    def is_genuine(self, request: SignedRequest, key: PublicKey) -> bool:
        """Tell whether the signature is by this key, over the target with or without its query."""
        if self.algorithm not in (_FOR_RSA if isinstance(key, RSAPublicKey) else _FOR_ED25519):
            return False
        for sha512 in self._hashes(key):
            for text in self._texts(request):
                if is_signed(key, self.signature, text, sha512=sha512):
                    return True
        return False

    def _hashes(self, key: PublicKey) -> tuple[bool, ...]:
        if self.algorithm == "rsa-sha512":
            return (True,)
        return (False, True) if self.algorithm == "hs2019" and isinstance(key, RSAPublicKey) else (False,)

    def _texts(self, request: SignedRequest) -> Iterator[bytes]:
        # Old Mastodon and others sign the path without the query.
        targets = dict.fromkeys((request.target, request.target.partition("?")[0]))
        host = request.header("host") or ""
        hosts = dict.fromkeys((host, host.removesuffix(":443")))
        for target in targets:
            for name in hosts:
                yield self._text(request, target, name)

    def _text(self, request: SignedRequest, target: str, host: str) -> bytes:
        lines = []
        for name in self.covered:
            if name == "(request-target)":
                value = f"{request.method.lower()} {target}"
            elif name == "host":
                value = host
            elif name in ("(created)", "(expires)"):
                value = str(self.created if name == "(created)" else self.expires)
            else:
                value = request.header(name) or ""
            lines.append(f"{name}: {value}")
        return "\n".join(lines).encode("utf-8", "surrogateescape")


def sign(method: str, target: str, headers: Mapping[str, str], *, key_id: str, key: PrivateKey) -> str:
    """Make the Signature header over (request-target) and the given headers (lower-case names, in this order)."""
    lines = [f"(request-target): {method.lower()} {target}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    signature = base64.b64encode(sign_bytes(key, "\n".join(lines).encode())).decode()
    covered = " ".join(["(request-target)", *headers])
    # rsa-sha256 by name, not hs2019: every verifier takes it.
    algorithm = "rsa-sha256" if hasattr(key, "key_size") else "hs2019"
    return f'keyId="{key_id}",algorithm="{algorithm}",headers="{covered}",signature="{signature}"'


def read_claim(request: SignedRequest) -> CavageClaim:
    """Parse the Signature header strictly; raise BadSignature (400) if it is malformed."""
    parameters = _parameters(request.header("signature") or "")
    key_id, encoded = parameters.get("keyid"), parameters.get("signature")
    if not key_id or not encoded:
        raise _malformed("has no keyId or no signature")
    covered = tuple(parameters.get("headers", "date").split(" "))
    algorithm = parameters.get("algorithm", "").lower()
    if len(covered) > MAX_COVERED or len(set(covered)) != len(covered):
        raise _malformed("names too many headers, or one twice")
    for name in covered:
        if not _HEADER_NAME.fullmatch(name):
            raise _malformed("names a header that cannot be")
        if not name.startswith("(") and request.header(name) is None:
            raise BadSignature(f"the signature covers {name[:40]!r}, which was not sent", code="coverage")
    created, expires = _moment(parameters, "created"), _moment(parameters, "expires")
    if ("(created)" in covered and created is None) or ("(expires)" in covered and expires is None):
        raise _malformed("covers a time that it does not name")
    if algorithm.startswith(("rsa", "hmac", "ecdsa")) and ("(created)" in covered or "(expires)" in covered):
        raise _malformed("mixes an old algorithm name with (created) or (expires)")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("is not base64") from error
    # An unsigned `created` says nothing.
    return CavageClaim(
        key_id=key_id,
        signature=signature,
        covered=covered,
        algorithm=algorithm,
        created=created if "(created)" in covered else None,
        expires=expires,
    )


def _parameters(value: str) -> dict[str, str]:
    if len(value) > MAX_HEADER:
        raise _malformed("is too long")
    parameters: dict[str, str] = {}
    position = 0
    while position < len(value):
        found = _PARAMETER.match(value, position)
        if not found or len(parameters) == MAX_PARAMETERS:
            raise _malformed("has parameters that cannot be read")
        name = found[1].lower()
        if name in parameters:
            raise _malformed(f"names {name[:20]} twice")
        parameters[name] = found[2] if found[2] is not None else found[3]
        position = found.end()
        rest = value[position:].lstrip(" \t")
        if rest and not rest.startswith(","):
            raise _malformed("has parameters that cannot be read")
        position = len(value) - len(rest[1:].lstrip(" \t")) if rest else len(value)
        if rest and position == len(value):
            raise _malformed("ends with a comma")
    return parameters


def _moment(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _malformed(f"has a malformed {name}")
    return int(text)


def _malformed(what: str) -> BadSignature:
    return BadSignature(f"the signature header {what}", code="malformed", status=400)

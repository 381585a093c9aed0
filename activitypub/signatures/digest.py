"""Digest and Content-Digest: the part of a signature that covers the body. Only SHA-256 proves anything."""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Any

import http_sf

from activitypub.errors import BadSignature

_LEGACY_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_MAX_HEADER = 1024


def make_digest(body: bytes) -> str:
    """Make the Digest header that draft-cavage signatures cover."""
    return f"SHA-256={_sha256(body)}"


def make_content_digest(body: bytes) -> str:
    """Make the Content-Digest header (RFC 9530) that RFC 9421 signatures cover."""
    return f"sha-256=:{_sha256(body)}:"


@lru_cache(maxsize=2)  # the same body goes to many servers; more of them would hold a megabyte each
def _sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def check_digest(value: str, body: bytes) -> None:
    """Raise BadSignature unless a Digest header has a SHA-256 and all it names matches the body."""
    found: dict[str, bytes] = {}
    for part in _short(value).split(","):
        name, equals, encoded = part.strip().partition("=")
        name = name.lower()
        if not equals or not name or name in found:
            raise _malformed()
        if name in _LEGACY_HASHES:
            found[name] = _decode(encoded)
        else:
            found[name] = b""
    _compare(found, body)


def check_content_digest(value: str, body: bytes) -> None:
    """Raise BadSignature unless a Content-Digest header has a SHA-256 and all it names matches the body."""

    def refuse_duplicate(_key: str, _context: str) -> None:
        raise _malformed()

    try:
        members: Any = http_sf.parse(_short(value).encode(), tltype="dictionary", on_duplicate_key=refuse_duplicate)
    except (ValueError, TypeError) as error:
        raise _malformed() from error
    found: dict[str, bytes] = {}
    for name, (member, _parameters) in members.items():
        if not isinstance(member, bytes):
            raise _malformed()
        found[name] = member
    _compare(found, body)


def _compare(found: dict[str, bytes], body: bytes) -> None:
    if "sha-256" not in found:
        raise BadSignature("the digest of the body is not a SHA-256", code="digest-kind")
    for name, claimed in found.items():
        make = _LEGACY_HASHES.get(name)
        # Others (MD5, Adler) prove nothing and are not computed; SHA-256 beside them decides.
        if make and not hmac.compare_digest(make(body).digest(), claimed):
            raise BadSignature("the body is not the one that was signed", code="digest-wrong")


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error


def _short(value: str) -> str:
    if len(value) > _MAX_HEADER or not value.isascii():
        raise _malformed()
    return value


def _malformed() -> BadSignature:
    return BadSignature("the digest header is malformed", code="digest-malformed", status=400)

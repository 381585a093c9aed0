"""Actor tokens (FEP-db0e): a group's signed word that somebody may read it, for servers which do not know its members. Pure.

Says what a token claims and who signed it; whether that still holds, and for what, is for whoever is shown it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from activitypub.errors import BadDocument, BadSignature
from activitypub.jsonld.normalise import read_date, write_date
from activitypub.signatures import Signer, load_private, load_public
from activitypub.signatures.canonical import read_strict
from activitypub.signatures.keys import is_signed, sign_bytes

SCHEME = "ActivityPubActorToken"
ALGORITHM = "rsa-sha256"
VALID = timedelta(minutes=30)
LONGEST = timedelta(hours=2)  # a token that claims to hold for longer holds not at all
SKEW = timedelta(minutes=5)
MAX_BYTES = 4096
MAX_SIGNATURES = 5


@dataclass(frozen=True)
class ActorToken:
    """What a token says; `signatures` are key ids and what they signed `signed` with."""

    issuer: str
    actor: str
    issued_at: datetime
    valid_until: datetime
    signed: bytes
    signatures: tuple[tuple[str, bytes], ...]

    def is_current(self, now: datetime) -> bool:
        """Tell whether it holds now, and was not made to hold for long; clocks may differ by five minutes."""
        lasts = self.valid_until - self.issued_at
        return timedelta(0) < lasts <= LONGEST and self.issued_at - SKEW <= now <= self.valid_until + SKEW

    def is_signed_by(self, key_id: str, public: str) -> bool:
        """Tell whether one of its signatures is by this key."""
        try:
            key = load_public(public)
        except BadSignature:
            return False
        return isinstance(key, RSAPublicKey) and any(
            name == key_id and is_signed(key, signature, self.signed) for name, signature in self.signatures
        )


def make_token(issuer: str, actor: str, signer: Signer, now: datetime, *, valid: timedelta = VALID) -> dict[str, Any]:
    """Write a token by a group for an actor that may read it."""
    said = {
        "issuer": issuer,
        "actor": actor,
        "issuedAt": write_date(now),
        "validUntil": write_date(now + valid),
    }
    signature = base64.b64encode(sign_bytes(load_private(signer.private_pem), _signed(said))).decode()
    return {**said, "signatures": [{"algorithm": ALGORITHM, "keyId": signer.key_id, "signature": signature}]}


def read_token(text: str | bytes) -> ActorToken:
    """Read a token; BadDocument if it is none."""
    body = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if len(body) > MAX_BYTES:
        raise BadDocument("the token is too long")
    found = read_strict(body)
    signatures = found.pop("signatures", None)
    if not all(isinstance(value, str) and "\n" not in name + value for name, value in found.items()):
        raise BadDocument("the token says something that is no single line")
    issued, until = read_date(found.get("issuedAt")), read_date(found.get("validUntil"))
    if (
        not isinstance(signatures, list)
        or issued is None
        or until is None
        or "" in (_text(found, "issuer"), _text(found, "actor"))
    ):
        raise BadDocument("the token does not say who gave it to whom, or for how long")
    made = tuple(pair for one in signatures[:MAX_SIGNATURES] if (pair := _signature(one)) is not None)
    return ActorToken(found["issuer"], found["actor"], issued, until, _signed(found), made)


def header(token: Mapping[str, Any] | bytes) -> str:
    """Write a token as the value of an Authorization header."""
    said = token.decode() if isinstance(token, bytes) else json.dumps(token)
    return f"{SCHEME} {json.dumps(json.loads(said))}"


def in_header(value: str) -> str | None:
    """Give the token in an Authorization header, None if it holds none."""
    scheme, _space, token = value.partition(" ")
    return token.strip() if scheme.lower() == SCHEME.lower() else None


def _signed(said: Mapping[str, Any]) -> bytes:
    return "\n".join(f"{name}: {said[name]}" for name in sorted(said)).encode()


def _text(said: Mapping[str, Any], name: str) -> str:
    return str(said.get(name) or "")


def _signature(said: Any) -> tuple[str, bytes] | None:
    if not isinstance(said, Mapping) or said.get("algorithm") != ALGORITHM:
        return None
    try:
        return str(said.get("keyId")), base64.b64decode(str(said.get("signature")), validate=True)
    except (binascii.Error, ValueError):
        return None

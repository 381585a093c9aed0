"""A device that makes passkeys and answers with them (WebAuthn, ES256), for tests without a browser. It does what it is told, also wrongly."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

UNLOCKED, PRESENT, MAKES = 0x04, 0x01, 0x40


class Device:
    """One device with one passkey."""

    def __init__(self, origin: str, host: str) -> None:
        self.origin, self.host = origin, host
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.user = b""
        self.count = 0
        self.flags = PRESENT | UNLOCKED

    def make(self, wish: str) -> str:
        """Make the passkey that a page wishes for."""
        asked = json.loads(wish)
        assert asked["authenticatorSelection"]["residentKey"] == "required"
        self.user = _decoded(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        known = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(MAKES) + known})
        return self._answer(
            {"attestationObject": _coded(attested), "clientDataJSON": _coded(self._client("create", asked))}
        )

    def answer(self, question: str, **more: Any) -> str:
        """Answer a page that asks for a passkey; `more` replaces parts of the answer."""
        self.count += 1
        data, client = self._data(), self._client("get", json.loads(question))
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {
            "authenticatorData": _coded(data),
            "clientDataJSON": _coded(client),
            "signature": _coded(signed),
            "userHandle": _coded(self.user),
        }
        return self._answer({**parts, **more})

    def _data(self, flags: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        said = {
            "type": f"webauthn.{kind}",
            "challenge": asked["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps({"id": _coded(self.id), "rawId": _coded(self.id), "type": "public-key", "response": response})


def _coded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

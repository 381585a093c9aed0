"""A push service by its real name, and devices behind it that decrypt by the letter of RFC 8291, of its draft, and of RFC 8292.

Shares no code with `fedcop.push`: what it can read, a browser can.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp.web import BaseRequest, Response
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.rig.clock import StandingClock
from tests.rig.fakeweb import FakeWeb


def coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, for at most one block."""
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Device:
    """A browser's half of a subscription."""

    endpoint: str = ""
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen bytes 16"

    @property
    def point(self) -> bytes:
        return point_of(self.private.public_key())

    @property
    def fields(self) -> dict[str, str]:
        """What it tells us when it subscribes."""
        return {"endpoint": self.endpoint, "p256dh": coded(self.point), "auth": coded(self.secret)}

    def open(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """Decrypt what came, by the encoding that it names."""
        if headers["Content-Encoding"] == "aes128gcm":
            return self.open_standard(body)
        assert headers["Content-Encoding"] == "aesgcm"
        salt = raw(headers["Encryption"].removeprefix("salt="))
        theirs = raw(dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))["dh"])
        shared = hkdf(self.secret, self._agreed(theirs), b"Content-Encoding: auth\x00", 32)
        context = b"P-256\x00\x00\x41" + self.point + b"\x00\x41" + theirs
        key = hkdf(salt, shared, b"Content-Encoding: aesgcm\x00" + context, 16)
        nonce = hkdf(salt, shared, b"Content-Encoding: nonce\x00" + context, 12)
        plain = AESGCM(key).decrypt(nonce, body, None)
        padding = int.from_bytes(plain[:2], "big")
        assert plain[2 : 2 + padding] == b"\x00" * padding
        return plain[2 + padding :]

    def open_standard(self, body: bytes) -> bytes:
        """Decrypt by RFC 8291 section 4 and RFC 8188 section 2: one record."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert length == 65 and len(record) <= size
        shared = hkdf(self.secret, self._agreed(theirs), b"WebPush: info\x00" + self.point + theirs, 32)
        key = hkdf(salt, shared, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = hkdf(salt, shared, b"Content-Encoding: nonce\x00", 12)
        plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
        assert plain.endswith(b"\x02")
        return plain[:-1]

    def _agreed(self, theirs: bytes) -> bytes:
        return self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))


@dataclass(frozen=True)
class Pushed:
    """Something that reached a device."""

    headers: Mapping[str, str]
    said: dict[str, Any]


@dataclass
class PushService:
    """Takes messages for its devices if who sends proves to be who they subscribed to; `status` is answered instead of 201."""

    clock: StandingClock
    host: str = "push.example"
    key: str = ""  # that devices subscribed to
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    asked: int = 0
    pushed: list[Pushed] = field(default_factory=list)

    async def begin(self, web: FakeWeb) -> PushService:
        """Answer at its name."""
        await web.serve(self.host, self.answer)
        return self

    def device(self, **more: Any) -> Device:
        """A new device behind this service."""
        path = f"/send/{len(self.devices)}"
        self.devices[path] = made = Device(f"https://{self.host}{path}", **more)
        return made

    async def answer(self, request: BaseRequest) -> Response:
        """Take a message: RFC 8030 section 5, RFC 8292 section 4.2."""
        self.asked += 1
        body, device = await request.read(), self.devices.get(request.path)
        if device is None:
            return Response(status=410)
        if self.status != 201:
            return Response(status=self.status, headers=self.headers)
        assert len(body) <= 4096 and 0 < int(request.headers["TTL"]) <= 86400 and len(request.headers["Topic"]) <= 32
        if not self._proven(request.headers):
            return Response(status=403)
        self.pushed.append(Pushed(dict(request.headers), json.loads(device.open(request.headers, body))))
        return Response(status=201)

    def _proven(self, headers: Mapping[str, str]) -> bool:
        scheme, _, rest = headers["Authorization"].partition(" ")
        if scheme == "vapid":
            given = dict(part.strip().split("=", 1) for part in rest.split(","))
            token, key = given["t"], given["k"]
        else:
            assert scheme == "WebPush"
            token = rest
            key = dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))["p256ecdsa"]
        signed, _, signature = token.rpartition(".")
        head, claims = (json.loads(raw(part)) for part in signed.split("."))
        pair = raw(signature)
        form = encode_dss_signature(int.from_bytes(pair[:32], "big"), int.from_bytes(pair[32:], "big"))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
        public.verify(form, signed.encode(), ec.ECDSA(SHA256()))
        expires = datetime.fromtimestamp(claims["exp"], tz=self.clock.now().tzinfo)
        lives = self.clock.now() < expires <= self.clock.now() + timedelta(days=1)
        named = claims["sub"].startswith(("mailto:", "https:"))
        return bool(
            head["alg"] == "ES256" and key == self.key and claims["aud"] == f"https://{self.host}" and lives and named
        )

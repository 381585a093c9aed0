"""Encrypts for one device what no push service may read: RFC 8291, and its draft of 2016 that older apps read. Pure."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

STANDARD = "aes128gcm"
LEGACY = "aesgcm"
ENCODINGS = (STANDARD, LEGACY)
MOST = 3000  # bytes; push services take 4096 with all that encryption adds


@dataclass(frozen=True)
class Sealed:
    """A message as it travels; `dh` and `salt` stand in headers where the encoding does not carry them itself."""

    body: bytes
    headers: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)  # of the header Crypto-Key


def seal(
    said: bytes,
    p256dh: str,
    auth: str,
    encoding: str = STANDARD,
    *,
    salt: bytes | None = None,
    ours: ec.EllipticCurvePrivateKey | None = None,
) -> Sealed:
    """Encrypt a message for a device; salt and key are new for each message, unless a test gives them."""
    if len(said) > MOST:
        raise ValueError(f"{len(said)} bytes are too many for a push service")
    salt, ours = salt or os.urandom(16), ours or ec.generate_private_key(ec.SECP256R1())
    body = http_ece.encrypt(
        said, salt=salt, private_key=ours, dh=unpack(p256dh), auth_secret=unpack(auth), version=encoding
    )
    headers = {"Content-Encoding": encoding, "Content-Type": "application/octet-stream"}
    if encoding == STANDARD:
        return Sealed(body, headers)
    shown = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Sealed(body, {**headers, "Encryption": f"salt={pack(salt)}"}, {"dh": pack(shown)})


def read_key(text: str) -> str | None:
    """Give a device's public key as we keep it, or None for what is no point of the curve."""
    found = _read(text, 65)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found or b"")
    except ValueError:
        return None
    return pack(found) if found else None


def read_secret(text: str) -> str | None:
    """Give a device's secret as we keep it, or None for what is none."""
    found = _read(text, 16)
    return pack(found) if found else None


def pack(raw: bytes) -> str:
    """Write bytes as these headers do: base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unpack(text: str) -> bytes:
    """Read them again."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read(text: str, size: int) -> bytes | None:
    """Some apps write the other alphabet, or padding."""
    try:
        plain = text.strip().replace("+", "-").replace("/", "_").rstrip("=")
        found = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return found if len(found) == size else None

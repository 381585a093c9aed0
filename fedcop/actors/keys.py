"""Makes the two pairs of keys that each actor of ours has. Reads nothing and stores nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from activitypub.signatures.keys import generate_ed25519, generate_rsa


@dataclass(frozen=True)
class KeyPair:
    """A private PEM and what the world may see of it: PEM for "rsa", multibase for "ed25519"."""

    kind: str
    private: str
    public: str


KeyPairs = tuple[KeyPair, KeyPair]


def _make() -> KeyPairs:
    rsa_private, rsa_public = generate_rsa()
    ed_private, ed_public = generate_ed25519()
    return KeyPair("rsa", rsa_private, rsa_public), KeyPair("ed25519", ed_private, ed_public)


async def make_pairs() -> KeyPairs:
    """Make both pairs in a thread (RSA takes 50 ms and more); call it before a transaction begins."""
    return await asyncio.to_thread(_make)

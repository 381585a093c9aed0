"""Keys that we know: strangers' public ones by id, our own private ones by actor. Never fetches."""

from __future__ import annotations

import time
from collections.abc import Iterable

from activitypub.signatures import Signer
from activitypub.verify import KnownKey
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.actors.models import Actor, ActorKey
from fedcop.core.database import rows
from fedcop.core.site import Site, site

KEPT = 60.0  # seconds


async def key_of(key_id: str) -> KnownKey | None:
    """Find a stranger's key by its exact id; ours are no strangers'."""
    found = await rows(
        "SELECT k.public, a.uri, a.local FROM actor_key k JOIN actor a ON a.id = k.actor_id WHERE k.key_id = ?", key_id
    )
    if not found or found[0]["local"]:
        return None
    return KnownKey(key_id, found[0]["uri"], found[0]["public"])


async def signer_for(actor: Actor) -> Signer:
    """Give what one of our actors signs requests with."""
    return await _signer(actor, "rsa")


async def signers_of(actor_ids: Iterable[int]) -> dict[int, Signer]:
    """Give what several of our actors sign requests with; who is not there, or has no key of its own, is left out."""
    keys = await ActorKey.filter(actor_id__in=set(actor_ids), kind="rsa", private__not_isnull=True)
    return {key.actor_id: Signer(key.key_id, key.private) for key in keys if key.private is not None}


async def proof_key(actor: Actor) -> Signer:
    """Give what one of our actors signs documents with."""
    return await _signer(actor, "ed25519")


class Own:
    """What we sign our fetches with, looked up now and then: each fetch needs it. `site().part(Own)` gives the site's only one."""

    def __init__(self, _site: Site) -> None:
        self._signer: Signer | None = None
        self._read_at = float("-inf")

    async def signer(self) -> Signer:
        """Give it."""
        if self._signer is None or time.monotonic() - self._read_at > KEPT:
            self._signer = await _signer(await service.instance_actor(), "rsa")
            self._read_at = time.monotonic()
        return self._signer


async def instance_signer() -> Signer:
    """Give what we sign our fetches with."""
    return await site().part(Own).signer()


async def _signer(actor: Actor, kind: str) -> Signer:
    key = await actors.private_key(actor, kind)
    if key.private is None:
        raise LookupError(f"{actor.uri} has no private key of its own")
    return Signer(key.key_id, key.private)

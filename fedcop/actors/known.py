"""What a uri means here: kind, row and owner; and what was deleted for good. Actors are found in their own table.

Not for: loading the row (features do), for rights, or for the vocabulary (federation/known.py).
"""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.actors.models import KnownObject
from fedcop.core.database import atomic

TOMBSTONE = "tombstone"
KINDS = frozenset(
    [
        "post",
        "resource",
        "person",
        "group",
        "application",
        "service",
        "organization",
        "follow",
        "join",
        "invite",
        "offer",
        "reaction",
        "share",
        "block",
        "accept",
        "flag",
        "activity",
        "collection",
        "tombstone",
    ]
)


@atomic
async def remember(uri: str, kind: str, ref_id: int | None = None, owner_uri: str = "") -> None:
    """Note what a uri means; what was buried stays buried."""
    if kind not in KINDS:
        raise LookupError(f"{kind!r} is no kind of known object")
    found = await KnownObject.get_or_none(uri=uri)
    if found is None:
        await KnownObject.create(uri=uri, kind=kind, ref_id=ref_id, owner_uri=owner_uri)
    elif found.kind != TOMBSTONE and (found.kind, found.ref_id, found.owner_uri) != (kind, ref_id, owner_uri):
        await KnownObject.filter(uri=uri).update(kind=kind, ref_id=ref_id, owner_uri=owner_uri)


async def look_up(uri: str) -> KnownObject | None:
    """Find what a uri means; actors are found in their own table."""
    if len(uri) > actors.MAX_URI:
        return None
    found = await KnownObject.get_or_none(uri=uri)
    if found is not None:
        return found
    actor = await actors.by_uri(uri)
    return KnownObject(uri=uri, kind=actor.kind.lower(), ref_id=actor.id, owner_uri=uri) if actor else None


@atomic
async def bury(uri: str, owner_uri: str = "") -> None:
    """Note that what was here is deleted for good; it will not come back by an older copy."""
    found = await KnownObject.get_or_none(uri=uri)
    if found is None:
        await KnownObject.create(uri=uri, kind=TOMBSTONE, owner_uri=owner_uri)
    else:
        await KnownObject.filter(uri=uri).update(kind=TOMBSTONE, owner_uri=found.owner_uri or owner_uri)


async def is_buried(uri: str) -> bool:
    """Tell whether a uri has been deleted."""
    return await KnownObject.filter(uri=uri, kind=TOMBSTONE).exists()


@atomic
async def forget(uri: str) -> None:
    """Forget what a uri means, for example a follow that ended."""
    await KnownObject.filter(uri=uri).delete()

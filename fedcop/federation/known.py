"""What a uri means here: kind, row and owner. It types bare references and remembers what was deleted.

Not for: loading the row (features do), nor for rights.
"""

from __future__ import annotations

from typing import Protocol

from activitypub.vocab import (
    Accept,
    Activity,
    Announce,
    Application,
    Block,
    Collection,
    Flag,
    Follow,
    Group,
    Invite,
    Join,
    Like,
    Note,
    Organization,
    Page,
    Person,
    Service,
    Thing,
    Tombstone,
)
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.database import atomic
from fedcop.federation.models import KnownObject
from fedcop.federation.verdicts import Ignore, Refuse

TOMBSTONE = "tombstone"

KINDS: dict[str, type[Thing]] = {
    "post": Note,
    "resource": Page,
    "person": Person,
    "group": Group,
    "application": Application,
    "service": Service,
    "organization": Organization,
    "follow": Follow,
    "join": Join,
    "invite": Invite,
    "reaction": Like,
    "share": Announce,
    "block": Block,
    "accept": Accept,
    "flag": Flag,
    "activity": Activity,
    "collection": Collection,
    TOMBSTONE: Tombstone,
}


class Done(Protocol):
    """What somebody did: an Inbound, of which only the actor counts here."""

    @property
    def actor(self) -> Actor: ...


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
    found = await KnownObject.get_or_none(uri=uri)
    if found is not None:
        return found
    actor = await actors.by_uri(uri)
    return KnownObject(uri=uri, kind=actor.kind.lower(), ref_id=actor.id, owner_uri=uri) if actor else None


async def class_of(uri: str) -> type[Thing] | None:
    """Give the class of the vocabulary that a uri stands for, None if nothing is known."""
    found = await look_up(uri)
    return KINDS.get(found.kind) if found else None


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


async def may_change(inbound: Done, uri: str) -> KnownObject:
    """Find what an Update, Delete or Undo is about; only its owner passes (attacks D01, D05, D07, D09)."""
    found = await look_up(uri)
    if found is None:
        raise Ignore("nothing is known of the object")
    if found.kind == TOMBSTONE:
        raise Ignore("the object has been deleted already")
    if found.owner_uri != inbound.actor.uri:
        raise Refuse("the object belongs to somebody else")
    return found

"""The vocabulary of what is known: types bare references, and says who may change what. The index itself is actors/known.py."""

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
    Offer,
    Organization,
    Page,
    Person,
    QuoteRequest,
    Service,
    Thing,
    Tombstone,
)
from fedcop.actors.known import (
    TOMBSTONE,
    bury,
    forget,
    is_buried,
    kinds_of,
    kinds_of_two,
    look_up,
    means_nothing,
    remember,
)
from fedcop.actors.models import Actor, KnownObject
from fedcop.federation.verdicts import Ignore, Refuse

__all__ = [
    "KINDS",
    "TOMBSTONE",
    "bury",
    "class_of",
    "forget",
    "is_buried",
    "kinds_of",
    "kinds_of_two",
    "look_up",
    "may_change",
    "means_nothing",
    "remember",
]

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
    "offer": Offer,
    "reaction": Like,
    "share": Announce,
    "block": Block,
    "accept": Accept,
    "flag": Flag,
    "quote_request": QuoteRequest,
    "activity": Activity,
    "collection": Collection,
    TOMBSTONE: Tombstone,
}


class Done(Protocol):
    """What somebody did: an Inbound, of which only the actor counts here."""

    @property
    def actor(self) -> Actor: ...


async def class_of(uri: str) -> type[Thing] | None:
    """Give the class of the vocabulary that a uri stands for, None if nothing is known."""
    found = await look_up(uri)
    return KINDS.get(found.kind) if found else None


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

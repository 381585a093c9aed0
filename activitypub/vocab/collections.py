"""Collections and their pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from activitypub.vocab import terms
from activitypub.vocab.base import Collection, Ref


@dataclass(frozen=True, kw_only=True, repr=False)
class CollectionPage(Collection):
    """A part of a collection."""

    TYPE: ClassVar[str] = "CollectionPage"


@dataclass(frozen=True, kw_only=True, repr=False)
class OrderedCollection(Collection):
    """A collection in which the order means something."""

    TYPE: ClassVar[str] = "OrderedCollection"

    items: tuple[Ref, ...] = terms.items("orderedItems", also="items")


@dataclass(frozen=True, kw_only=True, repr=False)
class OrderedCollectionPage(OrderedCollection):
    """A part of an ordered collection."""

    TYPE: ClassVar[str] = "OrderedCollectionPage"

    start_index: int | None = terms.integer("startIndex")

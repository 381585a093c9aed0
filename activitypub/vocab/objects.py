"""Posts, files, links, polls, places, and what is left of a thing that was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from activitypub.jsonld.normalise import as_list, read_number
from activitypub.vocab import terms
from activitypub.vocab.base import Object, Thing

#: Lemmy loses a post without `to`; Mastodon shows a list only if it is one. federation.md 1.4.
_POST = frozenset({"to", "cc", "sensitive"})


@dataclass(frozen=True, kw_only=True, repr=False)
class Link(Thing):
    """An address with what is known about it. A Link is not an Object: it has no author and no readers."""

    TYPE: ClassVar[str] = "Link"

    href: str | None = terms.identifier("href")
    #: NodeBB writes the address here. Only read; see `href`.
    stray_url: str | None = terms.identifier("url")
    name: str | None = terms.text("name")
    media_type: str | None = terms.text("mediaType")
    rel: str | None = terms.text("rel")
    hreflang: str | None = terms.text("hreflang")
    width: int | None = terms.integer("width")
    height: int | None = terms.integer("height")
    size: int | None = terms.integer("size")
    preview: Thing | None = terms.thing("preview", ("Link", "href"))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.href is None and self.stray_url is not None:
            object.__setattr__(self, "href", self.stray_url)


@dataclass(frozen=True, kw_only=True, repr=False)
class Note(Object):
    """A short text: a post, a comment, a message."""

    TYPE: ClassVar[str] = "Note"
    ALWAYS: ClassVar[frozenset[str]] = _POST


@dataclass(frozen=True, kw_only=True, repr=False)
class Vote(Note):
    """A Note that is a ballot: it has a name and answers a Question, and has no content. `name` is the choice."""

    TYPE: ClassVar[str] = "Note"
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"to"})


@dataclass(frozen=True, kw_only=True, repr=False)
class Article(Object):
    """A long text with a title."""

    TYPE: ClassVar[str] = "Article"
    ALWAYS: ClassVar[frozenset[str]] = _POST


@dataclass(frozen=True, kw_only=True, repr=False)
class Page(Object):
    """The root of a discussion, as Lemmy, PieFed and Mbin send it."""

    TYPE: ClassVar[str] = "Page"
    ALWAYS: ClassVar[frozenset[str]] = _POST


@dataclass(frozen=True, kw_only=True, repr=False)
class Question(Object):
    """A poll. Each choice is a Note whose `name` is the text and whose `replies` counts the votes."""

    TYPE: ClassVar[str] = "Question"
    ALWAYS: ClassVar[frozenset[str]] = _POST

    one_of: tuple[Thing, ...] = terms.things("oneOf", ("Note", "name"))
    any_of: tuple[Thing, ...] = terms.things("anyOf", ("Note", "name"))
    closed: datetime | bool | None = terms.date_or_flag("closed")
    voters_count: int | None = terms.integer("votersCount")


def _read_point(value: Any, build: terms.Build) -> tuple[float, float]:
    found = [read_number(item) for item in as_list(value)]
    if len(found) != 2 or found[0] is None or found[1] is None:
        raise terms.Unreadable
    return found[0], found[1]


@dataclass(frozen=True, kw_only=True, repr=False)
class Document(Object):
    """A file, or what stands for one: a picture, a sound, a film are kinds of it."""

    TYPE: ClassVar[str] = "Document"

    width: int | None = terms.integer("width")
    height: int | None = terms.integer("height")
    size: int | None = terms.integer("size")
    blurhash: str | None = terms.text("blurhash")
    focal_point: tuple[float, float] | None = terms.special("focalPoint", _read_point, lambda value, emit: list(value))
    digest_multibase: str | None = terms.text("digestMultibase")


@dataclass(frozen=True, kw_only=True, repr=False)
class Image(Document):
    """A picture."""

    TYPE: ClassVar[str] = "Image"


@dataclass(frozen=True, kw_only=True, repr=False)
class Audio(Document):
    """A sound."""

    TYPE: ClassVar[str] = "Audio"


@dataclass(frozen=True, kw_only=True, repr=False)
class Video(Document):
    """A film; PeerTube lists its files as Links in `urls`."""

    TYPE: ClassVar[str] = "Video"


@dataclass(frozen=True, kw_only=True, repr=False)
class Tombstone(Object):
    """What is left of a thing that was deleted."""

    TYPE: ClassVar[str] = "Tombstone"

    former_type: str | None = terms.text("formerType")
    deleted: datetime | None = terms.date("deleted")


@dataclass(frozen=True, kw_only=True, repr=False)
class QuoteAuthorization(Object):
    """The word of the author of `interaction_target` that `interacting_object` may quote it (FEP-044f)."""

    TYPE: ClassVar[str] = "QuoteAuthorization"

    interacting_object: str | None = terms.identifier("interactingObject")
    interaction_target: str | None = terms.identifier("interactionTarget")


@dataclass(frozen=True, kw_only=True, repr=False)
class PostalAddress(Object):
    """Where letters arrive."""

    TYPE: ClassVar[str] = "PostalAddress"

    street_address: str | None = terms.text("streetAddress")
    address_locality: str | None = terms.text("addressLocality")
    address_region: str | None = terms.text("addressRegion")
    postal_code: str | None = terms.text("postalCode")
    address_country: str | None = terms.text("addressCountry")


def _read_address(value: Any, build: terms.Build) -> Thing | str:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        raise terms.Unreadable
    found = build({"type": "PostalAddress", **value})
    if not isinstance(found, PostalAddress):
        raise terms.Unreadable
    return found


@dataclass(frozen=True, kw_only=True, repr=False)
class Place(Object):
    """Somewhere. Gancio and WordPress write the address as one text."""

    TYPE: ClassVar[str] = "Place"

    latitude: float | None = terms.number("latitude")
    longitude: float | None = terms.number("longitude")
    altitude: float | None = terms.number("altitude")
    accuracy: float | None = terms.number("accuracy")
    radius: float | None = terms.number("radius")
    units: str | None = terms.text("units")
    address: PostalAddress | str | None = terms.special("address", _read_address, lambda value, emit: emit(value))

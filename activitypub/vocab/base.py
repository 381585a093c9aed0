"""The roots of the vocabulary: Thing, Object, Activity, Collection (Actor is in actors.py).

All are frozen values; reading a property never fetches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Union

from activitypub.jsonld.normalise import FrozenMap
from activitypub.uris import same_origin
from activitypub.vocab import terms
from activitypub.vocab.languages import read_language, write_language
from activitypub.vocab.parts import Source, read_source, write_source

Ref = Union[str, "Thing"]


def id_of(ref: Ref | None) -> str | None:
    """The id of a reference, whether it is an id or an embedded thing."""
    if ref is None or isinstance(ref, str):
        return ref
    return ref.id


def ids_of(refs: Iterable[Ref]) -> tuple[str, ...]:
    """The ids of several references, without those that have none."""
    return tuple(name for name in map(id_of, refs) if name is not None)


@dataclass(frozen=True, kw_only=True, repr=False)
class Thing:
    """Anything in a document. `extra` holds the properties that this library does not know, as they came."""

    #: The type on the wire; a class without one is only ever read, or written with `type_name`.
    TYPE: ClassVar[str] = ""
    #: Properties that are written even when empty, because some peer needs them.
    ALWAYS: ClassVar[frozenset[str]] = frozenset()

    id: str | None = None
    type_name: str | None = None
    other_types: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default=FrozenMap(), hash=False)
    #: The `@context` as it came, or what to declare for terms of our own in `extra`.
    ld_context: Any = field(default=None, compare=False)
    #: The bytes as they came. Not an argument: a changed copy (`dataclasses.replace`) has none.
    raw: bytes | None = field(default=None, init=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.extra, FrozenMap):
            object.__setattr__(self, "extra", FrozenMap(self.extra))

    @property
    def type(self) -> str:
        """The type on the wire, also for types that this library does not know; empty if there is none."""
        return self.type_name or self.TYPE

    def __repr__(self) -> str:
        hidden = ("raw", "ld_context", "urls", "objects" if len(getattr(self, "objects", ())) == 1 else "object")
        shown = [
            f"{item.name}={getattr(self, item.name)!r:.200}"
            for item in fields(self)
            if item.name not in hidden and getattr(self, item.name) != item.default
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


_TABLES: dict[type[Thing], dict[str, tuple[str, terms.Term]]] = {}


def terms_of(kind: type[Thing]) -> dict[str, tuple[str, terms.Term]]:
    """Attribute and descriptor of each property of a class, by JSON key."""
    found = _TABLES.get(kind)
    if found is None:
        found = {}
        for item in fields(kind):
            term = item.metadata.get("term")
            if term is not None:
                found[term.key] = (item.name, term)
                if term.also:
                    found[term.also] = (item.name, term)
        _TABLES[kind] = found
    return found


@dataclass(frozen=True, kw_only=True, repr=False)
class Object(Thing):
    """What people make: posts, files, places, and all that has a name."""

    name: str | None = terms.text("name")
    summary: str | None = terms.text("summary")
    content: str | None = terms.text("content")
    name_map: Mapping[str, str] = terms.language_map("nameMap")
    summary_map: Mapping[str, str] = terms.language_map("summaryMap")
    content_map: Mapping[str, str] = terms.language_map("contentMap")
    media_type: str | None = terms.text("mediaType")
    source: Source | None = terms.special("source", read_source, write_source)
    language: str | None = terms.special("language", read_language, write_language)
    #: The first http(s) address; `urls` has all of them.
    url: str | None = None
    urls: tuple[Ref, ...] = terms.things("url", one=True)
    attributed_to: tuple[Ref, ...] = terms.references("attributedTo")
    to: tuple[str, ...] = terms.identifiers("to")
    cc: tuple[str, ...] = terms.identifiers("cc")
    #: Read, never written: nobody may learn of them.
    bto: tuple[str, ...] = terms.identifiers("bto", hidden=True)
    bcc: tuple[str, ...] = terms.identifiers("bcc", hidden=True)
    audience: tuple[str, ...] = terms.identifiers("audience", single=True)
    context: str | None = terms.identifier("context")
    context_history: str | None = terms.identifier("contextHistory")
    conversation: str | None = terms.identifier("conversation")
    in_reply_to: str | None = terms.identifier("inReplyTo")
    replies: Ref | None = terms.reference("replies")
    likes: Ref | None = terms.reference("likes")
    dislikes: Ref | None = terms.reference("dislikes")
    shares: Ref | None = terms.reference("shares")
    attachment: tuple[Thing, ...] = terms.things("attachment", ("Link", "href"))
    tag: tuple[Thing, ...] = terms.things("tag", ("Link", "href"))
    image: Thing | None = terms.thing("image", ("Image", "url"))
    icon: Thing | None = terms.thing("icon", ("Image", "url"))
    preview: Thing | None = terms.thing("preview", ("Link", "href"))
    location: Thing | None = terms.thing("location", ("Place", "name"))
    generator: Ref | None = terms.reference("generator")
    published: datetime | None = terms.date("published")
    updated: datetime | None = terms.date("updated")
    start_time: datetime | None = terms.date("startTime")
    end_time: datetime | None = terms.date("endTime")
    duration: str | None = terms.text("duration")
    sensitive: bool = terms.flag("sensitive", default=False)
    comments_enabled: bool | None = terms.flag("commentsEnabled")
    stickied: bool | None = terms.flag("stickied")
    distinguished: bool | None = terms.flag("distinguished")
    license: str | None = terms.text("license")
    interaction_policy: Mapping[str, Any] | None = terms.mapping("interactionPolicy")
    #: The id of what it quotes (FEP-044f), and of the word of its author who allows that.
    quote: str | None = terms.identifier("quote")
    quote_authorization: str | None = terms.identifier("quoteAuthorization")
    #: The same from before there was a word to ask for.
    quote_url: str | None = terms.identifier("quoteUrl")
    quote_uri: str | None = terms.identifier("quoteUri")
    misskey_quote: str | None = terms.identifier("_misskey_quote")
    proof: Mapping[str, Any] | None = terms.mapping("proof")

    def __post_init__(self) -> None:
        super().__post_init__()
        addresses = [found for found in map(_address, self.urls) if found]
        if self.url is None and addresses:
            object.__setattr__(self, "url", addresses[0])
        elif self.url is not None and self.url not in addresses:
            object.__setattr__(self, "urls", (self.url,))

    @property
    def author(self) -> str | None:
        """The id of the author, if there is exactly one.

        Mobilizon names the writer as `actor`, and attributes what is written in a group to the group.
        """
        writer = self.extra.get("actor")
        if isinstance(writer, str) and self.id is not None and same_origin(writer, self.id):
            return writer
        return id_of(self.attributed_to[0]) if len(self.attributed_to) == 1 else None

    @property
    def href(self) -> str | None:
        """The same as `url`, so that attachments can be asked alike whether they are Links or Objects."""
        return self.url

    @property
    def recipients(self) -> tuple[str, ...]:
        """All whom it is addressed to, each once, in order."""
        return tuple(dict.fromkeys(self.to + self.cc + self.bto + self.bcc + self.audience))


def _address(link: Ref) -> str | None:
    found = link if isinstance(link, str) else getattr(link, "href", None)
    return found if isinstance(found, str) and found[:8].lower().startswith(("http://", "https://")) else None


@dataclass(frozen=True, kw_only=True, repr=False)
class Activity(Object):
    """What somebody did. `object` is the first of `objects`."""

    ALWAYS: ClassVar[frozenset[str]] = frozenset({"to", "cc"})

    actor: Ref | None = terms.one_reference("actor")
    object: Ref | None = None
    objects: tuple[Ref, ...] = terms.references("object")
    target: Ref | None = terms.one_reference("target")
    origin: Ref | None = terms.one_reference("origin")
    result: Ref | None = terms.reference("result")
    instrument: Ref | None = terms.reference("instrument")
    #: Lemmy: also delete what the person wrote.
    remove_data: bool | None = terms.flag("removeData")
    with_replies: bool | None = terms.flag("withReplies")
    #: Mbin and older Lemmy say the end of a ban with this, others with `endTime`.
    expires: datetime | None = terms.date("expires")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.object is None and self.objects:
            object.__setattr__(self, "object", self.objects[0])
        elif self.object is not None and self.object not in self.objects:
            object.__setattr__(self, "objects", (self.object,))

    @property
    def actor_id(self) -> str | None:
        """The id of who did it. Never a proof that they did."""
        return id_of(self.actor)

    @property
    def object_id(self) -> str | None:
        """The id of what it was done to, if that is exactly one thing."""
        return id_of(self.objects[0]) if len(self.objects) == 1 else None

    @property
    def target_id(self) -> str | None:
        """The id of the target."""
        return id_of(self.target)


@dataclass(frozen=True, kw_only=True, repr=False)
class Collection(Object):
    """Many things. Items stand in `items`, also for the ordered kind."""

    TYPE: ClassVar[str] = "Collection"

    total_items: int | None = terms.integer("totalItems")
    items: tuple[Ref, ...] = terms.items("items", also="orderedItems")
    first: Ref | None = terms.reference("first")
    last: Ref | None = terms.reference("last")
    current: Ref | None = terms.reference("current")
    next: str | None = terms.identifier("next")
    prev: str | None = terms.identifier("prev")
    part_of: str | None = terms.identifier("partOf")
    collection_of: str | None = terms.text("collectionOf")

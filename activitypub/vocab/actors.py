"""Who acts: people, groups, applications; and the keys they sign with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from activitypub.jsonld.normalise import as_list, read_identifier
from activitypub.vocab import terms
from activitypub.vocab.base import Object, Thing
from activitypub.vocab.languages import read_languages, write_languages
from activitypub.vocab.parts import Endpoints, read_endpoints, write_endpoints


@dataclass(frozen=True, kw_only=True, repr=False)
class PublicKey(Thing):
    """An RSA key for HTTP signatures. It has no type on the wire, as nobody agrees on one."""

    owner: str | None = terms.identifier("owner")
    public_key_pem: str | None = terms.text("publicKeyPem")


@dataclass(frozen=True, kw_only=True, repr=False)
class Multikey(Thing):
    """An Ed25519 key for proofs (FEP-521a)."""

    TYPE: ClassVar[str] = "Multikey"

    controller: str | None = terms.identifier("controller")
    public_key_multibase: str | None = terms.text("publicKeyMultibase")
    expires: datetime | None = terms.date("expires")


def _reader(kind: type[PublicKey] | type[Multikey]) -> Callable[[Any, terms.Build], tuple[Any, ...]]:
    """Read keys of one kind; a bare text is the id of a key that lies elsewhere."""

    def read(value: Any, build: terms.Build) -> tuple[Any, ...]:
        several = as_list(value)
        things = [
            build(item) if isinstance(item, Mapping) else kind(id=name) if (name := read_identifier(item)) else None
            for item in several
        ]
        found = [key for key in things if isinstance(key, kind)]
        if len(found) < len(several):
            raise terms.Partly(tuple(found)) if found else terms.Unreadable
        return tuple(found)

    return read


def _write_keys(keys: tuple[PublicKey, ...], emit: terms.Emit) -> Any:
    # One object, never a list: NodeBB stores a single key id.
    return emit(keys[0]) if len(keys) == 1 else [emit(key) for key in keys]


@dataclass(frozen=True, kw_only=True, repr=False)
class Actor(Object):
    """Who acts."""

    ALWAYS: ClassVar[frozenset[str]] = frozenset({"manuallyApprovesFollowers"})

    preferred_username: str | None = terms.text("preferredUsername")
    webfinger: str | None = terms.text("webfinger")
    description: str | None = terms.text("description")
    inbox: str | None = terms.identifier("inbox")
    outbox: str | None = terms.identifier("outbox")
    followers: str | None = terms.identifier("followers")
    following: str | None = terms.identifier("following")
    liked: str | None = terms.identifier("liked")
    featured: str | None = terms.identifier("featured")
    featured_tags: str | None = terms.identifier("featuredTags")
    endpoints: Endpoints | None = terms.special("endpoints", read_endpoints, write_endpoints)
    #: Discourse writes it here and not in `endpoints`. Only read; see `shared_inbox`.
    stray_shared_inbox: str | None = terms.identifier("sharedInbox")
    public_keys: tuple[PublicKey, ...] = terms.special("publicKey", _reader(PublicKey), _write_keys, ())
    assertion_method: tuple[Multikey, ...] = terms.special(
        "assertionMethod", _reader(Multikey), lambda value, emit: [emit(key) for key in value], ()
    )
    manually_approves_followers: bool = terms.flag("manuallyApprovesFollowers", default=False)
    discoverable: bool | None = terms.flag("discoverable")
    indexable: bool | None = terms.flag("indexable")
    memorial: bool | None = terms.flag("memorial")
    suspended: bool | None = terms.flag("suspended")
    moved_to: str | None = terms.identifier("movedTo")
    also_known_as: tuple[str, ...] = terms.identifiers("alsoKnownAs")
    attribution_domains: tuple[str, ...] = terms.texts("attributionDomains")
    #: All languages; `language` is the first.
    languages: tuple[str, ...] = terms.special("language", read_languages, write_languages, ())
    language: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.languages and self.language is None:
            object.__setattr__(self, "language", self.languages[0])
        elif self.language is not None and self.language not in self.languages:
            object.__setattr__(self, "languages", (self.language,))

    @property
    def shared_inbox(self) -> str | None:
        """The inbox of the whole server, wherever the actor names it."""
        return (self.endpoints.shared_inbox if self.endpoints else None) or self.stray_shared_inbox

    @property
    def fields(self) -> tuple[Thing, ...]:
        """The fields of the profile (PropertyValue) among the attachments."""
        return tuple(item for item in self.attachment if item.type == "PropertyValue")

    def key(self, key_id: str) -> Any:
        """The PublicKey or Multikey with this id, or None."""
        return next((key for key in (*self.public_keys, *self.assertion_method) if key.id == key_id), None)


@dataclass(frozen=True, kw_only=True, repr=False)
class Person(Actor):
    """Somebody."""

    TYPE: ClassVar[str] = "Person"


@dataclass(frozen=True, kw_only=True, repr=False)
class Service(Actor):
    """A program that acts under a name of its own."""

    TYPE: ClassVar[str] = "Service"


@dataclass(frozen=True, kw_only=True, repr=False)
class Application(Actor):
    """A server."""

    TYPE: ClassVar[str] = "Application"


@dataclass(frozen=True, kw_only=True, repr=False)
class Organization(Actor):
    """An organisation."""

    TYPE: ClassVar[str] = "Organization"


@dataclass(frozen=True, kw_only=True, repr=False)
class Group(Actor):
    """A community. `moderators` is also written as `attributedTo`, where Lemmy looks for it (FEP-1b12)."""

    TYPE: ClassVar[str] = "Group"
    ALWAYS: ClassVar[frozenset[str]] = frozenset({"manuallyApprovesFollowers", "postingRestrictedToMods", "sensitive"})

    moderators: str | None = terms.identifier("moderators")
    posting_restricted_to_mods: bool = terms.flag("postingRestrictedToMods", default=False)
    openness: str | None = terms.text("openness")
    members: str | None = terms.identifier("members")
    resources: str | None = terms.identifier("resources")
    events: str | None = terms.identifier("events")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.moderators is None and len(self.attributed_to) == 1 and isinstance(self.attributed_to[0], str):
            object.__setattr__(self, "moderators", self.attributed_to[0])
        elif self.moderators is not None and not self.attributed_to:
            object.__setattr__(self, "attributed_to", (self.moderators,))

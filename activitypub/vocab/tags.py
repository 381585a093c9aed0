"""What stands in `tag` and among the fields of a profile: mentions, hashtags, emoji, labels of a community, fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from activitypub.vocab import terms
from activitypub.vocab.base import Object
from activitypub.vocab.objects import Link


@dataclass(frozen=True, kw_only=True, repr=False)
class Mention(Link):
    """Somebody is named: `href` is their id, `name` their handle."""

    TYPE: ClassVar[str] = "Mention"


@dataclass(frozen=True, kw_only=True, repr=False)
class Hashtag(Link):
    """A word to find it by: `name` with the hash, `href` its page."""

    TYPE: ClassVar[str] = "Hashtag"


@dataclass(frozen=True, kw_only=True, repr=False)
class Emoji(Object):
    """A picture for a word between colons."""

    TYPE: ClassVar[str] = "Emoji"


@dataclass(frozen=True, kw_only=True, repr=False)
class PropertyValue(Object):
    """A field of a profile."""

    TYPE: ClassVar[str] = "PropertyValue"

    value: str | None = terms.text("value")


@dataclass(frozen=True, kw_only=True, repr=False)
class CommunityPostTag(Object):
    """A label which a community offers for its posts (Lemmy 1.0)."""

    TYPE: ClassVar[str] = "CommunityPostTag"

    preferred_username: str | None = terms.text("preferredUsername")
    color: str | None = terms.text("color")

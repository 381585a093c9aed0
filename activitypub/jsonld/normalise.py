"""One spelling for all: turns untrusted bytes into plain JSON values, and odd JSON-LD spellings into the usual ones.

This is not a JSON-LD processor: nothing is expanded, nothing is fetched, and exotic documents are refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from activitypub.errors import BadDocument

MAX_DEPTH = 64
MAX_INTEGER = 2**53
MAX_ID_LENGTH = 2048

AS = "https://www.w3.org/ns/activitystreams#"

#: All others reshape a graph: another parser could see a different document, so they are refused (attacks C01-C03).
_KEYWORDS = frozenset({"@context", "@id", "@type", "@value", "@language", "@list", "@set"})

#: Prefixed spellings seen in the wild. Other prefixes stay unknown properties: a context could bind them to anything.
_ALIASES = {
    "@id": "id",
    "@type": "type",
    "toot:blurhash": "blurhash",
    "toot:discoverable": "discoverable",
    "toot:featured": "featured",
    "toot:focalPoint": "focalPoint",
    "toot:indexable": "indexable",
    "toot:memorial": "memorial",
    "toot:votersCount": "votersCount",
    "ostatus:conversation": "conversation",
    "pt:commentsEnabled": "commentsEnabled",
    "schema:value": "value",
    "sc:value": "value",
    "toot:Emoji": "Emoji",
    "litepub:EmojiReact": "EmojiReact",
    "schema:PropertyValue": "PropertyValue",
    "sc:PropertyValue": "PropertyValue",
    "schema:PostalAddress": "PostalAddress",
    "sc:PostalAddress": "PostalAddress",
}

_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}.*)?")


class FrozenMap(dict[str, Any]):
    """A dictionary that cannot be changed in place, and that JSON writers still know as a dictionary."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("this mapping is frozen; build a new one")

    __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))

    def __copy__(self) -> FrozenMap:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenMap:
        return self

    def __reduce__(self) -> tuple[type[FrozenMap], tuple[dict[str, Any]]]:
        return FrozenMap, (dict(self),)


def read_json(data: bytes | str) -> Any:
    """Parse JSON text; refuse what two parsers could understand in two ways: duplicate keys, NaN, bad UTF-8, depth."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes | bytearray) else data
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except BadDocument:
        raise
    except ValueError as error:
        raise BadDocument(f"not JSON: {str(error)[:200]}") from None
    except RecursionError:
        raise BadDocument(f"nested deeper than {MAX_DEPTH} levels") from None
    return checked(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadDocument("a key stands twice in one object")
    return found


def _no_constant(word: str) -> NoReturn:
    raise BadDocument(f"{word} is not a JSON number")


def checked(value: Any, depth: int = 1, in_context: bool = False) -> Any:
    """Copy a JSON value, refusing what cannot be plain JSON or has two spellings of one term that disagree."""
    kind = type(value)  # of what JSON gives, at once; what comes from elsewhere is looked at below
    if kind is dict:
        if depth > MAX_DEPTH:
            raise BadDocument(f"nested deeper than {MAX_DEPTH} levels")
        return _checked_object(value, depth, in_context)
    if isinstance(value, str):
        # Neither can be stored by every database nor be signed by JCS (attacks B29, F19).
        if not value.isprintable() and ("\x00" in value or _SURROGATE.search(value)):
            raise BadDocument("a text holds a NUL or a lone surrogate")
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadDocument("a number is not finite")
        return value
    if depth > MAX_DEPTH:
        raise BadDocument(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, list | tuple):
        return [checked(item, depth + 1, in_context) for item in value]
    if isinstance(value, Mapping):
        return _checked_object(value, depth, in_context)
    raise BadDocument(f"{type(value).__name__} is not a JSON value")


def _checked_object(value: Mapping[Any, Any], depth: int, in_context: bool) -> dict[str, Any]:
    copy: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise BadDocument("a key is not a text")
        if key.startswith("@") and not in_context and key not in _KEYWORDS:
            raise BadDocument(f"the JSON-LD keyword {key[:40]} is not supported")
        if not key.isprintable():
            checked(key)
        if type(item) is str and item.isprintable():  # most of them
            copy[key] = item
        else:
            copy[key] = checked(item, depth + 1, in_context or key == "@context")
    if not in_context:
        for keyword, plain in (("@id", "id"), ("@type", "type")):
            if keyword in copy and plain in copy and copy[keyword] != copy[plain]:
                raise BadDocument(f"{keyword} and {plain} disagree")
    return copy


def canonical_name(name: str) -> str:
    """The usual spelling of a term or type: without `as:` and without the ActivityStreams address."""
    if ":" not in name and not name.startswith("@"):
        return name
    if name.startswith("as:"):
        return name[3:]
    if name.startswith(AS):
        return name[len(AS) :]
    return _ALIASES.get(name, name)


def canonical_keys(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same object with usual spellings; two spellings of one term must agree (attack B30)."""
    if not any(":" in key or key[:1] == "@" for key in document):
        return document
    found: dict[str, Any] = {}
    for key, value in document.items():
        name = canonical_name(key)
        if name in found and found[name] != value:
            raise BadDocument(f"two spellings of {name[:40]} disagree")
        found[name] = value
    return found


def as_list(value: Any) -> list[Any]:
    """One or many, `@list` or `@set`: always a list; null is nothing."""
    if type(value) is str:
        return [value]
    if isinstance(value, Mapping):
        for keyword in ("@list", "@set"):
            if keyword in value:
                return as_list(value[keyword])
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def plain_text(value: Any) -> str | None:
    """A text from a text, a number or a JSON-LD value object; None if it is none of these."""
    if type(value) is str:
        return value
    if isinstance(value, Mapping) and "@value" in value:
        value = value["@value"]
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def is_language_map(value: Any) -> bool:
    """Whether a value is an object of texts by language code."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(text, str) and not key.startswith("@") for key, text in value.items())
    )


def read_date(value: Any) -> datetime | None:
    """A moment from ISO 8601 in its usual variants; without an offset it counts as UTC; None if unreadable."""
    text = plain_text(value)
    if not isinstance(text, str) or len(text) > 40:
        return None
    text = text.strip()
    if not _DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("t", "T").replace("z", "Z"))
    except ValueError:
        return None
    # The first and last year cannot be converted to every time zone, so they would fail later.
    if not 1 < moment.year < 9999:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def write_date(moment: datetime) -> str:
    """RFC 3339 with `Z` for UTC; Lemmy refuses anything else."""
    if moment.tzinfo is None:
        raise ValueError("a date without time zone cannot be written")
    text = moment.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def read_integer(value: Any) -> int | None:
    """A count from 0 to 2^53, from a number or digits; None otherwise."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INTEGER:
        return value
    return None


def read_number(value: Any) -> float | None:
    """A finite number from a number or its text; None otherwise."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 32:
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or abs(value) > MAX_INTEGER or not math.isfinite(value):
        return None
    return float(value)


def read_flag(value: Any) -> bool | None:
    """True or false, also when written as text or as 0 and 1; None otherwise."""
    if isinstance(value, bool):
        return value
    if value in (0, 1) and isinstance(value, int):
        return bool(value)
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value.lower())
    return None


def read_identifier(value: Any) -> str | None:
    """The id in a text, a Link or an object; None if there is none that could be an address."""
    if type(value) is not str and isinstance(value, Mapping):
        found = value.get("id", value.get("@id"))
        if found is None:
            found = value.get("href", value.get("as:href"))
        value = found
    if not isinstance(value, str) or not value or len(value) > MAX_ID_LENGTH:
        return None
    # Spaces and controls never stand in a URI, and make two parsers see two hosts.
    return value if value.isprintable() and " " not in value else None

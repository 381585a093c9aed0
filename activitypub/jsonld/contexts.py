"""Bundled `@context` documents: any other is refused, none is ever fetched. Also the check of a received `@context`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from activitypub.errors import BadDocument
from activitypub.jsonld.normalise import AS, as_list

ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"
LEMMY = "https://join-lemmy.org/context.json"

_MAX_ENTRIES = 64

#: Terms that decide who did what, to what, for whom. No document may give them another meaning (attack B30).
_PROTECTED = frozenset(
    [
        "id",
        "type",
        "actor",
        "object",
        "target",
        "origin",
        "attributedTo",
        "to",
        "cc",
        "bto",
        "bcc",
        "audience",
        "inReplyTo",
        "name",
        "content",
        "summary",
        "url",
        "published",
        "updated",
        "tag",
        "attachment",
        "items",
        "orderedItems",
        "Accept",
        "Add",
        "Announce",
        "Block",
        "Create",
        "Delete",
        "Dislike",
        "Flag",
        "Follow",
        "Join",
        "Leave",
        "Like",
        "Move",
        "Reject",
        "Remove",
        "Undo",
        "Update",
    ]
)


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    text = files(__package__).joinpath("contexts", "INDEX.toml").read_text("utf-8")
    return {entry["url"]: entry["file"] for entry in tomllib.loads(text)["context"]}


@cache
def _read(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath("contexts", file).read_text("utf-8"))
    return found


def known_contexts() -> tuple[str, ...]:
    """The addresses of all bundled contexts."""
    return tuple(_index())


def load_context(url: str) -> dict[str, Any]:
    """A bundled context document; any other address is refused."""
    file = _index().get(url)
    if file is None:
        raise BadDocument(f"no bundled context for {url[:200]}")
    return _read(file)


@cache
def terms_in(url: str) -> frozenset[str]:
    """The terms that a bundled context defines."""
    return frozenset(load_context(url)["@context"])


def extensions() -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """Prefixes and terms which are declared in the document itself when it uses them."""
    found = _read("extensions.json")
    return found["prefixes"], found["terms"]


def check_context(context: Any) -> None:
    """Refuse a received `@context` that is not one, or that gives a core term another meaning."""
    entries = as_list(context)
    if len(entries) > _MAX_ENTRIES:
        raise BadDocument("too many contexts")
    for entry in entries:
        if isinstance(entry, Mapping):
            _check_definitions(entry)
        elif entry is not None and not isinstance(entry, str):
            raise BadDocument("a context is neither an address nor an object")


def _check_definitions(definitions: Mapping[str, Any]) -> None:
    if definitions.get("as", AS) != AS:
        raise BadDocument("the context gives the prefix as: another meaning")
    for term in _PROTECTED.intersection(definitions):
        meaning = definitions[term]
        if isinstance(meaning, Mapping):
            if "@reverse" in meaning:
                raise BadDocument(f"the context reverses {term}")
            meaning = meaning.get("@id", f"as:{term}")
        if meaning not in (f"as:{term}", f"{AS}{term}") and not (term in ("id", "type") and meaning == f"@{term}"):
            raise BadDocument(f"the context gives {term} another meaning")

"""From JSON to things and back: parse() is tolerant, render() is strict, what is unknown survives both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from activitypub.errors import BadDocument
from activitypub.jsonld.compose import compose_context
from activitypub.jsonld.contexts import check_context
from activitypub.jsonld.normalise import (
    FrozenMap,
    as_list,
    canonical_keys,
    canonical_name,
    checked,
    read_identifier,
    read_json,
)
from activitypub.vocab.actors import Actor, Multikey, PublicKey
from activitypub.vocab.base import Activity, Collection, Object, Thing, terms_of
from activitypub.vocab.collections import CollectionPage, OrderedCollection, OrderedCollectionPage
from activitypub.vocab.objects import Link, Vote
from activitypub.vocab.registry import TYPES
from activitypub.vocab.terms import Partly, Term, Unreadable

_STRUCTURE = frozenset({"id", "type", "@context"})


class Verbatim(dict[str, Any]):
    """A part of a rendered document which was received, with its bytes; encode() writes just these."""

    raw: bytes = b""


def parse(data: bytes | str | Mapping[str, Any]) -> Thing:
    """Read a document. BadDocument if it could be understood in two ways, or is not a document at all."""
    value = checked(data) if isinstance(data, Mapping) else read_json(data)
    if not isinstance(value, dict):
        raise BadDocument("a document is a JSON object")
    thing = _build(value)
    if thing.id is None and not thing.type:
        raise BadDocument("a document has an id or a type")
    if thing.id is not None and not thing.id[:8].lower().startswith(("https://", "http://")):
        raise BadDocument("the id is not an http address")
    if isinstance(data, bytes | bytearray | str):
        raw = data.encode("utf-8") if isinstance(data, str) else bytes(data)
        object.__setattr__(thing, "raw", raw)
    return thing


def _build(document: Mapping[str, Any]) -> Thing:
    context = document.get("@context")
    if context is not None:
        check_context(context)
    found = canonical_keys(document)
    names = _types(found.get("type"))
    kind = _kind(names, found)
    values, extra = _read(kind, found)
    if names and names[0] != kind.TYPE:
        # A list such as ["Person", "foaf:Agent"] keeps its order only if the known type leads.
        known = [name for name in names if TYPES.get(name) is not None]
        values["type_name"] = known[0] if known else names[0]
        names = (values["type_name"], *(name for name in names if name != values["type_name"]))
    if len(names) > 1:
        values["other_types"] = names[1:]
    if extra:
        values["extra"] = FrozenMap(extra)
    return _made(kind, id=_id(found.get("id")), ld_context=context, **values)


def _made(kind: type[Thing], **values: Any) -> Thing:
    """Make a thing as its class would, without the cost of setting each of seventy frozen attributes by a call."""
    found = _DEFAULTS.get(kind)
    if found is None:
        items = [item for item in fields(kind) if item.init]  # all of them have a default
        makers = {item.name: item.default_factory for item in items if item.default_factory is not MISSING}
        plain = {item.name: item.default for item in items if item.name not in makers}
        found = _DEFAULTS[kind] = plain, makers, frozenset(item.name for item in items)
    plain, makers, names = found
    if not names.issuperset(values):
        return kind(**values)  # says what is wrong
    thing = object.__new__(kind)
    has = thing.__dict__
    has.update(plain)
    for name, make in makers.items():
        has[name] = make()
    has.update(values)
    thing.__post_init__()
    return thing


_DEFAULTS: dict[type[Thing], tuple[dict[str, Any], dict[str, Callable[[], Any]], frozenset[str]]] = {}


def _id(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or read_identifier(value) is None:
        raise BadDocument("the id is not an address")
    return value


def _types(value: Any) -> tuple[str, ...]:
    names = as_list(value)
    if not all(isinstance(name, str) for name in names):
        raise BadDocument("the type is not a text")
    return tuple(dict.fromkeys(canonical_name(name) for name in names if name))


def _kind(names: tuple[str, ...], document: Mapping[str, Any]) -> type[Thing]:
    for name in names:
        kind = TYPES.get(name)
        if kind is not None:
            is_ballot = name == "Note" and document.get("name") and document.get("inReplyTo")
            return Vote if is_ballot and not document.get("content") and not document.get("contentMap") else kind
    return _kind_by_shape(document)


#: Unknown types are judged by properties that only one kind of thing has.
_SHAPES: tuple[tuple[tuple[str, ...], type[Thing]], ...] = (
    (("publicKeyPem",), PublicKey),
    (("publicKeyMultibase",), Multikey),
    (("inbox",), Actor),
    (("actor", "object"), Activity),
    (("orderedItems",), OrderedCollection),
    (("items",), Collection),
    (("href",), Link),
)


def _kind_by_shape(document: Mapping[str, Any]) -> type[Thing]:
    for keys, kind in _SHAPES:
        if all(document.get(key) not in (None, "", [], {}) for key in keys):
            return kind
    return Object


def _read(kind: type[Thing], document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the attributes, and the properties to keep as they are."""
    table = terms_of(kind)
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in document.items():
        if key in _STRUCTURE:
            continue
        entry = table.get(key)
        if entry is None:
            extra[key] = value
        elif value is not None:
            attribute, term = entry
            try:
                found = term.read(value, _build)
            except Unreadable:
                extra[key] = value
                continue
            except Partly as part:
                found = part.value
                extra[key] = value
            if attribute in values and values[attribute] != found:
                raise BadDocument(f"two spellings of {key} disagree")
            values[attribute] = found
    _fill_from_language_maps(values)
    return values, extra


def _fill_from_language_maps(values: dict[str, Any]) -> None:
    """Mastodon says the language only as the key of `contentMap`; some others say the text only there."""
    for attribute in ("name", "summary", "content"):
        texts = values.get(f"{attribute}_map")
        if texts and values.get(attribute) is None:
            values[attribute] = next(iter(texts.values()))
    texts = values.get("content_map")
    if texts and "language" not in values and "languages" not in values:
        code = next((code for code, text in texts.items() if text == values["content"]), "und")
        if code != "und":
            values["language"] = code


def render(thing: Thing, *, context: bool = True) -> dict[str, Any]:
    """Write a thing as JSON, with the smallest `@context` unless it is to be embedded.

    An embedded thing that was parsed from bytes is written as it came, so that proofs in it stay valid.
    """
    document = _emit_properties(thing)
    if not context:
        return document
    return {"@context": compose_context(document, thing.ld_context), **document}


def _emit(value: Any) -> Any:
    if not isinstance(value, Thing):
        return value
    if value.raw is not None:
        verbatim = Verbatim(json.loads(value.raw))
        verbatim.raw = value.raw
        return verbatim
    document = _emit_properties(value)
    if value.ld_context is not None:
        return {"@context": checked(value.ld_context, in_context=True), **document}
    return document


def _emit_properties(thing: Thing) -> dict[str, Any]:
    kind = type(thing)
    document: dict[str, Any] = {} if thing.id is None else {"id": thing.id}
    if thing.type:
        document["type"] = [thing.type, *thing.other_types] if thing.other_types else thing.type
    for key, (attribute, term) in terms_of(kind).items():
        if key != term.key:
            continue
        value = getattr(thing, attribute)
        if value == term.default and key not in kind.ALWAYS:
            continue
        written = term.write(value, _emit)
        if written is not None:
            document[key] = written
    if isinstance(thing, Collection) and _is_empty(thing):
        document["orderedItems" if isinstance(thing, OrderedCollection) else "items"] = []
    for key, value in thing.extra.items():
        if key not in document or _still_says(key, value, thing):
            document[key] = checked(value)
    return document


def _is_empty(collection: Collection) -> bool:
    """Whether to say that there are no items: not if they are only elsewhere, or only counted."""
    if collection.items:
        return False
    is_page = isinstance(collection, CollectionPage | OrderedCollectionPage)
    return is_page or (collection.first is None and not collection.total_items)


def _still_says(key: str, original: Any, thing: Thing) -> bool:
    """Whether the original form of a partly understood property still agrees with its attribute."""
    entry: tuple[str, Term] | None = terms_of(type(thing)).get(key)
    if entry is None:
        return False
    attribute, term = entry
    value = getattr(thing, attribute)
    try:
        return bool(term.read(original, _build) == value)
    except Partly as part:
        return bool(part.value == value)
    except Unreadable:
        return bool(value == term.default)


def encode(thing: Thing, *, seal: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> bytes:
    """Write a thing as bytes; `seal` may add a proof before. Embedded things keep the very bytes they came with."""
    document = render(thing)
    if seal is not None:
        document = seal(document)
    parts: dict[str, bytes] = {}
    text = json.dumps(_set_aside(document, parts), ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    for mark, raw in parts.items():
        text = text.replace(b'"' + mark.encode() + b'"', raw, 1)
    return text


def _set_aside(value: Any, parts: dict[str, bytes]) -> Any:
    """Put a mark in the place of each received part. The marks hold a NUL, which no text of a document does."""
    if isinstance(value, Verbatim):
        mark = f"\x00{len(parts)}"
        parts[json.dumps(mark)[1:-1]] = value.raw
        return mark
    if isinstance(value, list):
        return [_set_aside(item, parts) for item in value]
    if isinstance(value, dict):
        return {key: _set_aside(item, parts) for key, item in value.items()}
    return value

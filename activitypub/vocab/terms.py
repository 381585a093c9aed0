"""Property descriptors: how one property of the vocabulary is read tolerantly and written strictly.

Each function here returns a dataclass field. What a reader cannot understand it leaves alone (Unreadable), so that the
property survives among the unknown ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from activitypub.errors import BadDocument
from activitypub.jsonld.normalise import (
    FrozenMap,
    as_list,
    is_language_map,
    plain_text,
    read_date,
    read_flag,
    read_identifier,
    read_integer,
    read_number,
    write_date,
)
from activitypub.uris import PUBLIC, is_public

Build = Callable[[Mapping[str, Any]], Any]
Emit = Callable[[Any], Any]


class Unreadable(Exception):
    """The value cannot be understood; it stays among the unknown properties."""


class Partly(Exception):
    """Only a part could be understood: that part is the value, the whole stays among the unknown properties."""

    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass(frozen=True)
class Term:
    """One property: its JSON key, how to read it, how to write it."""

    key: str
    read: Callable[[Any, Build], Any]
    write: Callable[[Any, Emit], Any]
    default: Any = None
    #: Another key that is read as this one, never written.
    also: str = ""


def _field(key: str, read: Callable[[Any, Build], Any], write: Callable[[Any, Emit], Any], default: Any = None) -> Any:
    return field(default=default, metadata={"term": Term(key, read, write, default)})


def _as_is(value: Any, emit: Emit) -> Any:
    return value


def _first(value: Any, read: Callable[[Any], Any]) -> Any:
    """The first readable one of several; never fails silently on the others."""
    items = as_list(value)
    found = [result for result in map(read, items) if result is not None]
    if not found:
        raise Unreadable
    if len(items) > 1:
        raise Partly(found[0])
    return found[0]


def text(key: str) -> Any:
    """A text; of a language map in the wrong place the first text."""

    def read_one(value: Any) -> str | None:
        found = plain_text(value)
        if found is None and is_language_map(value):
            return str(next(iter(value.values())))
        return found

    def read(value: Any, build: Build) -> str:
        found = plain_text(value)
        return found if found is not None else str(_first(value, read_one))

    return _field(key, read, _as_is)


def texts(key: str) -> Any:
    """Any number of texts."""

    def read(value: Any, build: Build) -> tuple[str, ...]:
        several = as_list(value)
        found = tuple(one for one in map(plain_text, several) if one is not None)
        if len(found) < len(several):
            raise Unreadable
        return found

    return _field(key, read, lambda value, emit: list(value), ())


def flag(key: str, default: bool | None = None) -> Any:
    """True or false; without a default also unknown."""

    def read(value: Any, build: Build) -> bool:
        found = read_flag(value)
        if found is None:
            raise Unreadable
        return found

    return _field(key, read, _as_is, default)


def integer(key: str) -> Any:
    """A count that cannot be negative."""

    def read(value: Any, build: Build) -> int:
        found = read_integer(value)
        if found is None:
            raise Unreadable
        return found

    return _field(key, read, _as_is)


def number(key: str) -> Any:
    """A measure such as a latitude."""

    def read(value: Any, build: Build) -> float:
        found = read_number(value)
        if found is None:
            raise Unreadable
        return found

    return _field(key, read, _as_is)


def date(key: str) -> Any:
    """A moment, always with a time zone."""

    def read(value: Any, build: Build) -> Any:
        return _first(value, read_date)

    return _field(key, read, lambda value, emit: write_date(value))


def date_or_flag(key: str) -> Any:
    """A moment, or only the fact (`closed` of a poll)."""

    def read(value: Any, build: Build) -> Any:
        moment = read_date(value)
        found = moment if moment is not None else read_flag(value)
        if found is None:
            raise Unreadable
        return found

    return _field(key, read, lambda value, emit: value if isinstance(value, bool) else write_date(value))


def identifier(key: str) -> Any:
    """The id of one other thing, whether it came as a text or embedded."""

    def read(value: Any, build: Build) -> str:
        return str(_first(value, read_identifier))

    return _field(key, read, _as_is)


def identifiers(key: str, *, single: bool = False, hidden: bool = False) -> Any:
    """The ids of any number of things, in order; a strange entry makes the document bad, as these decide who reads."""

    def read(value: Any, build: Build) -> tuple[str, ...]:
        found = []
        for item in as_list(value):
            if item is None or item == "":
                continue
            name = read_identifier(item)
            if name is None:
                raise BadDocument(f"{key} holds something that is not an id")
            # Two spellings of everyone must not be two recipients, and one must not be overlooked.
            found.append(PUBLIC if is_public(name) else name)
        return tuple(found)

    def write(value: tuple[str, ...], emit: Emit) -> Any:
        if hidden:
            return None
        # Lemmy refuses an `audience` that is a list; federation.md 1.4.
        return value[0] if single and len(value) == 1 else list(value)

    return _field(key, read, write, ())


def _read_reference(value: Any, build: Build) -> Any:
    if isinstance(value, Mapping):
        return build(value)
    return read_identifier(value)


def reference(key: str) -> Any:
    """One other thing, as an id or embedded."""

    def read(value: Any, build: Build) -> Any:
        return _first(value, lambda item: _read_reference(item, build))

    return _field(key, read, lambda value, emit: emit(value))


def one_reference(key: str) -> Any:
    """One other thing which decides about authority: two of them, or something strange, make the document bad."""

    def read(value: Any, build: Build) -> Any:
        items = [item for item in as_list(value) if item is not None]
        if not items:
            return None
        found = _read_reference(items[0], build)
        if len(items) > 1 or found is None:
            raise BadDocument(f"{key} is not one id or object")
        return found

    return _field(key, read, lambda value, emit: emit(value))


def references(key: str, *, always_list: bool = False) -> Any:
    """Any number of things which decide about authority, as ids or embedded; a strange entry makes the document bad."""

    def read(value: Any, build: Build) -> tuple[Any, ...]:
        found = []
        for item in as_list(value):
            if item is None or item == "":
                continue
            one = _read_reference(item, build)
            if one is None:
                raise BadDocument(f"{key} holds something that is neither an id nor an object")
            found.append(one)
        return tuple(found)

    def write(value: tuple[Any, ...], emit: Emit) -> Any:
        return emit(value[0]) if len(value) == 1 and not always_list else [emit(item) for item in value]

    return _field(key, read, write, ())


def _embedded(item: Any, build: Build, plain: tuple[str, str] | None) -> Any:
    if isinstance(item, Mapping):
        return build(item)
    if isinstance(item, str) and item:
        return build({"type": plain[0], plain[1]: item}) if plain else item
    return None


def things(key: str, plain: tuple[str, str] | None = None, *, one: bool = False) -> Any:
    """Any number of embedded things; a bare text becomes a thing with one property, if `plain` says which."""

    def read(value: Any, build: Build) -> tuple[Any, ...]:
        items = as_list(value)
        found = [one for one in (_embedded(item, build, plain) for item in items) if one is not None]
        if len(found) < sum(item is not None and item != "" for item in items):
            raise Partly(tuple(found)) if found else Unreadable
        return tuple(found)

    def write(value: tuple[Any, ...], emit: Emit) -> Any:
        return emit(value[0]) if one and len(value) == 1 else [emit(item) for item in value]

    return _field(key, read, write, ())


def thing(key: str, plain: tuple[str, str]) -> Any:
    """One embedded thing; of several the first is the value."""

    def read(value: Any, build: Build) -> Any:
        return _first(value, lambda item: _embedded(item, build, plain))

    return _field(key, read, lambda value, emit: emit(value))


def items(key: str, also: str) -> Any:
    """The items of a collection, as ids or embedded; what is neither is left out."""

    def read(value: Any, build: Build) -> tuple[Any, ...]:
        several = as_list(value)
        found = tuple(one for one in (_read_reference(item, build) for item in several) if one is not None)
        if len(found) < len(several):
            raise Partly(found) if found else Unreadable
        return found

    term = Term(key, read, lambda value, emit: [emit(item) for item in value], (), also)
    return field(default=(), metadata={"term": term})


def language_map(key: str) -> Any:
    """Texts by language code."""

    def read(value: Any, build: Build) -> FrozenMap:
        if isinstance(value, Mapping):
            found = FrozenMap({code: text for code, text in value.items() if isinstance(text, str)})
            if len(found) == len(value):
                return found
            if found:
                raise Partly(found)
        raise Unreadable

    return _field(key, read, lambda value, emit: dict(value), FrozenMap())


def mapping(key: str) -> Any:
    """An object kept as it is, such as a proof."""

    def read(value: Any, build: Build) -> FrozenMap:
        frozen: FrozenMap = _first(value, lambda item: FrozenMap(item) if isinstance(item, Mapping) else None)
        return frozen

    return _field(key, read, lambda value, emit: dict(value))


def special(key: str, read: Callable[[Any, Build], Any], write: Callable[[Any, Emit], Any], default: Any = None) -> Any:
    """A property with its own manner of reading and writing."""
    return _field(key, read, write, default)

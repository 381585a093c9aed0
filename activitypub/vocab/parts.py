"""Small values inside things: the source of a text, the endpoints of an actor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from activitypub.jsonld.normalise import FrozenMap, read_identifier
from activitypub.vocab.terms import Build, Emit, Unreadable


@dataclass(frozen=True, kw_only=True)
class Source:
    """The text as its author typed it."""

    content: str
    media_type: str | None = "text/markdown"
    extra: Mapping[str, Any] = field(default=FrozenMap(), hash=False)


def read_source(value: Any, build: Build) -> Source:
    """A source from an object, or from a bare text as Pleroma once sent it."""
    if isinstance(value, str):
        return Source(content=value, media_type=None)
    if not isinstance(value, Mapping) or not isinstance(value.get("content"), str):
        raise Unreadable
    kind = value.get("mediaType")
    known = {"content", "mediaType"} if kind is None or isinstance(kind, str) else {"content"}
    return Source(
        content=value["content"],
        media_type=kind if isinstance(kind, str) else None,
        extra=FrozenMap({key: item for key, item in value.items() if key not in known}),
    )


def write_source(source: Source, emit: Emit) -> dict[str, Any]:
    """The object that Lemmy wants."""
    written: dict[str, Any] = {"content": source.content}
    if source.media_type is not None:
        written["mediaType"] = source.media_type
    return {**written, **source.extra}


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Addresses of an actor's server; `extra` has those that this library does not know."""

    shared_inbox: str | None = None
    extra: Mapping[str, Any] = field(default=FrozenMap(), hash=False)


def read_endpoints(value: Any, build: Build) -> Endpoints:
    """Endpoints from an object."""
    if not isinstance(value, Mapping):
        raise Unreadable
    shared = read_identifier(value.get("sharedInbox"))
    return Endpoints(
        shared_inbox=shared,
        extra=FrozenMap({key: item for key, item in value.items() if key != "sharedInbox" or not shared}),
    )


def write_endpoints(endpoints: Endpoints, emit: Emit) -> dict[str, Any] | None:
    """The object, or nothing when it would be empty."""
    written = dict(endpoints.extra)
    if endpoints.shared_inbox is not None:
        written["sharedInbox"] = endpoints.shared_inbox
    return written or None

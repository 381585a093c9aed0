"""The whole client API as one OpenAPI document, written from the table of routes: what is in it is there, and what is there is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop import __version__
from fedcop.apps import scopes
from web.keys import SITE
from web.mastodon.answers import answer
from web.mastodon.schemas import schema, schemas
from web.shared.routing import Asks, Family, RouteDef, api, declared, taken_by_community
from web.shared.words import Kind, Word

BLANK = re.compile(r"\{(\w+)(?::([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}")
NAMES = re.compile(r"[\w.]+")
EVENTS = "text/event-stream"
BODIES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
OTHER = {"events": EVENTS, "words": "text/plain"}  # what is no JSON
TOKEN = "token"  # noqa: S105 - the name of a scheme
WRITES = ("POST", "PUT", "PATCH")
LISTS = (Kind.TEXTS, Kind.IDS)
KINDS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.FLAG: {"type": "boolean"},
    Kind.NUMBER: {"type": "integer"},
    Kind.ID: schema("id"),
    Kind.IDS: schema("[id]"),
    Kind.FILE: {"type": "string", "contentMediaType": "application/octet-stream"},
}


@api("GET", "/api/openapi.json", asks=Asks.NOBODY, gives="Anything")
async def show(request: Request) -> StreamResponse:
    """Give this document."""
    found = document(request.app[SITE].settings.origin, declared(Family.API))
    return answer(found, cache="public, max-age=600")


def document(origin: str, routes: Iterable[RouteDef]) -> dict[str, Any]:
    """Write the document of some routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        for address in _addresses(route.path):
            paths.setdefault(address, {})[route.method.lower()] = _operation(route)
    flow = {
        "authorizationUrl": f"{origin}/oauth/authorize",
        "tokenUrl": f"{origin}/oauth/token",
        "scopes": dict.fromkeys(scopes.KNOWN, ""),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "fedcop: the client API of Mastodon", "version": __version__},
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {TOKEN: {"type": "oauth2", "flows": {"authorizationCode": flow}}},
        },
    }


def _addresses(path: str) -> list[str]:
    """Spell the addresses that a path stands for: where it offers several words, one for each."""
    for blank in BLANK.finditer(path):
        if "|" in (blank[2] or ""):
            before, after = path[: blank.start()], path[blank.end() :]
            return [address for word in blank[2].split("|") for address in _addresses(before + word + after)]
    return [BLANK.sub(r"{\1}", path)]


def _operation(route: RouteDef) -> dict[str, Any]:
    said, as_community = _first_line(route), taken_by_community(route) if _asks_for_one(route) else None
    if as_community is not None:
        known = {word.name for word in route.takes}
        more = tuple(word for word in as_community.takes if word.name not in known)
        route = replace(route, takes=(*route.takes, *more))
    operation: dict[str, Any] = {
        "summary": said,
        "parameters": [_blank(name) for name, choices in BLANK.findall(route.path) if "|" not in choices],
        "responses": {
            "200": _answer("Done.", schema(route.gives), OTHER.get(route.gives, BODIES[0])),
            **({str(route.unready): _answer("Not ready yet.", schema(route.gives))} if route.unready else {}),
            "default": _answer("Refused, with the reason in `error`.", schema("Error")),
        },
    }
    if as_community is not None:
        operation["description"] = f"Signed in as a community: {_first_line(as_community)}"
    if route.method in WRITES:
        operation["requestBody"] = {"content": {kind: {"schema": _body(route, kind)} for kind in BODIES}}
    else:
        operation["parameters"] += [
            {"name": name, "in": "query", "schema": _kind(word)}
            for word in route.takes
            for name in [f"{word.name}[]" if word.kind in LISTS else word.name]
        ]
    if route.asks is not Asks.NOBODY:
        operation["security"] = [{TOKEN: [scope]} for scope in route.scopes] or [{TOKEN: []}]
    elif route.scopes:
        operation["security"] = [{}, *({TOKEN: [scope]} for scope in route.scopes)]
    return operation


def _asks_for_one(route: RouteDef) -> bool:
    """Whether a token that comes along is looked at."""
    return bool(route.scopes) or route.asks is not Asks.NOBODY


def _first_line(route: RouteDef) -> str:
    return (route.handler.__doc__ or "").strip().partition("\n")[0]


def _blank(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _answer(description: str, of: dict[str, Any], kind: str = BODIES[0]) -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": of}}}


def _body(route: RouteDef, kind: str) -> dict[str, Any]:
    """Describe a body: in JSON, what stands in brackets is an object of its own."""
    found: dict[str, Any] = {"type": "object", "properties": {}}
    for word in route.takes:
        if word.kind is Kind.FILE and kind != BODIES[2]:
            continue
        if kind != BODIES[0]:
            found["properties"] |= _in_form(word)
            continue
        *outer, name = NAMES.findall(word.name)
        at = found["properties"]
        for part in outer:
            at = at.setdefault(part, {"type": "object", "properties": {}})["properties"]
        at[name] = _kind(word)
    return found


def _in_form(word: Word) -> dict[str, Any]:
    if word.kind is Kind.ROWS:
        return {f"{word.name}[0][{name}]": {"type": "string"} for name in word.inside}
    return {f"{word.name}[]" if word.kind in LISTS else word.name: _kind(word)}


def _kind(word: Word) -> dict[str, Any]:
    if word.choices:
        return {"type": "string", "enum": list(word.choices)}
    if word.kind is Kind.ROWS:
        return {
            "type": "array",
            "items": {"type": "object", "properties": dict.fromkeys(word.inside, {"type": "string"})},
        }
    return KINDS[word.kind]

"""The whole client API as one OpenAPI document, written from the table of routes: what is in it is there, and what is there is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop import __version__
from fedcop.apps import scopes
from web.keys import SITE
from web.mastodon.answers import answer
from web.shared.routing import Asks, Family, RouteDef, api, declared

BLANK = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
BODIES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
TOKEN = "token"  # noqa: S105 - the name of a scheme
WRITES = ("POST", "PUT", "PATCH")


@api("GET", "/api/openapi.json", asks=Asks.NOBODY)
async def show(request: Request) -> StreamResponse:
    """Give this document."""
    found = document(request.app[SITE].settings.origin, declared(Family.API))
    return answer(found, cache="public, max-age=600")


def document(origin: str, routes: Iterable[RouteDef]) -> dict[str, Any]:
    """Write the document of some routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(BLANK.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route)
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
        "components": {"securitySchemes": {TOKEN: {"type": "oauth2", "flows": {"authorizationCode": flow}}}},
    }


def _operation(route: RouteDef) -> dict[str, Any]:
    said = (route.handler.__doc__ or "").strip().partition("\n")[0]
    operation: dict[str, Any] = {
        "summary": said,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in BLANK.findall(route.path)
        ],
        "responses": {
            "200": {"description": "Done."},
            "default": {"description": "Refused, with the reason in `error`."},
        },
    }
    if route.method in WRITES:
        operation["requestBody"] = {"content": {kind: {"schema": {"type": "object"}} for kind in BODIES}}
    if route.asks is not Asks.NOBODY:
        operation["security"] = [{TOKEN: [scope]} for scope in route.scopes] or [{TOKEN: []}]
    elif route.scopes:
        operation["security"] = [{}, *({TOKEN: [scope]} for scope in route.scopes)]
    return operation

"""Holds what the client API answers against its OpenAPI document: every answer that a `Phone` gets is looked at, letter for letter of its names."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from web.mastodon.openapi import document
from web.routes import all_routes
from web.shared.routing import Family

KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str, "boolean": bool, "integer": int, "array": list, "object": dict, "null": type(None),
}  # fmt: skip


@cache
def described() -> dict[str, Any]:
    """The document, once."""
    return document("https://atelier.example", [route for route in all_routes() if route.family is Family.API])


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), ways) for path, ways in described()["paths"].items()]


def check(method: str, path: str, found: Any) -> None:
    """Raise AssertionError where an answer is not what the document says; what it does not know is not looked at."""
    bare = path.partition("?")[0].rstrip("/")
    for pattern, ways in sorted(_paths(), key=lambda known: known[0].pattern.count("[")):
        if pattern.fullmatch(bare) and method.lower() in ways:
            said = ways[method.lower()]["responses"]["200"]["content"]["application/json"]["schema"]
            wrong = list(_differences(said, found, ""))
            assert not wrong, (method, path, wrong)
            return


def _differences(said: dict[str, Any], found: Any, at: str) -> list[str]:
    if "$ref" in said:
        said = described()["components"]["schemas"][said["$ref"].rpartition("/")[2]]
    if "oneOf" in said:
        return min((_differences(one, found, at) for one in said["oneOf"]), key=len)
    if "anyOf" in said:
        return [] if found is None else _differences(said["anyOf"][0], found, at)
    kind = said.get("type")
    if kind is None:
        return []
    if not isinstance(found, KINDS[kind]) or (kind == "integer" and isinstance(found, bool)):
        return [f"{at}: {found!r} is no {kind}"]
    if "pattern" in said and not re.search(said["pattern"], found):
        return [f"{at}: {found!r}"]
    if kind == "array":
        if "items" not in said:
            return [f"{at}: not empty"] if found else []
        return [
            wrong for place, one in enumerate(found) for wrong in _differences(said["items"], one, f"{at}[{place}]")
        ]
    if kind != "object":
        return []
    names = said["properties"]
    wrong = [f"{at}.{name} is missing" for name in said["required"] if name not in found]
    wrong += [f"{at}.{name} is not described" for name in found if name not in names]
    return wrong + [
        one for name in found if name in names for one in _differences(names[name], found[name], f"{at}.{name}")
    ]

"""NodeInfo: which software a server runs and what it can do; ask others."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from activitypub.client.fetch import Budget, fetch_bytes
from activitypub.client.transport import Transport
from activitypub.errors import FetchFailed
from activitypub.uris import same_origin
from activitypub.wellknown import APPLICATION_ACTOR, SCHEMA

MAX_DOCUMENT = 128 * 1024
_VERSIONS = ("2.1", "2.0", "2.2")
_MAX_CAPABILITIES = 100


@dataclass(frozen=True)
class NodeInfo:
    """What a server says of itself; names in lower case, `application` its own actor if it names one (FEP-2677)."""

    software: str
    version: str
    capabilities: frozenset[str] = frozenset()
    application: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


async def ask_nodeinfo(
    transport: Transport, origin: str, *, now: Callable[[], datetime], budget: Budget | None = None
) -> NodeInfo:
    """Ask a server what it is; only addresses on that server are believed."""
    budget = budget or Budget(requests=6, seconds=20)
    index = await _json(transport, f"{origin}/.well-known/nodeinfo", now, budget)
    links = _links(index, origin)
    address = next((links[SCHEMA + version] for version in _VERSIONS if SCHEMA + version in links), None)
    if address is None:
        raise FetchFailed("the server does not say which software it runs (NodeInfo)", permanent=True)
    document = await _json(transport, address, now, budget)
    software = document.get("software")
    if not isinstance(software, dict) or not isinstance(software.get("name"), str):
        raise FetchFailed("the server does not say which software it runs (NodeInfo)", permanent=True)
    return NodeInfo(
        software=software["name"].lower()[:64],
        version=str(software.get("version", ""))[:64],
        capabilities=_capabilities(document),
        application=links.get(APPLICATION_ACTOR),
        raw=document,
    )


async def _json(transport: Transport, url: str, now: Callable[[], datetime], budget: Budget) -> dict[str, Any]:
    response = await fetch_bytes(
        transport, url, now=now, max_bytes=MAX_DOCUMENT, accept="application/json", budget=budget
    )
    if not same_origin(response.url, url):
        raise FetchFailed("the server lets another server say what it runs", permanent=True)
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise FetchFailed("the server's NodeInfo is not JSON", permanent=True) from error
    if not isinstance(document, dict):
        raise FetchFailed("the server's NodeInfo is not a JSON object", permanent=True)
    return document


def _links(index: Mapping[str, Any], origin: str) -> dict[str, str]:
    """Give the links that stay on the server."""
    found: dict[str, str] = {}
    links = index.get("links")
    for link in links if isinstance(links, list) else []:
        relation, href = (link.get("rel"), link.get("href")) if isinstance(link, dict) else (None, None)
        if isinstance(relation, str) and isinstance(href, str) and same_origin(href, origin):
            found.setdefault(relation, href)
    return found


def _capabilities(document: Mapping[str, Any]) -> frozenset[str]:
    metadata = document.get("metadata")
    found = metadata.get("capabilities") if isinstance(metadata, dict) else None
    # A list of names, or a table of name to yes and no.
    if isinstance(found, dict):
        found = [name for name, value in found.items() if value is True]
    names = found[:_MAX_CAPABILITIES] if isinstance(found, list) else []
    return frozenset(name.lower()[:64] for name in names if isinstance(name, str))

"""WebFinger: from a handle to an actor's address, believed only if the actor's own server says the same."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from activitypub import mime
from activitypub.client.fetch import Budget, fetch_bytes
from activitypub.client.transport import Transport
from activitypub.errors import BadUri, FetchFailed
from activitypub.uris import Handle, host_of, parse_handle, same_address, split

MAX_DOCUMENT = 64 * 1024


async def resolve_handle(
    transport: Transport,
    handle: Handle | str,
    *,
    now: Callable[[], datetime],
    budget: Budget | None = None,
    scheme: str = "https",
) -> str:
    """Give the address of the actor with this handle; `scheme` is http only between servers in development.

    A server may name an actor elsewhere, or another handle, only if the server it names confirms exactly that.
    """
    wanted = parse_handle(handle) if isinstance(handle, str) else handle
    asker = _Asker(transport, now, budget or Budget(requests=10, seconds=20), scheme)
    answer = await asker.ask(wanted.host, f"acct:{wanted}")
    subject = _subject(answer) or wanted
    actor = _self_link(answer, scheme)
    if subject.host != wanted.host:
        # «ana@coop.example is really ana@social.example»: social.example must say so.
        confirmed = await asker.ask(subject.host, f"acct:{subject}")
        if _subject(confirmed) != subject or not same_address(_self_link(confirmed, scheme), actor):
            raise FetchFailed(f"{subject.host} does not confirm this handle", permanent=True)
    if host_of(actor) != subject.host:
        # The actor lives on another host than its handle: that host must give the actor this very handle.
        confirmed = await asker.ask(host_of(actor), actor)
        if not _same_handle(_subject(confirmed), subject) or not same_address(_self_link(confirmed, scheme), actor):
            raise FetchFailed(f"{host_of(actor)} does not confirm this handle", permanent=True)
    return actor


class _Asker:
    """Asks servers for WebFinger documents within one budget."""

    def __init__(self, transport: Transport, now: Callable[[], datetime], budget: Budget, scheme: str) -> None:
        self._transport = transport
        self._now = now
        self._budget = budget
        self._scheme = scheme

    async def ask(self, host: str, resource: str) -> dict[str, Any]:
        url = f"{self._scheme}://{host}/.well-known/webfinger?resource={quote(resource, safe='')}"
        response = await fetch_bytes(
            self._transport,
            url,
            now=self._now,
            max_bytes=MAX_DOCUMENT,
            accept=f"{mime.JRD_JSON}, application/json",
            budget=self._budget,
        )
        if not mime.is_json(response.headers.get("content-type")):
            raise FetchFailed(f"{host} did not answer with a WebFinger document", permanent=True)
        try:
            document = json.loads(response.body)
        except (ValueError, RecursionError) as error:
            raise FetchFailed(f"{host} did not answer with a WebFinger document", permanent=True) from error
        if not isinstance(document, dict):
            raise FetchFailed(f"{host} did not answer with a WebFinger document", permanent=True)
        return document


def _subject(document: Mapping[str, Any]) -> Handle | None:
    subject = document.get("subject")
    # Some servers give the actor's address as subject; then only the link counts.
    if not isinstance(subject, str) or subject[:5].lower() != "acct:":
        return None
    try:
        return parse_handle(subject)
    except BadUri as error:
        raise FetchFailed("the WebFinger document names a malformed handle", permanent=True) from error


def _same_handle(a: Handle | None, b: Handle) -> bool:
    return a is not None and a.host == b.host and a.name.lower() == b.name.lower()


def _self_link(document: Mapping[str, Any], scheme: str) -> str:
    links = document.get("links")
    for link in links if isinstance(links, list) else []:
        if not isinstance(link, dict) or link.get("rel") != "self" or not isinstance(link.get("type"), str):
            continue
        href = link.get("href")
        if mime.is_activity(link["type"]) and isinstance(href, str):
            try:
                if split(href).scheme == scheme:
                    return href
            except BadUri:
                continue
    raise FetchFailed("the WebFinger document names no ActivityPub actor", permanent=True)

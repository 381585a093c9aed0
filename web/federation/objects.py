"""Documents and collections that features serve to other servers, each at its path.

A stranger is asked for first: what is for everybody is the same for everybody and may be kept by caches. Only what a
stranger does not get is asked for again in the name of the verified signer. Absent and forbidden are one answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from aiohttp.web import Request, Response

from activitypub.jsonld.compose import with_context
from activitypub.mime import ACTIVITY_JSON
from fedcop.actors.models import Actor
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.feature import Feature
from fedcop.federation.documents import collections
from fedcop.federation.documents.serving import Asking, Document, Listing, Serves
from web.federation.signers import asking_actor, is_signed
from web.keys import SITE
from web.shared.negotiate import VARY
from web.shared.routing import Access, Family, Handler, RouteDef

PUBLIC_CACHE = "public, max-age=180"
PRIVATE_CACHE = "private, no-store"
ABSENT = b'{"error":"not-found"}'


def document_routes(features: Iterable[Feature]) -> tuple[RouteDef, ...]:
    """Give a route for every path that a feature serves documents at."""
    return tuple(
        RouteDef("GET", path, _handler(served), Family.DOCUMENT, Access.ANYONE, "document", kept=True)
        for feature in features
        for path, served in feature.serves.items()
    )


def _handler(served: Serves) -> Handler:
    async def answer(request: Request) -> Response:
        return await _answer(request, served)

    return answer


async def _answer(request: Request, served: Serves) -> Response:
    body = await _give(request, served, None)
    if body is not None:
        more = await _give_more(request, served)
        return _document(request, body, PUBLIC_CACHE) if more is None else _document(request, more, PRIVATE_CACHE)
    actor = await asking_actor(request) if is_signed(request) else None
    body = await _give(request, served, actor) if actor is not None else None
    if body is None:
        return _respond(404, ABSENT, PRIVATE_CACHE)
    return _document(request, body, PRIVATE_CACHE)


async def _give_more(request: Request, served: Serves) -> dict[str, Any] | bytes | None:
    """What is for everybody, as it is for who signed; None if that is the same, or nobody did."""
    if not isinstance(served, Document) or served.more is None or not is_signed(request):
        return None
    if not await served.more(Asking(None, dict(request.match_info), dict(request.query))):
        return None
    actor = await asking_actor(request)
    return await _give(request, served, actor) if actor is not None else None


async def _give(request: Request, served: Serves, actor: Actor | None) -> dict[str, Any] | bytes | None:
    asking = Asking(actor, dict(request.match_info), dict(request.query))
    try:
        if isinstance(served, Document):
            return await served.give(asking)
        return await _page(request, served, asking)
    except (NotFound, Forbidden):
        return None


async def _page(request: Request, served: Listing, asking: Asking) -> dict[str, Any] | None:
    found = await served.give(asking)
    if found is None:
        return None
    uri = request.app[SITE].settings.origin + request.path
    wants_page, after = collections.cursor(request.query)
    return await (collections.page(uri, found, after=after) if wants_page else collections.collection(uri, found))


def _document(request: Request, found: dict[str, Any] | bytes, cache: str) -> Response:
    if isinstance(found, bytes):
        body, status = found, 200
    else:
        body = orjson.dumps(with_context(found))
        status = 410 if found.get("type") == "Tombstone" else 200
    tag = _tag(body)
    if status == 200 and tag in [part.strip() for part in request.headers.get("If-None-Match", "").split(",")]:
        return _respond(304, b"", cache, tag)
    return _respond(status, body, cache, tag)


def _tag(body: bytes) -> str:
    """The same for the same document: its proof is made anew for each answer and says nothing new."""
    document = orjson.loads(body)
    document.pop("proof", None)
    return f'"{hashlib.sha256(orjson.dumps(document)).hexdigest()[:32]}"'


def _respond(status: int, body: bytes, cache: str, tag: str = "") -> Response:
    # Lemmy compares the content type with three literal strings: nothing may be added to it.
    headers = {"Content-Type": ACTIVITY_JSON, "Cache-Control": cache, "Vary": VARY}
    if tag:
        headers["ETag"] = tag
    return Response(status=status, body=body, headers=headers)

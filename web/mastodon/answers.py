"""How an answer to an app leaves: as JSON that nobody keeps, with the links to the pages before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from aiohttp.web import Request, Response

from fedcop.timelines.streams import Span
from web.keys import SITE
from web.mastodon.params import Params

PRIVATE = "private, no-store"
LONGEST_LINK = 3000  # bytes; what an app asks for stands in it twice, and a proxy takes 4 KiB of headers
PAGE = "limit:number max_id:id since_id:id min_id:id"  # what `span_of` reads


def answer(found: Any, *, status: int = 200, cache: str = PRIVATE) -> Response:
    """Answer with JSON."""
    return Response(
        status=status,
        body=orjson.dumps(found),
        headers={"Content-Type": "application/json; charset=utf-8", "Cache-Control": cache, "Vary": "Authorization"},
    )


def limit_of(given: Params, *, usual: int = 20, most: int = 40) -> int:
    """Read how many are asked for; a limit that is too high or too low is moved, not refused."""
    limit = given.number("limit")
    return max(1, min(most, usual if limit is None else limit))


def span_of(given: Params, *, usual: int = 20, most: int = 40) -> Span:
    """Read which page is asked for."""
    return Span(
        limit=limit_of(given, usual=usual, most=most),
        max_id=given.number("max_id"),
        since_id=given.number("since_id"),
        min_id=given.number("min_id"),
    )


def paged(request: Request, found: Any, marks: Sequence[int], *, before: str = "min_id") -> Response:
    """Answer with a page of a list and the links to the ones after and before it; `marks` are what its rows are paged by."""
    response = answer(found)
    if marks:
        links = ", ".join(
            f'<{_address(request, name, mark)}>; rel="{rel}"'
            for rel, name, mark in (("next", "max_id", marks[-1]), ("prev", before, marks[0]))
        )
        if len(links) <= LONGEST_LINK:
            response.headers["Link"] = links
    return response


def _address(request: Request, name: str, mark: int) -> str:
    paging = ("max_id", "since_id", "min_id", "access_token")
    kept = [(key, value) for key, value in request.query.items() if key not in paging]
    path = quote(request.path, safe="/@:~+")  # as it was decoded it may hold what no header takes
    return f"{request.app[SITE].settings.origin}{path}?{urlencode([*kept, (name, str(mark))])}"

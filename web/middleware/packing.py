"""Sends pages packed: a long discussion is a tenth of its size on the way to an old phone.

Packing next to secrets can give them away to who may choose a part of the page and count its bytes (BREACH). Here nobody can:
the cookie does not travel with what other sites ask for (SameSite), and the token of forms looks different in each answer
(shared/tokens.py). Static files are packed once, at the start (shared/statics.py).
"""

from __future__ import annotations

import gzip
import re

from aiohttp.web import Request, Response, StreamResponse, middleware

from web.shared.negotiate import vary
from web.shared.routing import Handler

KINDS = ("text/html", "application/json")
WORTH_IT = 1_000  # bytes
LEVEL = 2  # 6 saves a tenth more, for three times the work


@middleware
async def pack_pages(request: Request, handler: Handler) -> StreamResponse:
    """Pack what is long enough, for browsers that can unpack it."""
    response = await handler(request)
    if response.prepared or not isinstance(response, Response) or response.content_type not in KINDS:
        return response
    vary(response, "Accept-Encoding")
    body = response.body
    if (
        isinstance(body, bytes)
        and len(body) >= WORTH_IT
        and "Content-Encoding" not in response.headers
        and _unpacks(request.headers.get("Accept-Encoding", ""))
    ):
        response.body = gzip.compress(body, LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _unpacks(said: str) -> bool:
    """Tell whether a browser takes what is packed so: some name a way only to say that they do not."""
    ways = dict(part.replace(" ", "").lower().partition(";")[::2] for part in said.split(","))
    return "gzip" in ways and not re.fullmatch(r"q=0(\.0*)?", ways["gzip"])

"""Sends pages packed: a long discussion is a tenth of its size on the way to an old phone.

Packing next to secrets gives them away to who chooses a part of the page again and again and counts its bytes on the way
(BREACH). So what another site leads a browser to is not packed: links are all that the cookie travels with from there
(SameSite=Lax), and browsers say it (Sec-Fetch-Site); of those that do not, an address with a query is taken for such a link.
The token of forms looks different in each answer all the same (shared/tokens.py). Static files are packed once, at the start
(shared/statics.py).
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
        and not _is_led_here(request)
    ):
        response.body = gzip.compress(body, LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _is_led_here(request: Request) -> bool:
    """Tell whether another site may have chosen this address for a browser with a cookie."""
    from_where = request.headers.get("Sec-Fetch-Site")
    chosen = from_where not in ("same-origin", "none") if from_where is not None else bool(request.query_string)
    return chosen and "Cookie" in request.headers


def _unpacks(said: str) -> bool:
    """Tell whether a browser takes what is packed so: some name a way only to say that they do not."""
    ways = dict(part.replace(" ", "").lower().partition(";")[::2] for part in said.split(","))
    return "gzip" in ways and not re.fullmatch(r"q=0(\.0*)?", ways["gzip"])

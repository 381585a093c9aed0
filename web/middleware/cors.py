"""Lets web pages of other origins ask what apps may ask: any of them, never with our cookies."""

from __future__ import annotations

from aiohttp.web import Request, Response, StreamResponse, middleware

from web.shared.routing import Handler

OPEN = (
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/.well-known/",
    "/nodeinfo/",
    "/media/",
    "/static/app/",  # what stands for a face where there is none
    "/health",
)
EXPOSED = "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Requested-With, Range"
DAY = "86400"


@middleware
async def allow_other_origins(request: Request, handler: Handler) -> StreamResponse:
    """Answer the question that browsers ask first, and mark what other origins may read."""
    if not request.path.startswith(OPEN):
        return await handler(request)
    if request.method == "OPTIONS":
        asked = request.headers.get("Access-Control-Request-Headers", "")
        response: StreamResponse = Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": METHODS,
                # An asterisk does not cover Authorization.
                "Access-Control-Allow-Headers": asked if asked.isascii() and asked.isprintable() and asked else HEADERS,
                "Access-Control-Max-Age": DAY,
            },
        )
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return response

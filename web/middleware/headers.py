"""The headers that every answer carries: a strict content policy and friends. Also cookies that pages ask for."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse, middleware

from web.keys import SITE
from web.shared.flash import carry_flashes
from web.shared.negotiate import vary
from web.shared.routing import ROUTE, Family, Handler
from web.shared.tokens import remember_guest

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
MACHINE_POLICY = "default-src 'none'; frame-ancestors 'none'"
COMMON = {
    "Server": "fedcop",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}
# Apps in browsers open these in a window and wait for it; cut off from it, they take it for closed, and say that signing in failed.
WINDOWS_OF_APPS = ("/oauth/authorize", "/login")


@middleware
async def add_headers(request: Request, handler: Handler) -> StreamResponse:
    """Add what is missing; a handler that set a header itself knows why."""
    response = await handler(request)
    if response.prepared:
        return response
    page = response.content_type == "text/html"
    if request.path.startswith(WINDOWS_OF_APPS):
        response.headers.setdefault("Cross-Origin-Opener-Policy", "unsafe-none")
    for name, value in COMMON.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY if page else MACHINE_POLICY)
    if page:
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        vary(response, "Cookie, Accept-Language")
    if request.app[SITE].settings.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request[ROUTE].family is not Family.MACHINE:
        remember_guest(request, response)
        carry_flashes(request, response)
    return response

"""What makes the site an application on a phone: its manifest, its service worker, the page for when there is no network."""

from __future__ import annotations

import json

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import instance
from fedcop.core.i18n import _
from web.shared.routing import ANYONE, machine, page
from web.shared.statics import STATICS
from web.shared.templating import render

ICONS = (
    ("icons/app-192.png", "192x192", "any"),
    ("icons/app-512.png", "512x512", "any"),
    ("icons/app-mask.png", "512x512", "maskable"),
)
KEPT = ("css/base.css", "css/parts.css", "icons/sprite.svg", "icons/mark.svg", "js/app.js", "js/offline.js")
# A worker may ask this instance only; without this line its own policy would forbid it every request. Notifications bear our icon.
WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'"


@machine("GET", "/manifest.webmanifest", limit="static")
async def manifest(request: Request) -> StreamResponse:
    """Describe the application (W3C Web Application Manifest), in the language of the instance."""
    statics, about = request.app[STATICS], await instance.read()
    described = {
        "id": "/",
        "name": about.name,
        "short_name": about.name[:20],
        "description": about.slogan,
        "lang": about.language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#1f6f4a",
        "icons": [
            {"src": statics.address(file), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for file, sizes, purpose in ICONS
        ],
        "shortcuts": [
            {"name": _("Communities"), "url": "/communities"},
            {"name": _("Notifications"), "url": "/notifications"},
        ],
    }
    return Response(
        text=json.dumps(described, ensure_ascii=False),
        content_type="application/manifest+json",
        headers={"Cache-Control": "public, max-age=3600"},
    )


@machine("GET", "/worker.js", limit="static")
async def worker(request: Request) -> StreamResponse:
    """Serve the service worker, at the root so that it may look after all pages; it knows which files are this version's."""
    statics = request.app[STATICS]
    body = statics.get("js/worker.js")
    assert body is not None
    files = json.dumps([statics.address(name) for name in KEPT])
    head = (
        f'import {{ flush }} from "{statics.address("js/outbox.js")}";\n'
        f'import {{ openPage, renew, tell }} from "{statics.address("js/told.js")}";\n'
        f'const VERSION = "{statics.version}", ICON = "{statics.address("icons/app-192.png")}";\nconst FILES = {files};\n'
    )
    return Response(
        text=head + body.body.decode(),
        content_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Content-Security-Policy": WORKER_POLICY},
    )


@page("GET", "/offline", access=ANYONE)
async def offline(request: Request) -> StreamResponse:
    """Say that there is no network, and what can be read all the same; the worker keeps this page."""
    return await render(request, "installed/offline.html")

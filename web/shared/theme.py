"""The colours of an organisation or a community, as a style sheet that says nothing else: its address holds the colours.

Only `--accent` and its kin change, and the band at the top; what they are called stands in static/css/base.css.
"""

from __future__ import annotations

import hashlib
from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop.core import colours
from fedcop.core.errors import NotFound
from web.shared.routing import machine

NONE = "none"
VERSION = "1"  # of what lies below: an address is good for ever

SHEET = """:root{{--accent:{accent};--on-accent:#ffffff;--wash:{wash}}}
@media (prefers-color-scheme:dark){{:root{{--accent:{night};--on-accent:#101114;--wash:{night_wash}}}}}
@media print{{:root{{--accent:#000;--wash:#fff}}}}
"""
BAND = """@media not print{{.top{{background:{band};color:#fff;border-color:transparent}}
.top .mark,.top .tool[aria-current]{{color:inherit}}
.top :is(.tool,.menu>summary):hover{{background:rgb(0 0 0/.2)}}
.top .menu ul,.top .find input{{color:var(--text)}}}}
"""


def theme_path(instance: Any, community: Any = None) -> str:
    """Give the address of the style sheet for a page: a community's colour comes before the organisation's; "" for ours."""
    accent = getattr(community, "accent", "") or instance.accent
    if not accent and not instance.band:
        return ""
    words = [VERSION, *(colour.lstrip("#") or NONE for colour in (accent, instance.band))]
    return f"/theme/{'-'.join(words)}.css"


def sheet(accent: str, band: str) -> str:
    """Write the style sheet of two colours, either of which may be ""."""
    night = colours.by_night(accent) if accent else ""
    kin = (
        {"wash": colours.wash(accent), "night": night, "night_wash": colours.wash(night, colours.NIGHT)}
        if accent
        else {}
    )
    return (SHEET.format(accent=accent, **kin) if accent else "") + (BAND.format(band=band) if band else "")


@machine("GET", "/theme/{version:[0-9]{1,3}}-{accent:[0-9a-f]{6}|none}-{band:[0-9a-f]{6}|none}.css", limit="static")
async def theme(request: Request) -> StreamResponse:
    """Serve the style sheet of colours that can be read; there is none for others."""
    chosen = ["" if request.match_info[name] == NONE else f"#{request.match_info[name]}" for name in ("accent", "band")]
    if any(colour and not colours.is_readable(colour) for colour in chosen):
        raise NotFound
    text = sheet(*chosen)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"',
    }
    return Response(text=text, content_type="text/css", headers=headers)

"""The plain pages that every instance owes to people: about, privacy, accessibility, help. Prose lives in templates/about, one file per language."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop import __version__
from fedcop.accounts import instance
from fedcop.core import retention
from fedcop.core.i18n import _
from fedcop.core.markup import to_html
from web.keys import language
from web.shared.flash import see_other
from web.shared.routing import ANYONE, machine, page
from web.shared.templating import render

ALIASES = {
    "/a-propos": "/about",
    "/confidentialite": "/privacy",
    "/accessibilite": "/accessibility",
    "/aide": "/help",
    "/quoi-de-neuf": "/whats-new",
}

NOT_FOR_ROBOTS = ("/login", "/signup", "/reset", "/invite", "/settings", "/admin", "/search", "/media/", "/visit")


@page("GET", "/about", access=ANYONE)
async def about(request: Request) -> StreamResponse:
    """Say what this instance is."""
    return await _prose(request, "about")


@page("GET", "/privacy", access=ANYONE)
async def privacy(request: Request) -> StreamResponse:
    """Say what is kept about people, where it goes, and what they may ask."""
    chosen = await retention.chosen()
    periods = [(_(one.label), chosen[one.key]) for one in retention.periods()]
    return await _prose(request, "privacy", periods=periods)


@page("GET", "/accessibility", access=ANYONE)
async def accessibility(request: Request) -> StreamResponse:
    """Say how far the interface can be used by everybody."""
    return await _prose(request, "accessibility")


@page("GET", "/help", access=ANYONE)
async def help_(request: Request) -> StreamResponse:
    """Answer the first questions."""
    return await _prose(request, "help")


@page("GET", "/whats-new", access=ANYONE)
async def whats_new(request: Request) -> StreamResponse:
    """Tell members in sentences what changed for them; CHANGELOG.md is for those who host."""
    return await _prose(request, "whats_new")


@page("GET", "/a-propos", access=ANYONE)
@page("GET", "/confidentialite", access=ANYONE)
@page("GET", "/accessibilite", access=ANYONE)
@page("GET", "/aide", access=ANYONE)
@page("GET", "/quoi-de-neuf", access=ANYONE)
async def alias(request: Request) -> StreamResponse:
    """Lead the French addresses to the pages."""
    return see_other(ALIASES[request.path])


@machine("GET", "/robots.txt", limit="read")
async def robots(request: Request) -> StreamResponse:
    """Tell search engines what is not for them; each public page says for itself whether it may be found."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    return Response(text="\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=86400"})


async def _prose(request: Request, name: str, **more: Any) -> StreamResponse:
    about = await instance.read()
    return await render(
        request,
        f"about/{name}.{language(request).split('-')[0]}.html",
        version=__version__,
        about_html=to_html(about.about),
        privacy_html=to_html(about.privacy),
        **more,
    )

"""A post inside somebody else's page (oEmbed): what everybody may read, as a quotation with a link, no script and no frame."""

from __future__ import annotations

from html import escape
from typing import Any

from aiohttp.web import Request, StreamResponse
from yarl import URL

from fedcop.accounts import instance
from fedcop.core.addresses import absolute
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.discussions import queries, statuses
from fedcop.discussions.statuses import Status
from web.keys import SITE
from web.mastodon.answers import answer
from web.mastodon.params import read
from web.shared.routing import Asks, api
from web.shared.templating import name_of, path_of

KEPT_FOR = 3600  # seconds: what is taken back is not to stand elsewhere for long
NARROWEST, USUAL, WIDEST = 200, 400, 1000


@api("GET", "/api/oembed", asks=Asks.NOBODY, takes="url maxwidth:number", gives="OEmbed")
async def show(request: Request) -> StreamResponse:
    """Say how a public post of ours is quoted; of everything else nothing."""
    given = await read(request)
    number = _named(given.text("url"), request.app[SITE].settings.origin)
    found = await statuses.of(None, [await queries.visible_post(None, number)]) if number is not None else []
    if not found:
        raise NotFound
    width = max(NARROWEST, min(WIDEST, given.number("maxwidth") or USUAL))
    name = (await instance.read()).name
    return answer(_embedded(found[0], name, absolute(f"/p/{number}"), width), cache=f"public, max-age={KEPT_FOR}")


def _named(address: str, origin: str) -> int | None:
    """Read which post of this instance an address is of."""
    try:
        url = URL(address)
        own = str(url.origin()) == str(URL(origin).origin())
    except ValueError:
        return None
    parts = url.path.strip("/").split("/")
    return read_id(parts[1]) if own and len(parts) == 2 and parts[0] == "p" else None


def _embedded(status: Status, name: str, address: str, width: int) -> dict[str, Any]:
    view, author = status.view, status.view.author
    title = view.said.title if view.post.depth == 0 else ""
    where = name_of(view.community.actor) if view.community is not None else name
    said = "" if view.post.warning else view.excerpt
    lines = [f"<strong>{escape(title)}</strong>" if title else "", escape(view.post.warning or said)]
    text = "".join(f"<p>{line}</p>" for line in lines if line)
    return {
        "type": "rich",
        "version": "1.0",
        "title": title,
        "author_name": name_of(author),
        "author_url": absolute(path_of(author)) if author.id else absolute("/"),
        "provider_name": name,
        "provider_url": absolute("/"),
        "cache_age": KEPT_FOR,
        "html": f'<blockquote cite="{escape(address)}" lang="{escape(view.said.language)}">{text}'
        f'<p>{escape(name_of(author))}, <a href="{escape(address)}">{escape(where)}</a></p></blockquote>',
        "width": width,
        "height": None,
    }

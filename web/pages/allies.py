"""The agreements of this organisation that hold now, for everybody to read: with whom, since when, what is shared."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp.web import Request, StreamResponse

from fedcop.alliances import queries
from fedcop.alliances.models import Alliance
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from web.keys import looker
from web.shared.routing import ANYONE, page
from web.shared.templating import render


@dataclass(frozen=True)
class Shown:
    """One agreement; of the communities that it names, those the reader may know of."""

    alliance: Alliance
    communities: list[Community]


@page("GET", "/alliances", access=ANYONE)
async def listing(request: Request) -> StreamResponse:
    """List the agreements that hold now."""
    found = await queries.holding()
    named = {handle for one in found for handle in one.communities}
    known = await communities.visible_by_handles(looker(request), named)
    shown = [Shown(one, [known[handle] for handle in one.communities if handle in known]) for one in found]
    return await render(request, "about/alliances.html", shown=shown)

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
    looking = looker(request)
    shown = []
    for one in found:
        named = [await communities.visible_by_address(looking, handle) for handle in one.communities]
        shown.append(Shown(one, [community for community in named if community is not None]))
    return await render(request, "about/alliances.html", shown=shown)

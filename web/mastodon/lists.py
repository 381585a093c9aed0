"""Lists: each community that one belongs to is one, with the id of its account; what one changes of it is kept with one's place there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities import reading, ties
from fedcop.communities.models import Community, Membership
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import answer
from web.mastodon.params import read
from web.shared.routing import Asks, api

BY_JOINING = N_("Join or leave a community on its profile instead.")
CHANGES = "title replies_policy:none|followed|list exclusive:flag"


@dataclass(frozen=True)
class CommunityList:
    """A community as its member's list."""

    community: Community
    membership: Membership
    in_home: bool

    @property
    def json(self) -> dict[str, Any]:
        """Write it as List."""
        actor = self.community.actor
        return {
            "id": str(actor.id),
            "title": self.membership.list_title or actor.display_name or actor.name,
            "replies_policy": self.membership.list_replies,
            "exclusive": not self.in_home,
        }


async def _lists(request: Request, found: list[Community]) -> list[CommunityList]:
    """Give those, of some communities, that are lists of who asks."""
    places = await ties.places(member(request).actor)
    return [
        CommunityList(one, place.membership, place.in_home)
        for one in found
        if (place := places.get(one.id, ties.NOWHERE)).belongs
        and place.membership is not None
        and not place.membership.list_hidden
    ]


async def list_of(request: Request, text: str) -> CommunityList:
    """Load the list that an id names; what is none of one's own is not there."""
    number = read_id(text)
    community = await communities.my_own(member(request).actor, number) if number is not None else None
    found = await _lists(request, [community] if community is not None else [])
    if not found:
        raise NotFound
    return found[0]


@api("GET", "/api/v1/lists", asks=Asks.PERSON, scope="read:lists", gives="[List]")
async def every(request: Request) -> StreamResponse:
    """List one's communities."""
    return answer([one.json for one in await _lists(request, await communities.mine(member(request).actor))])


@api("GET", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="read:lists", gives="List")
async def one(request: Request) -> StreamResponse:
    """Give one of them."""
    return answer((await list_of(request, request.match_info["id"])).json)


@api("PUT", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="write:lists", limit="write", takes=CHANGES, gives="List")
async def change(request: Request) -> StreamResponse:
    """Change one's own name for a community's list, which replies it has, and whether the community stays out of home."""
    given, who = await read(request), member(request).actor
    community = (await list_of(request, request.match_info["id"])).community
    await reading.change_list(
        who,
        community,
        title=given.text("title") if "title" in given else None,
        replies=given.text("replies_policy") or None,
    )
    if "exclusive" in given:
        await reading.bring_home(who, community, wanted=not given.flag("exclusive"))
    return answer((await list_of(request, request.match_info["id"])).json)


@api("DELETE", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
async def hide(request: Request) -> StreamResponse:
    """Show a community as a list no longer: one stays in it, and brings its list back on the pages."""
    found = await list_of(request, request.match_info["id"])
    await reading.change_list(member(request).actor, found.community, hidden=True)
    return answer({})


@api("GET", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="read:lists", gives="[Account]")
async def accounts(request: Request) -> StreamResponse:
    """Give whose posts a list has: the community's."""
    community = (await list_of(request, request.match_info["id"])).community
    return answer([await loading.account(request, community.actor, community)])


@api("GET", "/api/v1/accounts/{id}/lists", asks=Asks.PERSON, scope="read:lists", gives="[List]")
async def of_account(request: Request) -> StreamResponse:
    """Give the lists in which an account is: of a community that one belongs to, its own."""
    _actor, community = await loading.visible_account(request, request.match_info["id"])
    return answer([one.json for one in await _lists(request, [community] if community is not None else [])])


@api("POST", "/api/v1/lists", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
@api("POST", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
@api("DELETE", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
async def refuse(request: Request) -> StreamResponse:
    """Say what to do instead."""
    raise Invalid(BY_JOINING, code="by-joining")

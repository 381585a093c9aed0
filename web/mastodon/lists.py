"""Lists: each community that one belongs to is one, with the id of its account. They are not stored; one makes none here."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import answer
from web.shared.routing import Asks, api

BY_JOINING = N_("Your lists are your communities: join or leave one on its profile instead.")


async def community_of(request: Request, text: str) -> Community:
    """Load the community that an id names, for a member of it; for anybody else it is not there."""
    number = read_id(text)
    community = await communities.my_own(member(request).actor, number) if number is not None else None
    if community is None:
        raise NotFound
    return community


def list_json(community: Community) -> dict[str, Any]:
    """Write a community as List."""
    return {
        "id": str(community.actor_id),
        "title": community.actor.display_name or community.actor.name,
        "replies_policy": "none",
        "exclusive": False,
    }


@api("GET", "/api/v1/lists", asks=Asks.PERSON, scope="read:lists", gives="[List]")
async def every(request: Request) -> StreamResponse:
    """List one's communities."""
    return answer([list_json(one) for one in await communities.mine(member(request).actor)])


@api("GET", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="read:lists", gives="List")
async def one(request: Request) -> StreamResponse:
    """Give one of them."""
    return answer(list_json(await community_of(request, request.match_info["id"])))


@api("GET", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="read:lists", gives="[Account]")
async def accounts(request: Request) -> StreamResponse:
    """Give whose posts a list has: the community's."""
    community = await community_of(request, request.match_info["id"])
    return answer([await loading.account(request, community.actor, community)])


@api("GET", "/api/v1/accounts/{id}/lists", asks=Asks.PERSON, scope="read:lists", gives="[List]")
async def of_account(request: Request) -> StreamResponse:
    """Give the lists in which an account is: of a community that one belongs to, its own."""
    _actor, community = await loading.visible_account(request, request.match_info["id"])
    belongs = community is not None and await communities.is_member(community, member(request).actor)
    return answer([list_json(community)] if community is not None and belongs else [])


@api("POST", "/api/v1/lists", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
@api("PUT", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
@api("DELETE", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
@api("POST", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
@api("DELETE", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
async def refuse(request: Request) -> StreamResponse:
    """Say why nobody changes a list here, and what to do instead."""
    raise Invalid(BY_JOINING, code="by-joining")

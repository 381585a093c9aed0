"""Lists: each community that one belongs to is one, with the id of its account; what one changes of it is kept with one's place there.

And those that one made oneself, of people and communities: fedcop/timelines/lists.py.
"""

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
from fedcop.timelines import lists
from fedcop.timelines.models import PersonalList
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, limit_of, paged
from web.mastodon.params import Params, read
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


@dataclass(frozen=True)
class OwnList:
    """A list that somebody made."""

    found: PersonalList

    @property
    def json(self) -> dict[str, Any]:
        """Write it as List."""
        one = self.found
        return {
            "id": str(one.id),
            "title": one.title,
            "replies_policy": one.replies,
            "exclusive": one.exclusive,
        }


async def _of_communities(request: Request, found: list[Community]) -> list[CommunityList]:
    """Give those, of some communities, that are lists of who asks."""
    places = await ties.places(member(request).actor)
    return [
        CommunityList(one, place.membership, place.in_home)
        for one in found
        if (place := places.get(one.id, ties.NOWHERE)).belongs
        and place.membership is not None
        and not place.membership.list_hidden
    ]


async def list_of(request: Request) -> CommunityList | OwnList:
    """Load the list that the address names; what is none of one's own is not there."""
    found = await named(request)
    if isinstance(found, PersonalList):
        return OwnList(found)
    return (await _of_communities(request, [found.community]))[0]


async def named(request: Request) -> Membership | PersonalList:
    """Load one's place in the community, or the list of one's own, that the address names: as much of a list as it takes to read it."""
    number, who = read_id(request.match_info["id"]), member(request).actor
    if number is None:
        raise NotFound
    mine = await communities.my_own(who, number)
    if mine is None:
        return await lists.own(who, number)
    if mine.list_hidden:
        raise NotFound
    return mine


@api("GET", "/api/v1/lists", asks=Asks.PERSON, scope="read:lists", gives="[List]")
async def every(request: Request) -> StreamResponse:
    """List those that one made, then one's communities."""
    who = member(request).actor
    made = [OwnList(one) for one in await lists.all_of(who)]
    of_places = await _of_communities(request, await communities.mine(who))
    return answer([*(one.json for one in made), *(one.json for one in of_places)])


@api("POST", "/api/v1/lists", asks=Asks.PERSON, scope="write:lists", limit="write", takes=CHANGES, gives="List")
async def make(request: Request) -> StreamResponse:
    """Make a list."""
    given = await read(request)
    found = await lists.make(
        member(request).actor,
        given.text("title"),
        replies=given.text("replies_policy") or "list",
        exclusive=given.flag("exclusive"),
    )
    return answer(OwnList(found).json)


@api("GET", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="read:lists", gives="List")
async def one(request: Request) -> StreamResponse:
    """Give one of them."""
    return answer((await list_of(request)).json)


@api("PUT", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="write:lists", limit="write", takes=CHANGES, gives="List")
async def change(request: Request) -> StreamResponse:
    """Change what a list is called, which replies it has, and whether its communities stay out of home."""
    given, who, found = await read(request), member(request).actor, await list_of(request)
    title = given.text("title") if "title" in given else None
    replies, exclusive = given.text("replies_policy") or None, given.flag("exclusive") if "exclusive" in given else None
    if isinstance(found, OwnList):
        await lists.change(who, found.found.id, title=title, replies=replies, exclusive=exclusive)
    else:
        await reading.change_list(who, found.community, title=title, replies=replies)
        if exclusive is not None:
            await reading.bring_home(who, found.community, wanted=not exclusive)
    return answer((await list_of(request)).json)


@api("DELETE", "/api/v1/lists/{id}", asks=Asks.PERSON, scope="write:lists", limit="write", gives="Empty")
async def delete(request: Request) -> StreamResponse:
    """Delete a list; of a community, show it as one no longer: one stays in it, and brings its list back on the pages."""
    who, found = member(request).actor, await list_of(request)
    if isinstance(found, OwnList):
        await lists.delete(who, found.found.id)
    else:
        await reading.change_list(who, found.community, hidden=True)
    return answer({})


@api("GET", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="read:lists", takes=PAGE, gives="[Account]")
async def accounts(request: Request) -> StreamResponse:
    """Give whose posts a list has, the latest put into it first; of a community's list the community."""
    given, found = await read(request), await list_of(request)
    if isinstance(found, CommunityList):
        return answer([await loading.account(request, found.community.actor, found.community)])
    everything = given.number("limit") == 0
    limit = lists.MOST_ENTRIES if everything else limit_of(given, usual=40, most=80)
    held = await lists.entries(found.found, below=given.number("max_id"), limit=limit)
    written = await loading.accounts(request, [one.actor for one in held])
    return answer(written) if everything else paged(request, written, [one.id for one in held], before="since_id")


@api("POST", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="write:lists", limit="write", takes="account_ids:ids", gives="Empty")  # fmt: skip
async def add(request: Request) -> StreamResponse:
    """Put people and communities that one follows into a list."""
    given, found = await read(request), await list_of(request)
    if isinstance(found, CommunityList):
        return _unchanged(given, found)
    await lists.add(member(request).actor, found.found.id, given.ids("account_ids"))
    return answer({})


@api("DELETE", "/api/v1/lists/{id}/accounts", asks=Asks.PERSON, scope="write:lists", limit="write", takes="account_ids:ids", gives="Empty")  # fmt: skip
async def remove(request: Request) -> StreamResponse:
    """Take some out of a list."""
    given, found = await read(request), await list_of(request)
    if isinstance(found, CommunityList):
        return _unchanged(given, found)
    await lists.remove(member(request).actor, found.found.id, given.ids("account_ids"))
    return answer({})


def _unchanged(given: Params, found: CommunityList) -> StreamResponse:
    """A community's list holds itself, which apps may say again; for anything else say what to do instead."""
    if given.ids("account_ids") != [found.community.actor_id]:
        raise Invalid(BY_JOINING, code="by-joining")
    return answer({})


@api("GET", "/api/v1/accounts/{id}/lists", asks=Asks.PERSON, scope="read:lists", gives="[List]")
async def of_account(request: Request) -> StreamResponse:
    """Give the lists in which an account is; of a community that one belongs to, its own too."""
    actor, community = await loading.visible_account(request, request.match_info["id"])
    made = [OwnList(one) for one in await lists.holding(member(request).actor, actor)]
    of_it = await _of_communities(request, [community] if community is not None else [])
    return answer([*(one.json for one in made), *(one.json for one in of_it)])

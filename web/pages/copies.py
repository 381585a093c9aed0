"""Who holds a copy: the ledger of a community, and "Follow-up" of a post, which says what each organisation answered to a deletion."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import access, roles
from fedcop.communities import queries as communities
from fedcop.communities.copies import ledger
from fedcop.communities.rules import Act, standing
from fedcop.core.errors import NotFound
from fedcop.discussions.models import Post
from web.keys import member
from web.pages.communities import asked_for, frame
from web.pages.discussions import place_in_thread, post_at
from web.shared.routing import MEMBER, page
from web.shared.templating import render


@page("GET", "/c/{name}/copies", access=MEMBER)
async def of_community(request: Request) -> StreamResponse:
    """Show members who holds what their community says; those who moderate see since when and how much."""
    community = await asked_for(request)
    values = await frame(request, community, "about")
    if not values["readable"] or not await communities.is_member(community, member(request).actor):
        raise NotFound
    holders = await ledger.holders(community) if community.actor.local else []
    return await render(
        request, "communities/copies.html", **values, holders=holders, whole=values["may"][Act.REMOVE_POST.value]
    )


@page("GET", "/p/{id}/copies", access=MEMBER)
async def of_post(request: Request) -> StreamResponse:
    """Show the author of a post, and who moderates, where it is and what became of it there."""
    post = await post_at(request)
    await _may_follow(request, post)
    gone = post.deleted_at is not None or post.removed_at is not None
    return await render(request, "discussions/copies.html", **await _followed(post, gone=gone))


async def _may_follow(request: Request, post: Post) -> None:
    actor = member(request).actor
    if post.author_id == actor.id:
        return
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    found = await standing(actor, community) if community is not None else None
    if found is None or found.ban is not None or not roles.may(found.seats, Act.REMOVE_POST):
        raise NotFound


async def _followed(post: Post, *, gone: bool) -> dict[str, Any]:
    found = await ledger.of_post(post.id, gone=gone)
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    done = [one for one in found if one.state in (ledger.CONFIRMED, ledger.RECEIVED)]
    return {
        "post": post,
        "gone": gone,
        "public": post.audience == access.PUBLIC,
        "copies": found,
        "done": len(done),
        "holding": len(found) - len(done),
        "elsewhere": community if community is not None and not community.actor.local else None,
        "back": place_in_thread(post),
    }

"""What profiles show: tags, and people and communities that their owner recommends."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp.web import Request, StreamResponse

from fedcop.actors.models import Actor
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.discussions.text import clean_tag
from fedcop.profiles import queries, service
from web.keys import SITE, looker, member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, paged, span_of
from web.mastodon.entities.account import shown_tag_json
from web.mastodon.params import read
from web.mastodon.relating import standing
from web.mastodon.tags import tagged
from web.shared.routing import Asks, api
from web.shared.templating import path_of


async def written(request: Request, actor: Actor, only: str = "") -> list[dict[str, Any]]:
    """Write the tags on a profile, as who asks may read what bears them."""
    found = [one for one in await queries.tags_of(actor) if only in ("", one.tag)]
    page = request.app[SITE].settings.origin + path_of(actor)
    used = await queries.used(looker(request), actor, found)
    return [shown_tag_json(one.shown, f"{page}?tag={quote(one.shown.tag)}", one.posts, one.last_at) for one in used]


@api(
    "GET",
    "/api/v1/accounts/{id}/featured_tags",
    asks=Asks.NOBODY,
    scope="read:accounts",
    communities=True,
    gives="[FeaturedTag]",
)
async def of_account(request: Request) -> StreamResponse:
    """Give the tags on somebody's profile; communities show none."""
    actor, community = await loading.visible_account(request, request.match_info["id"])
    return answer([] if community is not None else await written(request, actor))


@api("GET", "/api/v1/featured_tags", asks=Asks.PERSON, scope="read:accounts", gives="[FeaturedTag]")
async def own(request: Request) -> StreamResponse:
    """Give the tags on one's own profile."""
    return answer(await written(request, member(request).actor))


@api("GET", "/api/v1/featured_tags/suggestions", asks=Asks.PERSON, scope="read:accounts", gives="[Tag]")
async def suggested(request: Request) -> StreamResponse:
    """Name the tags that one writes with most and does not show."""
    return answer(await tagged(request, await queries.suggested_tags(member(request).actor)))


@api("POST", "/api/v1/featured_tags", asks=Asks.PERSON, scope="write:accounts", limit="write", takes="name", gives="FeaturedTag")  # fmt: skip
async def show(request: Request) -> StreamResponse:
    """Show a tag on one's profile."""
    who = member(request).actor
    made = await service.show_tag(who, (await read(request)).text("name"))
    return answer((await written(request, who, made.tag))[0])


@api("DELETE", "/api/v1/featured_tags/{id}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Empty")
async def hide(request: Request) -> StreamResponse:
    """Show it no longer."""
    who, number = member(request).actor, read_id(request.match_info["id"])
    tag = next((one.tag for one in await queries.tags_of(who) if one.id == number), None)
    if tag is None:
        raise NotFound
    await service.hide_tag(who, tag)
    return answer({})


@api("POST", "/api/v1/tags/{tag}/{act:feature|unfeature}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Tag")  # fmt: skip
async def feature(request: Request) -> StreamResponse:
    """Show a tag on one's profile, or no longer."""
    tag = clean_tag(request.match_info["tag"])
    if not tag:
        raise NotFound
    act = service.show_tag if request.match_info["act"] == "feature" else service.hide_tag
    await act(member(request).actor, tag)
    return answer((await tagged(request, [tag]))[0])


@api("GET", "/api/v1/endorsements", asks=Asks.PERSON, scope="read:accounts", takes=PAGE, gives="[Account]")
async def mine(request: Request) -> StreamResponse:
    """List whom one's own profile shows."""
    return await _recommended(request, member(request).actor)


@api("GET", "/api/v1/accounts/{id}/endorsements", asks=Asks.NOBODY, scope="read:accounts", takes=PAGE, communities=True, gives="[Account]")  # fmt: skip
async def recommended(request: Request) -> StreamResponse:
    """List whom somebody's profile shows; of people elsewhere it is not known."""
    actor, _community = await loading.visible_account(request, request.match_info["id"])
    return await _recommended(request, actor)


async def _recommended(request: Request, actor: Actor) -> StreamResponse:
    span = span_of(await read(request), usual=40, most=80)
    found = await queries.recommended(looker(request), actor, below=span.max_id or 0, limit=span.limit)
    written = await loading.accounts(request, [one.target for one in found])
    return paged(request, written, [one.id for one in found], before="since_id")


@api("POST", "/api/v1/accounts/{id}/{act:pin|endorse}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Relationship")  # fmt: skip
async def endorse(request: Request) -> StreamResponse:
    """Show a person or community that one follows on one's profile."""
    found = await loading.visible_account(request, request.match_info["id"])
    await service.recommend(member(request).actor, found[0])
    return await standing(request, *found)


@api("POST", "/api/v1/accounts/{id}/{act:unpin|unendorse}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Relationship")  # fmt: skip
async def endorse_not(request: Request) -> StreamResponse:
    """Show them no longer."""
    found = await loading.visible_account(request, request.match_info["id"])
    await service.recommend_no_more(member(request).actor, found[0].id)
    return await standing(request, *found)

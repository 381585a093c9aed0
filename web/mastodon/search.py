"""Search for apps: communities and people, posts, tags; and what an address means, looked for in the network if one asks for it."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import access, lookup
from fedcop.core import addresses, budgets
from fedcop.core.errors import NotFound
from fedcop.core.site import site
from fedcop.discussions import queries as discussions
from fedcop.discussions.text import clean_tag
from fedcop.federation import queries as federation
from fedcop.people.hiding import unhidden_sql
from fedcop.search import service
from fedcop.timelines import streams
from fedcop.timelines.streams import Span, Wish
from web.keys import account, reader
from web.mastodon import loading
from web.mastodon.accounts import named
from web.mastodon.answers import answer, limit_of
from web.mastodon.params import Params, read
from web.mastodon.tags import tagged
from web.middleware.limits import take
from web.shared.routing import Asks, api

SEEK_SECONDS = budgets.SEEK_SECONDS
TYPES = ("accounts", "statuses", "hashtags")
Found = dict[str, list[dict[str, Any]]]


@api(
    "GET",
    "/api/v2/search",
    asks=Asks.PERSON,
    scope="read:search",
    limit="search",
    takes="q type:accounts|statuses|hashtags resolve:flag limit:number offset:number",
    communities=True,
    gives="Search",
)
@api(
    "GET",
    "/api/v1/search",
    asks=Asks.PERSON,
    scope="read:search",
    limit="search",
    takes="q type:accounts|statuses|hashtags resolve:flag limit:number offset:number",
    communities=True,
    gives="Search",
)
async def search(request: Request) -> StreamResponse:
    """Find what some words, a name or an address mean."""
    given = await read(request)
    text, wanted = given.text("q").strip()[:2000], given.text("type")
    types = [wanted] if wanted in TYPES else list(TYPES)
    found: Found = {name: [] for name in TYPES}
    # Everything is on the first page: who asks for a later one gets none, and so comes to an end.
    if not text or given.number("offset"):
        return answer(found)
    if _is_address(text):
        found |= await _meant(request, given, text)
    elif "@" in text.strip("@!"):
        found["accounts"] = await _handled(request, given, text)
    else:
        limit = limit_of(given)
        found["accounts"] = (await named(request, text))[:limit] if "accounts" in types else []
        found["statuses"] = await _posts(request, text, limit) if "statuses" in types else []
        found["hashtags"] = await _tags(request, text) if "hashtags" in types else []
    return answer({name: found[name] if name in types else [] for name in TYPES})


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


async def _seek(request: Request, given: Params, text: str) -> None:
    """Let a job look for it in the network, and wait a little."""
    if not given.flag("resolve") or (_is_address(text) and addresses.is_ours(text)):
        return
    who = account(request)
    take(request, "search", key=f"account:{who.id}" if who is not None else "")
    await site().runner.wait_for(await lookup.ask_for(text), SEEK_SECONDS)


async def _handled(request: Request, given: Params, text: str) -> list[dict[str, Any]]:
    found = await named(request, text)
    if not found:
        await _seek(request, given, text)
        found = await named(request, text)
    return found


async def _meant(request: Request, given: Params, text: str) -> Found:
    """Write what an address means, as far as one may see it."""
    await _seek(request, given, text)
    known = await federation.found(text)
    if known is None or known.ref_id is None:
        return {}
    actor = await federation.actor_of(known)
    try:
        if actor is not None:
            return {"accounts": [await loading.account(request, *await loading.judged(request, actor))]}
        if known.kind in ("post", "resource"):
            post = await discussions.visible_post(reader(request), known.ref_id)
            return {"statuses": [await loading.post(request, post)]}
    except NotFound:
        pass
    return {}


async def _posts(request: Request, text: str, limit: int) -> list[dict[str, Any]]:
    who = reader(request)
    hits = await service.query(
        text,
        visible=await access.findable_sql("e", who),
        kinds=("post", "resource"),
        seen=unhidden_sql("e.author_id", who),
        limit=limit,
    )
    ids = [hit.id for hit in hits[:limit]]
    # What is found may have changed since: rights are judged once more on the things themselves.
    allowed = await discussions.visible_ids(who, ids)
    return await loading.posts(request, [number for number in ids if number in allowed])


async def _tags(request: Request, text: str) -> list[dict[str, Any]]:
    tag = clean_tag(text)
    if not tag or not await streams.tagged(reader(request), Span(limit=1), Wish(any_tags=(tag,))):
        return []
    return await tagged(request, [tag])

"""Accounts, of people and of communities: whose token it is, one, several, what they wrote, how one stands to them."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.communities import queries as communities
from fedcop.communities import ties
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.site import site
from fedcop.discussions.quotes import policy
from fedcop.discussions.text import clean_tag
from fedcop.people import queries as people
from fedcop.profiles import queries as profiles
from fedcop.timelines import numbers, streams
from fedcop.timelines.streams import Wish
from web.keys import SITE, looker, member, reader
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, limit_of, paged, span_of
from web.mastodon.entities.account import own_account_json
from web.mastodon.entities.relationship import community_json, person_json
from web.mastodon.entities.status import turn
from web.mastodon.entities.times import stamp_or_none
from web.mastodon.params import Params, read
from web.mastodon.timelines import turned
from web.shared.routing import Asks, api

SEVERAL = 40


@api(
    "GET",
    "/api/v1/accounts/verify_credentials",
    asks=Asks.PERSON,
    scope=("profile", "read:accounts"),
    gives="OwnAccount",
    kept=True,
)
async def who_am_i(request: Request) -> StreamResponse:
    """Tell an app for whom it speaks."""
    return await own(request)


async def own(request: Request) -> StreamResponse:
    """Answer with the account of who asks, and what only they read of it."""
    viewer = member(request)
    counted = await numbers.of([viewer.actor.id])
    return answer(
        own_account_json(
            viewer.actor,
            request.app[SITE].settings.origin,
            counted[viewer.actor.id],
            role=viewer.role,
            language=viewer.language,
            asking=await people.count_asking(viewer.actor),
            quote_policy=policy.usual(viewer.account.preferences),
        )
    )


@api(
    "GET",
    "/api/v1/accounts/lookup",
    asks=Asks.NOBODY,
    scope="read:accounts",
    takes="acct",
    communities=True,
    gives="Account",
)
async def look_up(request: Request) -> StreamResponse:
    """Find somebody by name, or by name and host, among those who are known here."""
    name, _sign, host = (await read(request)).text("acct").strip().lstrip("@!").partition("@")
    found = await actors.by_handle(name, host or site().settings.netloc) if name else None
    return answer(await loading.account(request, *await loading.judged(request, found)))


@api(
    "GET",
    "/api/v1/accounts/search",
    asks=Asks.PERSON,
    scope="read:accounts",
    takes="q limit:number following:flag",
    communities=True,
    gives="[Account]",
)
async def search(request: Request) -> StreamResponse:
    """Find communities and people by words in what they say of themselves."""
    given = await read(request)
    limit = limit_of(given, most=80, usual=40)
    return answer((await named(request, given.text("q"), following=given.flag("following")))[:limit])


async def named(request: Request, words: str, *, following: bool = False) -> list[dict[str, Any]]:
    """Write whom some words name: communities first."""
    who, words = reader(request), words.strip()[:200]
    if not words:
        return []
    handle, _sign, host = words.lstrip("@!").partition("@")
    exact = await actors.by_handle(handle, host or site().settings.netloc)
    places = [one.actor for one in (await communities.find(who, words=words)).communities]
    if following:
        mine = {one.actor_id for one in await communities.mine(who)}
        places = [actor for actor in places if actor.id in mine]
        persons = await people.followed_named(who, words, limit=SEVERAL)
    else:
        persons = (await people.directory(who, words=words))[:SEVERAL]
    found = {actor.id: actor for actor in ([exact] if exact is not None and not following else []) if not actor.gone_at}
    return await loading.accounts(request, list((found | {actor.id: actor for actor in (*places, *persons)}).values()))


@api(
    "GET",
    "/api/v1/accounts/relationships",
    asks=Asks.PERSON,
    scope=("read:follows", "follow"),
    takes="id:ids",
    gives="[Relationship]",
)
async def relationships(request: Request) -> StreamResponse:
    """Tell how one stands to some accounts, in the order asked; what is not there is left out."""
    who, wanted = member(request).actor, (await read(request)).ids("id")[:SEVERAL]
    found = await actors.many(wanted)
    tied = await people.relationships(who, found)
    recommended = await profiles.recommended_among(who, found)
    written = []
    for number in dict.fromkeys(wanted):
        actor = found.get(number)
        try:
            _actor, community = await loading.judged(request, actor)
        except NotFound:
            continue
        if community is None:
            written.append(person_json(number, tied[number], recommended=number in recommended))
        else:
            place = (await ties.places(who)).get(community.id, ties.NOWHERE)
            written.append(community_json(number, place, tied[number], recommended=number in recommended))
    return answer(written)


@api(
    "GET",
    "/api/v1/accounts",
    asks=Asks.NOBODY,
    scope="read:accounts",
    takes="id:ids",
    communities=True,
    gives="[Account]",
)
async def several(request: Request) -> StreamResponse:
    """Give several accounts, in the order asked."""
    wanted = (await read(request)).ids("id")[:SEVERAL]
    found = await actors.many(wanted)
    alive = [found[number] for number in dict.fromkeys(wanted) if number in found and found[number].gone_at is None]
    return answer(await loading.accounts(request, alive))


@api(
    "GET",
    "/api/v1/accounts/{id}",
    asks=Asks.NOBODY,
    scope="read:accounts",
    communities=True,
    gives="Account",
    kept=True,
)
async def one(request: Request) -> StreamResponse:
    """Give one account."""
    return answer(await loading.account(request, *await loading.visible_account(request, request.match_info["id"])))


@api(
    "GET",
    "/api/v1/accounts/{id}/statuses",
    asks=Asks.NOBODY,
    scope="read:statuses",
    takes=f"{PAGE} only_media:flag exclude_replies:flag exclude_reblogs:flag pinned:flag tagged",
    communities=True,
    gives="[Status]",
    kept=True,
)
async def statuses(request: Request) -> StreamResponse:
    """Give what a person wrote, or the threads of a community."""
    given, who = await read(request), looker(request)
    actor, community = await loading.visible_account(request, request.match_info["id"])
    tag = clean_tag(given.text("tagged"))
    wish = Wish(only_media=given.flag("only_media"), any_tags=(tag,) if tag else ())
    if community is not None:
        return await _of_community(request, given, community, wish)
    if given.flag("pinned"):
        return answer([])  # nobody pins anything to themselves here
    replies = not given.flag("exclude_replies")
    ids = await streams.by_author(who, actor, span_of(given), wish, replies=replies)
    return paged(request, await loading.posts(request, ids), ids)


async def _of_community(request: Request, given: Params, community: Community, wish: Wish) -> StreamResponse:
    who = looker(request)
    if given.flag("pinned"):
        return answer(await loading.posts(request, await streams.pinned(who, community)))
    if given.flag("exclude_reblogs") or wish.only_media:  # else an app that leaves boosts out would show nothing at all
        ids = await streams.community(who, community, span_of(given), wish)
        return paged(request, await loading.posts(request, ids), ids)
    ids = await streams.community(who, community, turned(span_of(given)), wish)
    return paged(request, await loading.boosts(request, ids), [turn(number) for number in ids])


@api("GET", "/api/v1/accounts/{id}/followers", asks=Asks.PERSON, scope="read:accounts", takes=PAGE, gives="[Account]")
@api("GET", "/api/v1/accounts/{id}/following", asks=Asks.PERSON, scope="read:accounts", takes=PAGE, gives="[Account]")
async def circle(request: Request) -> StreamResponse:
    """List who follows one of our people, or whom they follow; of others, of communities, and of who hides it, it is not for apps."""
    span = span_of(await read(request), usual=40, most=80)
    actor, community = await loading.visible_account(request, request.match_info["id"])
    if community is not None or not actor.local or not people.shows_follows(member(request).actor, actor):
        return answer([])
    load = people.followers if request.path.rstrip("/").endswith("followers") else people.following
    found = (await load(actor, after=span.max_id or 0, limit=span.limit, viewer=member(request).actor))[: span.limit]
    written = await loading.accounts(request, [row.actor for row in found])
    return paged(request, written, [row.follow_id for row in found], before="since_id")


@api("GET", "/api/v1/blocks", asks=Asks.PERSON, scope=("read:blocks", "follow"), takes=PAGE, gives="[Account]")
@api("GET", "/api/v1/mutes", asks=Asks.PERSON, scope=("read:mutes", "follow"), takes=PAGE, gives="[MutedAccount]")
async def unseen(request: Request) -> StreamResponse:
    """List whom one blocked, or muted."""
    span, who = span_of(await read(request), usual=40, most=80), member(request).actor
    blocks = request.path.rstrip("/").endswith("blocks")
    load = people.blocked if blocks else people.muted
    found = (await load(who, after=span.max_id or 0, limit=span.limit))[: span.limit]
    ends = {} if blocks else {row.target_id: stamp_or_none(getattr(row, "ends_at", None)) for row in found}
    written = await loading.accounts(request, [row.target for row in found], unseen=True)
    for one in written if not blocks else ():
        one["mute_expires_at"] = ends[int(one["id"])]
    return paged(request, written, [row.id for row in found], before="since_id")


@api(
    "GET", "/api/v1/follow_requests", asks=Asks.PERSON, scope=("read:follows", "follow"), takes=PAGE, gives="[Account]"
)
async def asking(request: Request) -> StreamResponse:
    """List who asks to follow one."""
    span, who = span_of(await read(request), usual=40, most=80), member(request).actor
    found = (await people.followers(who, state="asked", after=span.max_id or 0, limit=span.limit))[: span.limit]
    written = await loading.accounts(request, [row.actor for row in found])
    return paged(request, written, [row.follow_id for row in found], before="since_id")

"""Home, public, a tag, a list: threads by id, as apps page."""

from __future__ import annotations

from dataclasses import replace

from aiohttp.web import Request, StreamResponse

from fedcop.discussions.text import clean_tag
from fedcop.timelines import streams
from fedcop.timelines.models import PersonalList
from fedcop.timelines.streams import Span, Wish
from web.keys import looker, member
from web.mastodon import loading
from web.mastodon.answers import PAGE, paged, span_of
from web.mastodon.entities.status import turn
from web.mastodon.lists import named
from web.mastodon.params import Params, read
from web.shared.routing import Asks, api

#: What `wish_of` reads.
WISH = "local:flag remote:flag only_media:flag all:texts none:texts"


def wish_of(given: Params) -> Wish:
    """Read what else an app wants of a list."""
    return Wish(
        local=given.flag("local"),
        remote=given.flag("remote"),
        only_media=given.flag("only_media"),
        all_tags=_tags(given, "all"),
        no_tags=_tags(given, "none"),
    )


def _tags(given: Params, name: str) -> tuple[str, ...]:
    return tuple(tag for text in given.texts(name)[:20] if (tag := clean_tag(text)))


def turned(span: Span) -> Span:
    """Give the borders of threads where an app pages by the boosts of them."""
    return replace(
        span,
        max_id=None if span.max_id is None else turn(span.max_id),
        since_id=None if span.since_id is None else turn(span.since_id),
        min_id=None if span.min_id is None else turn(span.min_id),
    )


@api(
    "GET",
    "/api/v1/timelines/home",
    asks=Asks.PERSON,
    scope="read:statuses",
    takes=f"{PAGE} {WISH}",
    gives="[Status]",
    kept=True,
)
async def home(request: Request) -> StreamResponse:
    """Give the threads of one's communities, each as something that its community boosts."""
    given = await read(request)
    ids = await streams.home(member(request).actor, turned(span_of(given)), wish_of(given))
    return paged(request, await loading.boosts(request, ids), [turn(number) for number in ids])


@api(
    "GET",
    "/api/v1/timelines/public",
    asks=Asks.NOBODY,
    scope="read:statuses",
    takes=f"{PAGE} {WISH}",
    communities=True,
    gives="[Status]",
    kept=True,
)
async def public(request: Request) -> StreamResponse:
    """Give the threads that everybody may read."""
    given = await read(request)
    ids = await streams.public(looker(request), span_of(given), wish_of(given))
    return paged(request, await loading.posts(request, ids), ids)


@api(
    "GET",
    "/api/v1/timelines/tag/{tag}",
    asks=Asks.NOBODY,
    scope="read:statuses",
    takes=f"{PAGE} {WISH} any:texts",
    communities=True,
    gives="[Status]",
    kept=True,
)
async def tag(request: Request) -> StreamResponse:
    """Give the threads with a tag that one may read."""
    given = await read(request)
    name = clean_tag(request.match_info["tag"])
    wish = replace(wish_of(given), any_tags=(name, *_tags(given, "any")))
    ids = await streams.tagged(looker(request), span_of(given), wish) if name else []
    return paged(request, await loading.posts(request, ids), ids)


@api(
    "GET",
    "/api/v1/timelines/list/{id}",
    asks=Asks.PERSON,
    scope="read:lists",
    takes=f"{PAGE} {WISH}",
    gives="[Status]",
    kept=True,
)
async def of_list(request: Request) -> StreamResponse:
    """Give the threads of a list under their authors' own names, and the replies that one wants there."""
    given, who, found = await read(request), member(request).actor, await named(request)
    span, wish = span_of(given), wish_of(given)
    if isinstance(found, PersonalList):
        ids = await streams.personal(who, found, span, wish)
    else:
        ids = await streams.community(who, found.community, span, wish, replies=found.list_replies)
    return paged(request, await loading.posts(request, ids), ids)

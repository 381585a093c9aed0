"""What apps ask for at their start and a community has none of: empty, so that no app stops there. Whatever is a person's own stays theirs."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import NotFound
from fedcop.notifications.policy import ACCEPT, QUESTIONS
from web.mastodon.answers import answer
from web.mastodon.filtering import OLD
from web.mastodon.params import read
from web.mastodon.relating import SEVERAL
from web.shared.routing import for_community

NONE_ASIDE = {"summary": {"pending_requests_count": 0, "pending_notifications_count": 0}}


@for_community("GET", "/api/v1/lists")
@for_community("GET", "/api/v1/accounts/{id}/lists")
@for_community("GET", "/api/v1/mutes")
@for_community("GET", "/api/v1/domain_blocks")
@for_community("GET", "/api/v1/filters")
@for_community("GET", "/api/v2/filters")
@for_community("GET", "/api/v1/bookmarks")
@for_community("GET", "/api/v1/favourites")
@for_community("GET", "/api/v1/scheduled_statuses")
@for_community("GET", "/api/v1/followed_tags")
@for_community("GET", "/api/v1/featured_tags")
@for_community("GET", "/api/v1/featured_tags/suggestions")
@for_community("GET", "/api/v1/endorsements")
@for_community("GET", "/api/v1/suggestions")
@for_community("GET", "/api/v2/suggestions")
@for_community("GET", "/api/v1/directory")
@for_community("GET", "/api/v1/notifications/requests")
async def nothing(request: Request) -> StreamResponse:
    """Give an empty list."""
    return answer([])


@for_community("GET", "/api/v1/accounts/familiar_followers", takes="id:ids")
async def familiar(request: Request) -> StreamResponse:
    """Name nobody whom the community follows: it follows nobody."""
    wanted = dict.fromkeys((await read(request)).ids("id"))
    return answer([{"id": str(number), "accounts": []} for number in list(wanted)[:SEVERAL]])


@for_community("GET", "/api/v2/notifications/policy")
async def policy(request: Request) -> StreamResponse:
    """Say that nothing of what a community is told is set aside or dropped: what the person chose is about themselves."""
    return answer({f"for_{name}": ACCEPT for name in QUESTIONS} | NONE_ASIDE)


@for_community("GET", "/api/v1/notifications/policy")
async def old_policy(request: Request) -> StreamResponse:
    """Say it in the older form."""
    return answer({f"filter_{name}": False for name in OLD} | NONE_ASIDE)


@for_community("GET", "/api/v1/push/subscription")
async def no_push(request: Request) -> StreamResponse:
    """Give none, as where an app has not asked for any: a community's notifications are not pushed."""
    raise NotFound

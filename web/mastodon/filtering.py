"""Which notifications are set aside: none here. One blocks or mutes a person, or chooses on the pages what one is told; apps are told so.

What comes from limited servers is told to who follows it alone, whatever one would choose (decisions/0030-limited-servers.md).
"""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from web.mastodon.answers import answer
from web.mastodon.params import read
from web.shared.routing import Asks, api

OF_WHOM = ("for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions", "for_limited_accounts", "for_bots")  # fmt: skip
BEFORE = ("filter_not_following", "filter_not_followers", "filter_new_accounts", "filter_private_mentions")
HERE = dict.fromkeys(OF_WHOM, "accept") | {"for_limited_accounts": "drop"}
NONE_ASIDE = {"pending_requests_count": 0, "pending_notifications_count": 0}
POLICY = " ".join(f"{name}:accept|filter|drop" for name in OF_WHOM)
OLD_POLICY = " ".join(f"{name}:flag" for name in BEFORE)
NOT_FILTERED = N_("Notifications are not filtered here: block or mute a person, or choose in your settings what you are told.")  # fmt: skip


def _policy() -> StreamResponse:
    return answer(HERE | {"summary": NONE_ASIDE})


def _old_policy() -> StreamResponse:
    return answer(dict.fromkeys(BEFORE, False) | {"summary": NONE_ASIDE})


@api("GET", "/api/v2/notifications/policy", asks=Asks.PERSON, scope="read:notifications", gives="NotificationPolicy")
async def policy(request: Request) -> StreamResponse:
    """Say that everything is accepted, but what comes from limited servers."""
    return _policy()


@api("PATCH", "/api/v2/notifications/policy", asks=Asks.PERSON, scope="write:notifications", limit="write", takes=POLICY, gives="NotificationPolicy")  # fmt: skip
@api("PUT", "/api/v2/notifications/policy", asks=Asks.PERSON, scope="write:notifications", limit="write", takes=POLICY, gives="NotificationPolicy")  # fmt: skip
async def choose(request: Request) -> StreamResponse:
    """Take what is so; anything else is refused, with what to do instead."""
    given = await read(request)
    if any(given.text(name) not in ("", here) for name, here in HERE.items()):
        raise Invalid(NOT_FILTERED, code="not-filtered")
    return _policy()


@api("GET", "/api/v1/notifications/policy", asks=Asks.PERSON, scope="read:notifications", gives="OldNotificationPolicy")
async def old_policy(request: Request) -> StreamResponse:
    """Say it in the older form."""
    return _old_policy()


@api("PUT", "/api/v1/notifications/policy", asks=Asks.PERSON, scope="write:notifications", limit="write", takes=OLD_POLICY, gives="OldNotificationPolicy")  # fmt: skip
async def choose_old(request: Request) -> StreamResponse:
    """Take it in the older form."""
    given = await read(request)
    if any(given.flag(name) for name in BEFORE):
        raise Invalid(NOT_FILTERED, code="not-filtered")
    return _old_policy()


@api("GET", "/api/v1/notifications/requests", asks=Asks.PERSON, scope="read:notifications", gives="[]")
async def requests(request: Request) -> StreamResponse:
    """Give an empty list: nothing was set aside."""
    return answer([])


@api("GET", "/api/v1/notifications/requests/merged", asks=Asks.PERSON, scope="read:notifications", gives="Merged")
async def merged(request: Request) -> StreamResponse:
    """Say that nothing waits to be put with the rest."""
    return answer({"merged": True})


@api("GET", "/api/v1/notifications/requests/{id}", asks=Asks.PERSON, scope="read:notifications", gives="Empty")
@api("POST", "/api/v1/notifications/requests/{id}/{act:accept|dismiss}", asks=Asks.PERSON, scope="write:notifications", limit="write", gives="Empty")  # fmt: skip
async def one_request(request: Request) -> StreamResponse:
    """There is none."""
    raise NotFound


@api("POST", "/api/v1/notifications/requests/{act:accept|dismiss}", asks=Asks.PERSON, scope="write:notifications", limit="write", gives="Empty")  # fmt: skip
async def some_requests(request: Request) -> StreamResponse:
    """Do so with all that were named and are there: none."""
    return answer({})

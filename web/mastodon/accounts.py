"""Accounts: whose token it is."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.people import queries as people
from fedcop.timelines import numbers
from web.keys import SITE, member
from web.mastodon.answers import answer
from web.mastodon.entities.account import own_account_json
from web.shared.routing import Asks, api


@api("GET", "/api/v1/accounts/verify_credentials", asks=Asks.PERSON, scope=("profile", "read:accounts"))
async def who_am_i(request: Request) -> StreamResponse:
    """Tell an app for whom it speaks."""
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
        )
    )

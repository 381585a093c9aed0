"""Notifications set aside, for apps: the policy in both its forms, and the requests of those who wait. The same as on the pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.notifications import policy, queries, requests
from fedcop.notifications.requests import Waiting
from web.keys import member
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, paged, span_of
from web.mastodon.entities.notification import KINDS, request_json
from web.mastodon.notifications import loaded
from web.mastodon.params import read
from web.shared.routing import Asks, api

OLD = (policy.NOT_FOLLOWING, policy.NOT_FOLLOWERS, policy.NEW_ACCOUNTS, policy.PRIVATE_MENTIONS)
POLICY = " ".join(f"for_{name}:accept|filter|drop" for name in policy.QUESTIONS)
OLD_POLICY = " ".join(f"filter_{name}:flag" for name in OLD)


async def _summary(account: Account) -> dict[str, Any]:
    found = await requests.summary(account)
    return {
        "summary": {"pending_requests_count": found.people, "pending_notifications_count": found.notifications},
    }


async def _policy(account: Account) -> StreamResponse:
    answers = policy.answers(account.preferences)
    return answer({f"for_{name}": said for name, said in answers.items()} | await _summary(account))


async def _old_policy(account: Account) -> StreamResponse:
    answers = policy.answers(account.preferences)
    return answer({f"filter_{name}": answers[name] != policy.ACCEPT for name in OLD} | await _summary(account))


@api("GET", "/api/v2/notifications/policy", asks=Asks.PERSON, scope="read:notifications", gives="NotificationPolicy")
async def show(request: Request) -> StreamResponse:
    """Say what becomes of what comes from whom, and how much waits."""
    return await _policy(member(request).account)


@api("PATCH", "/api/v2/notifications/policy", asks=Asks.PERSON, scope="write:notifications", limit="write", takes=POLICY, gives="NotificationPolicy")  # fmt: skip
@api("PUT", "/api/v2/notifications/policy", asks=Asks.PERSON, scope="write:notifications", limit="write", takes=POLICY, gives="NotificationPolicy")  # fmt: skip
async def choose(request: Request) -> StreamResponse:
    """Change what is named; the rest stays."""
    given, account = await read(request), member(request).account
    said = {name: given.text(f"for_{name}") for name in policy.QUESTIONS}
    await requests.choose(account, {name: text for name, text in said.items() if text})
    return await _policy(account)


@api("GET", "/api/v1/notifications/policy", asks=Asks.PERSON, scope="read:notifications", gives="OldNotificationPolicy")
async def show_old(request: Request) -> StreamResponse:
    """Say it in the older form, which knows no difference between set aside and dropped."""
    return await _old_policy(member(request).account)


@api("PATCH", "/api/v1/notifications/policy", asks=Asks.PERSON, scope="write:notifications", limit="write", takes=OLD_POLICY, gives="OldNotificationPolicy")  # fmt: skip
@api("PUT", "/api/v1/notifications/policy", asks=Asks.PERSON, scope="write:notifications", limit="write", takes=OLD_POLICY, gives="OldNotificationPolicy")  # fmt: skip
async def choose_old(request: Request) -> StreamResponse:
    """Change what is named, in the older form; what is dropped stays so where it is said to be filtered."""
    given, account = await read(request), member(request).account
    answers = policy.answers(account.preferences)
    chosen = {name: given.flag(f"filter_{name}") for name in OLD if f"filter_{name}" in given}
    changed = {name: on for name, on in chosen.items() if on != (answers[name] != policy.ACCEPT)}
    await requests.choose(account, {name: policy.FILTER if on else policy.ACCEPT for name, on in changed.items()})
    return await _old_policy(account)


async def _written(request: Request, found: Sequence[Waiting]) -> list[dict[str, Any]]:
    """Write who waits, each with the last that they did, as far as one may read it."""
    newest = await queries.many(
        member(request).account, [one.newest_about_post for one in found if one.newest_about_post]
    )
    told = await loaded(request, [one for one in newest.values() if one.kind in KINDS])
    known = await actors.many(one.from_actor_id for one in found)
    people = {one["id"]: one for one in await loading.accounts(request, list(known.values()), unseen=True)}
    posts = {each.one.id: each.status for each in told}
    return [
        request_json(one, people[str(one.from_actor_id)], posts.get(one.newest_about_post or 0))
        for one in found
        if str(one.from_actor_id) in people
    ]


@api("GET", "/api/v1/notifications/requests", asks=Asks.PERSON, scope="read:notifications", takes=PAGE, gives="[NotificationRequest]")  # fmt: skip
async def every(request: Request) -> StreamResponse:
    """List who waits, the last to come first."""
    span = span_of(await read(request), usual=40, most=80)
    found = await requests.page(
        member(request).account,
        limit=span.limit,
        below=span.max_id,
        above=span.since_id,
        right_above=span.min_id,
    )
    return paged(request, await _written(request, found), [one.id for one in found])


@api(
    "GET",
    "/api/v1/notifications/requests/merged",
    asks=Asks.PERSON,
    scope="read:notifications",
    communities=True,
    gives="Merged",
)
async def merged(request: Request) -> StreamResponse:
    """Say that what was accepted is in the list: it is when accepting is answered."""
    return answer({"merged": True})


async def _one(request: Request) -> Waiting:
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound
    return await requests.one(member(request).account, number)


@api("GET", "/api/v1/notifications/requests/{id}", asks=Asks.PERSON, scope="read:notifications", gives="NotificationRequest")  # fmt: skip
async def one_request(request: Request) -> StreamResponse:
    """Give one of them."""
    written = await _written(request, [await _one(request)])
    if not written:
        raise NotFound
    return answer(written[0])


@api("POST", "/api/v1/notifications/requests/{id}/{act:accept|dismiss}", asks=Asks.PERSON, scope="write:notifications", limit="write", gives="Empty")  # fmt: skip
async def decide(request: Request) -> StreamResponse:
    """Take in what waits of somebody and hear from them, or put it away."""
    return await _decide(request, [(await _one(request)).id])


@api("POST", "/api/v1/notifications/requests/{act:accept|dismiss}", asks=Asks.PERSON, scope="write:notifications", limit="write", takes="id:ids", gives="Empty")  # fmt: skip
async def decide_some(request: Request) -> StreamResponse:
    """Do so with all that are named and are there."""
    return await _decide(request, (await read(request)).ids("id"))


async def _decide(request: Request, ids: Collection[int]) -> StreamResponse:
    act = requests.accept if request.match_info["act"] == "accept" else requests.dismiss
    await act(member(request).account, ids)
    return answer({})

"""What one was told, in groups: the second form of the list. Thanks for one post stand together, and new followers of half a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import NotFound
from fedcop.notifications import queries, service
from fedcop.notifications.models import Notification
from web.keys import member
from web.mastodon.answers import PAGE, answer, limit_of, paged, span_of
from web.mastodon.entities.notification import (
    ALONE,
    GROUPED,
    KINDS,
    Key,
    group_json,
    key_from,
    key_of,
    kinds_of,
    partial_json,
)
from web.mastodon.notifications import from_of, loaded
from web.mastodon.params import Params, read
from web.shared.routing import Asks, api

ROWS = 4  # looked at for each group asked for: thanks for one post do not fill a page
WHICH = "types:texts exclude_types:texts account_id:id grouped_types:texts"


@api("GET", "/api/v2/notifications", asks=Asks.PERSON, scope="read:notifications", takes=f"{PAGE} {WHICH} include_filtered:flag expand_accounts:full|partial_avatars", gives="GroupedNotifications", kept=True)  # fmt: skip
async def every(request: Request) -> StreamResponse:
    """List what one was told in groups, the newest first."""
    given = await read(request)
    span = span_of(given, usual=40, most=80)
    found = await queries.page(
        member(request).account,
        _kinds(given),
        limit=span.limit * ROWS,
        below=span.max_id,
        above=span.since_id,
        right_above=span.min_id,
        from_id=from_of(given),
        aside=given.flag("include_filtered"),
    )
    wanted = _wanted(given)
    shown = _of_page(found if span.min_id is None else found[::-1], wanted, span.limit)
    page = sorted(shown, key=lambda one: -one.id)
    written = await _written(request, page, wanted, partly=given.text("expand_accounts") == "partial_avatars")
    return paged(request, written, [one.id for one in page])


def _kinds(given: Params) -> list[str]:
    return kinds_of(given.texts("types"), given.texts("exclude_types"))


def _wanted(given: Params) -> Collection[str]:
    return given.texts("grouped_types") if "grouped_types" in given else GROUPED


def _of_page(found: Sequence[Notification], wanted: Collection[str], limit: int) -> list[Notification]:
    """Take as many as make up so many groups."""
    keys: set[Key] = set()
    for place, one in enumerate(found):
        keys.add(key_of(one, wanted))
        if len(keys) > limit:
            return list(found[:place])
    return list(found)


async def _written(
    request: Request, found: Sequence[Notification], wanted: Collection[str] = GROUPED, *, partly: bool = False
) -> dict[str, Any]:
    told = await loaded(request, found)
    groups: dict[Key, list[Notification]] = {}
    for each in told:
        groups.setdefault(key_of(each.one, wanted), []).append(each.one)
    posts = {each.one.id: each.status for each in told}
    accounts = {each.account["id"]: each.account for each in told}
    whole = {str(group[0].from_actor_id or 0) for group in groups.values()} if partly else set(accounts)
    written = []
    for key, group in groups.items():
        status = posts[group[0].id]
        written.append(group_json(key, group, status["id"] if status else None))
    return {
        "accounts": [account for number, account in accounts.items() if number in whole],
        "statuses": list({status["id"]: status for status in posts.values() if status}.values()),
        "notification_groups": written,
    } | (
        {"partial_accounts": [partial_json(account) for number, account in accounts.items() if number not in whole]}
        if partly
        else {}
    )


async def _group(request: Request) -> list[Notification]:
    """Load the group that a key names; NotFound if one was told nothing of the kind."""
    account, key = member(request).account, key_from(request.match_info["key"])
    if key is None:
        raise NotFound
    if key.name == ALONE:
        one = await queries.one(account.id, key.place, KINDS)
        found = [one] if one is not None else []
    else:
        found = await queries.between(account, kinds_of([key.name], []), key.span, key.post_id)
    if not found:
        raise NotFound
    return found


@api("GET", "/api/v2/notifications/{key}", asks=Asks.PERSON, scope="read:notifications", gives="GroupedNotifications")
async def show(request: Request) -> StreamResponse:
    """Give one group."""
    written = await _written(request, await _group(request))
    if not written["notification_groups"]:
        raise NotFound
    return answer(written)


@api("GET", "/api/v2/notifications/{key}/accounts", asks=Asks.PERSON, scope="read:notifications", gives="[Account]")
async def accounts(request: Request) -> StreamResponse:
    """Give who all is in a group, the latest first."""
    told = await loaded(request, await _group(request))
    return answer(list({each.account["id"]: each.account for each in told}.values()))


@api("POST", "/api/v2/notifications/{key}/dismiss", asks=Asks.PERSON, scope="write:notifications", limit="write", gives="Empty")  # fmt: skip
async def dismiss(request: Request) -> StreamResponse:
    """Put a group away."""
    await service.put_away(member(request).account, KINDS, [one.id for one in await _group(request)])
    return answer({})


@api("GET", "/api/v2/notifications/unread_count", asks=Asks.PERSON, scope="read:notifications", takes=f"limit:number {WHICH}", gives="Count", kept=True)  # fmt: skip
async def unread(request: Request) -> StreamResponse:
    """Count groups in which there is something that one has not seen."""
    given = await read(request)
    limit, wanted = limit_of(given, usual=100, most=1000), _wanted(given)
    found = await queries.first_unread(member(request).account, _kinds(given), limit * ROWS, from_of(given))
    return answer({"count": min(limit, len({key_of(one, wanted) for one in found}))})

"""What a community is told in an application: who asks to join, what was reported in it, and new discussions where its person in charge asked for each.

These are lines of the person's own centre that are about this community: seen or put away here, they are so there. Nothing else of it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import desks
from fedcop.communities.desks import Desk
from fedcop.communities.roles import Act
from fedcop.core.errors import NotFound
from fedcop.core.ids import read_id
from fedcop.discussions import queries as discussions
from fedcop.notifications import queries, service
from fedcop.notifications.models import Notification
from fedcop.reports import queries as reports
from fedcop.reports.queries import Shown
from web.keys import SITE, account, desk
from web.mastodon import loading
from web.mastodon.answers import PAGE, answer, limit_of, paged, span_of
from web.mastodon.entities.account import account_json
from web.mastodon.entities.notification import ALONE, alone_json, group_alone_json, key_from
from web.mastodon.entities.report import judged_json
from web.mastodon.params import Params, read
from web.shared.routing import for_community

#: Our kinds, by what apps call them; each with the act that lets one hear of it.
KINDS = {"join_asked": "follow_request", "report": "admin.report", "publication": "status"}
NEEDS = {"join_asked": Act.ADMIT, "report": Act.DECIDE_REPORTS, "publication": Act.SPEAK_FOR}
WHICH = "types:texts exclude_types:texts"


def kinds_for(at: Desk) -> list[str]:
    """Name what somebody in charge hears of, by their role today."""
    return [kind for kind, act in NEEDS.items() if at.may(act)]


def _chosen(given: Params, at: Desk) -> list[str]:
    wanted, unwanted = given.texts("types"), given.texts("exclude_types")
    return [kind for kind in kinds_for(at) if (not wanted or KINDS[kind] in wanted) and KINDS[kind] not in unwanted]


def _account(request: Request) -> Account:
    found = account(request)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Told:
    """One line as apps read it."""

    one: Notification
    account: dict[str, Any]
    status: dict[str, Any] | None = None
    report: dict[str, Any] | None = None

    @property
    def json(self) -> dict[str, Any]:
        """Write it by itself."""
        return alone_json(self.one, KINDS[self.one.kind], self.account, self.status, self.report)

    @property
    def group(self) -> dict[str, Any]:
        """Write it as a group of one."""
        return group_alone_json(self.one, KINDS[self.one.kind], self.account, self.status, self.report)


async def _page(request: Request, given: Params) -> list[Notification]:
    span, at = span_of(given, usual=40, most=80), desk(request)
    return await queries.page(
        _account(request),
        _chosen(given, at),
        limit=span.limit,
        below=span.max_id,
        above=span.since_id,
        right_above=span.min_id,
        community_id=at.community.id,
    )


async def _loaded(request: Request, found: Sequence[Notification]) -> list[Told]:
    """Load what is so still: who asks, asks; what was reported waits or was decided; what was written may be read."""
    at, origin = desk(request), request.app[SITE].settings.origin
    reported = await reports.noted(at.person, at.community, [one.unique_key for one in found if one.kind == "report"])
    known = await actors.many(one.from_actor_id for one in found if one.from_actor_id is not None)
    asking = await desks.ties(at.community, [one.from_actor_id or 0 for one in found if one.kind == "join_asked"])
    ids = await discussions.visible_ids(at.looker, [one.post_id for one in found if one.post_id is not None])
    posts = {int(post["id"]): post for post in await loading.posts(request, sorted(ids))}
    told = []
    for one in found:
        shown, status = reported.get(one.unique_key), posts.get(one.post_id or 0)
        asker, tie = known.get(one.from_actor_id or 0), asking.get(one.from_actor_id or 0)
        if one.kind == "join_asked" and tie is not None and tie.asks and asker is not None and _is_there(asker):
            told.append(Told(one, account_json(asker, origin)))
        elif one.kind == "publication" and status is not None:
            told.append(Told(one, status["account"], status))
        elif shown is not None and _is_there(shown.report.reporter):
            told.append(Told(one, account_json(shown.report.reporter, origin), report=_report(shown, origin)))
    return told


def _is_there(actor: Actor) -> bool:
    return actor.gone_at is None and actor.suspended_at is None


def _report(shown: Shown, origin: str) -> dict[str, Any]:
    return judged_json(shown.report, account_json(shown.target, origin))


@for_community("GET", "/api/v1/notifications", takes=f"{PAGE} {WHICH}")
async def every(request: Request) -> StreamResponse:
    """List what the community was told, the newest first."""
    found = await _page(request, await read(request))
    return paged(request, [told.json for told in await _loaded(request, found)], [one.id for one in found])


async def _one(request: Request, number: int | None) -> Told:
    at = desk(request)
    found = await queries.one(_account(request).id, number, kinds_for(at)) if number is not None else None
    told = await _loaded(request, [found]) if found is not None and found.community_id == at.community.id else []
    if not told:
        raise NotFound
    return told[0]


@for_community("GET", "/api/v1/notifications/{id}")
async def show(request: Request) -> StreamResponse:
    """Give one thing."""
    return answer((await _one(request, read_id(request.match_info["id"]))).json)


@for_community("POST", "/api/v1/notifications/{id}/dismiss")
async def dismiss(request: Request) -> StreamResponse:
    """Put one thing away."""
    told = await _one(request, read_id(request.match_info["id"]))
    return await _put_away(request, told)


async def _put_away(request: Request, told: Told) -> StreamResponse:
    await service.put_away(_account(request), kinds_for(desk(request)), [told.one.id])
    return answer({})


@for_community("POST", "/api/v1/notifications/clear")
async def clear(request: Request) -> StreamResponse:
    """Put all of it away, of this community alone."""
    at = desk(request)
    await service.put_away(_account(request), kinds_for(at), community_id=at.community.id)
    return answer({})


async def _unread(request: Request) -> int:
    at = desk(request)
    return await queries.count_unread(_account(request), kinds_for(at), community_id=at.community.id)


@for_community("GET", "/api/v1/notifications/unread_count")
async def unread(request: Request) -> StreamResponse:
    """Count what nobody at this desk has seen."""
    return answer({"count": await _unread(request)})


@for_community("GET", "/api/v2/notifications", takes=f"{PAGE} {WHICH} grouped_types:texts expand_accounts:full|partial_avatars")  # fmt: skip
async def groups(request: Request) -> StreamResponse:
    """List it in the second form: each thing is a group by itself."""
    found = await _page(request, await read(request))
    return paged(request, _grouped(await _loaded(request, found)), [one.id for one in found])


def _grouped(told: Sequence[Told]) -> dict[str, Any]:
    posts = [one.status for one in told if one.status is not None]
    return {
        "accounts": list({one.account["id"]: one.account for one in told}.values()),
        "statuses": list({post["id"]: post for post in posts}.values()),
        "notification_groups": [one.group for one in told],
    }


async def _group(request: Request) -> Told:
    key = key_from(request.match_info["key"])
    return await _one(request, key.place if key is not None and key.name == ALONE else None)


@for_community("GET", "/api/v2/notifications/{key}")
async def group(request: Request) -> StreamResponse:
    """Give one group."""
    return answer(_grouped([await _group(request)]))


@for_community("GET", "/api/v2/notifications/{key}/accounts")
async def group_accounts(request: Request) -> StreamResponse:
    """Give who is in a group."""
    return answer([(await _group(request)).account])


@for_community("POST", "/api/v2/notifications/{key}/dismiss")
async def dismiss_group(request: Request) -> StreamResponse:
    """Put a group away."""
    return await _put_away(request, await _group(request))


@for_community("GET", "/api/v2/notifications/unread_count", takes=f"limit:number {WHICH} grouped_types:texts")
async def unread_groups(request: Request) -> StreamResponse:
    """Count them."""
    limit = limit_of(await read(request), usual=100, most=1000)
    return answer({"count": min(limit, await _unread(request))})

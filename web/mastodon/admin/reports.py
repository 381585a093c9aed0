"""Reports to the moderators of this instance: list, read, decide. What goes to a community is for its responsible people, on its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts import queries as accounts
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.discussions import queries as discussions
from fedcop.notifications import service as notifications
from fedcop.reports import queries, rules, service
from fedcop.reports.models import Report
from fedcop.timelines import numbers
from web.keys import SITE, member
from web.mastodon import loading
from web.mastodon.answers import answer, limit_of, paged
from web.mastodon.entities.account import account_json
from web.mastodon.entities.admin import account_of, elsewhere_of, report_of
from web.mastodon.params import read
from web.shared.routing import MODERATOR, Asks, api

SAYS = "resolved:flag account_id:id target_account_id:id max_id:id limit:number"
READ, WRITE = "admin:read:reports", "admin:write:reports"
NOT_ASSIGNED = N_("Reports are not assigned here: who decides first decides.")
DECIDED = N_("What was decided stays decided. The same may be reported again.")


@api("GET", "/api/v1/admin/reports", asks=Asks.PERSON, scope=READ, access=MODERATOR, takes=SAYS, gives="[AdminReport]")  # fmt: skip
async def every(request: Request) -> StreamResponse:
    """List what waits for a decision, or with `resolved` what was decided, the newest first."""
    given, who = await read(request), member(request)
    if not given.flag("resolved"):
        await notifications.saw_reports(who.account, None)
    found = await queries.page_on_instance(
        who.actor,
        decided=given.flag("resolved"),
        reporter_id=given.number("account_id"),
        target_id=given.number("target_account_id"),
        below=given.number("max_id"),
        limit=limit_of(given, usual=100, most=200),
    )
    return paged(request, await _written(request, found), [one.id for one in found])


async def _written(request: Request, found: list[Report]) -> list[dict[str, Any]]:
    named = [actor for one in found for actor in (one.reporter, one.target, one.decided_by) if actor]
    known = await accounts.of_actors([actor.id for actor in named])
    return await written(request, member(request).actor, found, known)


async def written(
    request: Request, who: Actor, found: list[Report], known: Mapping[int, Account]
) -> list[dict[str, Any]]:
    """Write reports with all whom they name, in a fixed number of statements; `known` are accounts that who looks may see behind the names."""
    origin = request.app[SITE].settings.origin
    shown = await queries.with_posts(who, found)
    actors = [actor for one in shown for actor in (one.report.reporter, one.target, one.report.decided_by) if actor]
    counted = await numbers.of([actor.id for actor in actors])
    people: dict[int, dict[str, Any]] = {}
    for actor in actors:
        face, account = account_json(actor, origin, counted.get(actor.id, numbers.NONE)), known.get(actor.id)
        people[actor.id] = account_of(account, face) if account else elsewhere_of(actor, face)
    ids = await discussions.visible_ids(who, [one.post_id for one in found if one.post_id is not None])
    posts = {int(post["id"]): post for post in await loading.posts(request, sorted(ids))}
    return [
        report_of(
            one.report,
            people[one.report.reporter_id],
            people[one.target.id],
            people[one.report.decided_by.id] if one.report.decided_by else None,
            [posts[one.report.post_id]] if one.report.post_id in posts else [],
        )
        for one in shown
    ]


async def _one(request: Request) -> Report:
    """Load a report that who asks may judge; about oneself there is none."""
    found = await queries.one(request.match_info["id"], None)
    await rules.may_decide(member(request).actor, found)
    return found


async def _answer(request: Request, report: Report) -> StreamResponse:
    await report.refresh_from_db()
    await report.fetch_related("reporter", "target", "decided_by")
    return answer((await _written(request, [report]))[0])


@api("GET", "/api/v1/admin/reports/{id}", asks=Asks.PERSON, scope=READ, access=MODERATOR, gives="AdminReport")
async def show(request: Request) -> StreamResponse:
    """Give one report."""
    return await _answer(request, await _one(request))


@api("POST", "/api/v1/admin/reports/{id}/resolve", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", takes="sentence", gives="AdminReport")  # fmt: skip
async def resolve(request: Request) -> StreamResponse:
    """Decide about a report; something was done where the person is suspended or the post removed by now."""
    report = await _one(request)
    acted = await queries.was_acted_on(report)
    await service.decide(member(request).actor, report, acted=acted, sentence=(await read(request)).text("sentence"))
    return await _answer(request, report)


@api("PUT", "/api/v1/admin/reports/{id}", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", gives="AdminReport")  # fmt: skip
async def change(request: Request) -> StreamResponse:
    """Give the report as it is: it has neither categories nor rules that could be changed."""
    return await _answer(request, await _one(request))


@api("POST", "/api/v1/admin/reports/{id}/{act:assign_to_self|unassign}", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", gives="AdminReport")  # fmt: skip
async def assign(request: Request) -> StreamResponse:
    """Say that reports are nobody's here."""
    await _one(request)
    raise Invalid(NOT_ASSIGNED, code="not-assigned")


@api("POST", "/api/v1/admin/reports/{id}/reopen", asks=Asks.PERSON, scope=WRITE, access=MODERATOR, limit="write", gives="AdminReport")  # fmt: skip
async def reopen(request: Request) -> StreamResponse:
    """Give a report that still waits; what was decided is not opened again."""
    report = await _one(request)
    if report.state != rules.OPEN:
        raise Invalid(DECIDED, code="decided")
    return await _answer(request, report)

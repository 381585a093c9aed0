"""Reports to the responsible people of a community, from an application: list, read, decide, as on its page. Nobody's account is shown behind a name."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.communities import queries as communities
from fedcop.communities.roles import Act
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.reports import queries, rules, service
from fedcop.reports.models import Report
from web.keys import desk
from web.mastodon.admin.reports import SAYS, written
from web.mastodon.answers import answer, limit_of, paged
from web.mastodon.params import read
from web.shared.routing import for_community


@for_community("GET", "/api/v1/admin/reports", takes=SAYS)
async def every(request: Request) -> StreamResponse:
    """List what waits in the community, or with `resolved` what was decided, the newest first, to those who decide."""
    given, at = await read(request), desk(request)
    if not at.may(Act.DECIDE_REPORTS):
        raise NotFound  # as where one is no moderator of the instance
    found = await queries.page_in_community(
        at.person,
        at.community,
        decided=given.flag("resolved"),
        reporter_id=given.number("account_id"),
        target_id=given.number("target_account_id"),
        below=given.number("max_id"),
        limit=limit_of(given, usual=100, most=200),
    )
    return paged(request, await written(request, at.person, found, {}), [one.id for one in found])


async def _one(request: Request) -> Report:
    """Load a report that who asks may judge; about oneself there is none."""
    at = desk(request)
    if not at.may(Act.DECIDE_REPORTS):
        raise NotFound
    found = await queries.one(request.match_info["id"], at.community)
    await rules.may_decide(at.person, found)
    return found


async def _answer(request: Request, report: Report) -> StreamResponse:
    await report.refresh_from_db()
    await report.fetch_related("reporter", "target", "decided_by")
    return answer((await written(request, desk(request).person, [report], {}))[0])


@for_community("GET", "/api/v1/admin/reports/{id}")
async def show(request: Request) -> StreamResponse:
    """Give one report."""
    return await _answer(request, await _one(request))


@for_community("POST", "/api/v1/admin/reports/{id}/resolve", takes="sentence")
async def resolve(request: Request) -> StreamResponse:
    """Decide about a report; something was done where the post is removed, or the person banned or suspended, by now."""
    report, at = await _one(request), desk(request)
    target = await actors.by_id(report.target_id)
    acted = await queries.was_acted_on(report) or await communities.active_ban(at.community, target) is not None
    try:
        await service.decide(at.person, report, acted=acted, sentence=(await read(request)).text("sentence"))
    except Conflict as error:
        raise Invalid(error.text, error.code) from None
    return await _answer(request, report)

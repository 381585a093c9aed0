"""Reports that people sent to the moderators of this instance."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Conflict
from fedcop.notifications import service as notifications
from fedcop.reports import queries
from web.keys import member
from web.pages import appeals
from web.pages.reporting import answer, queue_values
from web.shared.flash import see_other
from web.shared.forms import Problems
from web.shared.routing import MODERATOR, page
from web.shared.templating import render


@page("GET", "/admin/reports", access=MODERATOR)
async def reports(request: Request) -> StreamResponse:
    """Show what waits for a decision, and what was decided last."""
    return await _reports(request, Problems())


async def _reports(request: Request, problems: Problems) -> StreamResponse:
    who = member(request)
    await notifications.saw_reports(who.account, None)
    waiting, decided = await queries.on_instance(who.actor), await queries.decided_on_instance(who.actor)
    return await render(
        request,
        "admin/reports.html",
        status=409 if problems else 200,
        **await queue_values(who.actor, waiting, decided),
        **await appeals.queue_values(who.actor, None),
        problems=problems,
    )


@page("POST", "/admin/reports/{report}", access=MODERATOR)
async def decide(request: Request) -> StreamResponse:
    """Say what became of a report."""
    report, problems = await queries.one(request.match_info["report"], None), Problems()
    try:
        await answer(request, report)
    except Conflict as error:
        problems.take(error)
        return await _reports(request, problems)
    return see_other("/admin/reports")

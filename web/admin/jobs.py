"""Work that gave up after many tries: what it was, why, and the button to try again."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core import jobs
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from web.shared.flash import flash, see_other
from web.shared.paging import after_id, paged
from web.shared.routing import ADMIN, page
from web.shared.templating import render

PAGE = 40


@page("GET", "/admin/jobs", access=ADMIN)
async def listing(request: Request) -> StreamResponse:
    """List jobs that gave up."""
    found = await jobs.failed(before=after_id(request) or 0, limit=PAGE)
    return await render(request, "admin/jobs.html", jobs=paged(request, found, lambda job: job.id, size=PAGE))


@page("POST", "/admin/jobs/{id:[0-9]{1,18}}/try", access=ADMIN)
async def try_again(request: Request) -> StreamResponse:
    """Try a job again from the beginning."""
    if not await jobs.revive(int(request.match_info["id"])):
        raise NotFound(code="no-job")
    flash(request, _("It will be tried again now."))
    return see_other("/admin/jobs")

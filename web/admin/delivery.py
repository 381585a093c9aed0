"""Deliveries to other servers: what waits, where, since when, and why; what was refused; what came in and failed."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.i18n import _
from fedcop.federation import overseeing
from fedcop.federation import queries as federation
from web.shared.flash import flash, see_other
from web.shared.paging import after_id, paged
from web.shared.routing import ADMIN, page
from web.shared.templating import render


@page("GET", "/admin/deliveries", access=ADMIN)
async def listing(request: Request) -> StreamResponse:
    """Show how deliveries are going."""
    found = await overseeing.mailboxes(after=after_id(request) or 0)
    return await render(
        request,
        "admin/deliveries.html",
        totals=await overseeing.totals(),
        mailboxes=paged(request, found, lambda box: box.destination.id, size=overseeing.PAGE),
        refusals=await overseeing.refusals(),
        failed=await federation.failed_items(30),
    )


@page("POST", "/admin/deliveries/{id:[0-9]{1,18}}/try", access=ADMIN)
async def try_now(request: Request) -> StreamResponse:
    """Try a destination now, whatever its clock says."""
    found = await overseeing.try_now(int(request.match_info["id"]))
    flash(request, _("%(host)s will be tried now.", host=found.host))
    return see_other("/admin/deliveries")

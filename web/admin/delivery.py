"""How deliveries to other servers go: one line a server, with what to do about it; what was refused; what came in and failed."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.federation import queries as federation
from fedcop.federation.peers import overseeing
from fedcop.federation.sending import console
from fedcop.federation.sending.reasons import in_words
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.paging import after, paged
from web.shared.routing import ADMIN, page
from web.shared.templating import render

LONGEST_HOST = 260  # as rows keep it


@page("GET", "/admin/deliveries", access=ADMIN)
async def listing(request: Request) -> StreamResponse:
    """Show how deliveries are going: to the servers that need a look, or to all."""
    words, everybody = request.query.get("q", "").strip()[:100], request.query.get("which") == "all"
    found = await console.lines(words=words, troubled=not (everybody or words), after=after(request))
    return await render(
        request,
        "admin/deliveries.html",
        totals=await overseeing.totals(),
        servers=paged(request, found, lambda line: line.host, size=console.PAGE),
        everybody=everybody,
        words=words,
        in_words=in_words,
        software=await console.software_met(),
        refusals=await overseeing.refusals(),
        failed=await federation.failed_items(30),
    )


async def _host(request: Request) -> str:
    """Read which server is meant: no name is longer than what is kept of one."""
    host = (await read_form(request)).text("host")
    if len(host) > LONGEST_HOST:
        raise NotFound(code="no-destination")
    return host


@page("POST", "/admin/deliveries/try", access=ADMIN)
async def try_now(request: Request) -> StreamResponse:
    """Try a server now, whatever its clock says."""
    host = await _host(request)
    await console.try_now(host)
    flash(request, _("%(host)s will be tried now.", host=host))
    return see_other("/admin/deliveries")


@page("POST", "/admin/deliveries/pause", access=ADMIN)
async def pause(request: Request) -> StreamResponse:
    """Send nothing to a server for a while."""
    host = await _host(request)
    await console.pause(host)
    flash(request, _("Nothing is sent to %(host)s until you resume. What is for it waits here.", host=host))
    return see_other("/admin/deliveries")


@page("POST", "/admin/deliveries/resume", access=ADMIN)
async def resume(request: Request) -> StreamResponse:
    """Send again."""
    host = await _host(request)
    await console.resume(host)
    flash(request, _("What waited for %(host)s is being sent.", host=host))
    return see_other("/admin/deliveries")

"""Whom one blocked and muted, and which servers one blocks. Blocking a person begins on their profile (people.py), muting in muting.py."""

from __future__ import annotations

from aiohttp.web import Request, Response, StreamResponse

from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from fedcop.people import domains, queries
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.paging import after_id, paged
from web.shared.routing import MEMBER, page
from web.shared.templating import render

HERE = "/settings/blocks"


@page("GET", "/settings/blocks", access=MEMBER)
async def blocks(request: Request) -> StreamResponse:
    """List whom one blocked and muted; a form may be filled in with the server of somebody whose profile one comes from."""
    return await _page(request, filled(host=request.query.get("host", "")[:260]), Problems())


async def _page(request: Request, form: FormData, problems: Problems) -> Response:
    actor, size = member(request).actor, queries.PAGE
    after, muted_after, servers_after = [after_id(request, name) for name in ("after", "muted", "servers")]
    blocked, muted = await queries.blocked(actor, after=after or 0), await queries.muted(actor, after=muted_after or 0)
    servers = await domains.blocked(actor, limit=domains.PAGE + 1, below=servers_after)
    return await render(
        request,
        "account/blocks.html",
        status=422 if problems else 200,
        form=form,
        problems=problems,
        blocked=paged(request, blocked, lambda row: row.id, size=size),
        muted=paged(request, muted, lambda row: row.id, size=size, name="muted"),
        servers=paged(request, servers, lambda row: row.id, size=domains.PAGE, name="servers"),
    )


@page("POST", "/settings/blocks/servers", access=MEMBER)
async def block_server(request: Request) -> StreamResponse:
    """See nothing of a whole server any more."""
    form, problems = await read_form(request), Problems()
    try:
        host = await domains.block(member(request).actor, form.text("host"))
    except Invalid as error:
        problems.take(error)
        return await _page(request, form, problems)
    flash(request, _("You will not see anybody of %(host)s any more. They do not know.", host=host))
    return see_other(HERE)


@page("POST", "/settings/blocks/servers/end", access=MEMBER)
async def unblock_server(request: Request) -> StreamResponse:
    """See it again."""
    host = (await read_form(request)).text("host")[:260]
    await domains.unblock(member(request).actor, host)
    flash(request, _("You see the people of %(host)s again.", host=host))
    return see_other(HERE)

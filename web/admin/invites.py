"""Invitations to this instance: make, send, take back. The owner says in the settings who may invite."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import invites, queries
from fedcop.core import clock
from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from web.keys import member
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, filled, read_form
from web.shared.paging import after_id, paged
from web.shared.routing import MEMBER, page
from web.shared.templating import render


@page("GET", "/invites", access=MEMBER)
async def listing(request: Request) -> StreamResponse:
    """List invitations: all of them for those in charge, one's own for members."""
    await invites.may_invite(member(request).account)
    return await _listing(request, filled(uses=1, days=14))


async def _values(request: Request) -> dict[str, Any]:
    viewer = member(request)
    creator = None if viewer.is_at_least("moderator") else viewer.account.id
    found = await queries.invites(after=after_id(request) or 0, creator_id=creator)
    return {"invites": paged(request, found, lambda invite: invite.id, size=queries.PAGE), "now": clock.now()}


async def _listing(request: Request, form: FormData) -> Response:
    return await render(request, "admin/invites.html", form=form, **await _values(request))


@page("POST", "/invites", access=MEMBER, limit="mail")
async def create(request: Request) -> StreamResponse:
    """Make an invitation and send it, or show its link."""
    form = await read_form(request)
    try:
        await invites.create(
            member(request).account,
            email=form.text("email"),
            uses=form.number("uses") or 0,
            days=form.number("days") or 0,
        )
    except Invalid as error:
        return await refill(request, "admin/invites.html", error, **await _values(request))
    if form.text("email"):
        flash(request, _("The invitation is on its way to %(email)s.", email=form.text("email")))
    else:
        flash(request, _("The invitation is ready. Copy its link from the list."))
    return see_other("/invites")


@page("POST", "/invites/{id:[0-9]{1,18}}/revoke", access=MEMBER)
async def revoke(request: Request) -> StreamResponse:
    """Take an invitation back."""
    await invites.revoke(member(request).account, int(request.match_info["id"]))
    flash(request, _("The invitation does not work any more."))
    return see_other("/invites")

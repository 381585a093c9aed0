"""Agreements with other organisations: propose, answer, end. What they say stands in fedcop/alliances/terms.py."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.alliances import queries, service, terms
from fedcop.alliances.models import Alliance
from fedcop.core import clock
from fedcop.core.errors import Conflict, FedcopError, Invalid
from fedcop.core.i18n import N_, _
from fedcop.core.site import site
from fedcop.federation.peers import overseeing
from fedcop.federation.queries import is_blocked
from web.keys import member
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, filled, read_form
from web.shared.paging import after_id, paged
from web.shared.routing import ADMIN, page
from web.shared.templating import render

STATES = {
    "proposed": N_("Proposed"),
    "active": N_("In force"),
    "later": N_("Accepted, begins later"),
    "declined": N_("Declined"),
    "ended": N_("Ended"),
    "failed": N_("Could not be proposed"),
}
ENDS = {
    "us": N_("We ended it."),
    "them": N_("The other organisation ended it."),
    "date": N_("Its last day has passed."),
    "renewal": N_("A newer one took its place."),
    "keys": N_("After a long silence, the server came back with other keys: it may belong to somebody else now."),
}
TYPED = ("from_on", "until_on", "communities", "signed_by", "data_at", "assessment")


def state_of(alliance: Alliance) -> str:
    """Name the state that counts now, by the calendar too."""
    if alliance.state != "active" or queries.holds(alliance, clock.now()):
        return alliance.state
    return "later" if alliance.from_at > clock.now() else "ended"


@page("GET", "/admin/alliances", access=ADMIN)
async def listing(request: Request) -> StreamResponse:
    """List the agreements, with the form to propose one."""
    form = filled(host=request.query.get("host", "")[:260], shares=["public"], from_on=clock.now().date().isoformat())
    return await render(request, "admin/alliances.html", form=form, **await _values(request))


async def _values(request: Request) -> dict[str, Any]:
    found = await queries.page(after=after_id(request) or 0)
    return {
        "alliances": paged(request, found, lambda one: one.id),
        "state_of": state_of,
        "states": {key: _(text) for key, text in STATES.items()},
        "share_options": [
            ("public", _("Public discussions and resources")),
            ("directory", _("The directory of people and communities")),
        ],
        "mode": site().settings.federation,
    }


@page("POST", "/admin/alliances", access=ADMIN)
async def propose(request: Request) -> StreamResponse:
    """Propose an agreement to the organisation behind another server."""
    form = await read_form(request)
    try:
        host = await _host_in(form)
        typed = {name: form.text(name) for name in TYPED} | {"shares": " ".join(form.texts("shares"))}
        text = terms.typed(typed, here=site().settings.netloc, there=host, today=clock.now().date())
        made = await service.propose(member(request).account, host, text)
    except (Invalid, Conflict) as error:
        return await refill(request, "admin/alliances.html", error, **await _values(request))
    flash(request, _("Your proposal is on its way to %(host)s.", host=made.host))
    return see_other(f"/admin/alliances/{made.id}")


async def _host_in(form: FormData) -> str:
    host = overseeing.clean_host(form.text("host"))
    if await is_blocked(host):
        raise Invalid(errors={"host": N_("You blocked this server. Open it again first.")})
    return host


@page("GET", "/admin/alliances/{id:[0-9]{1,18}}", access=ADMIN)
async def one(request: Request) -> StreamResponse:
    """Show one agreement with all it says, and what can be done about it."""
    alliance = await _asked_for(request)
    return await render(request, "admin/alliance.html", form=filled(), **_about(alliance))


async def _asked_for(request: Request) -> Alliance:
    return await queries.by_id(int(request.match_info["id"]))


def _about(alliance: Alliance) -> dict[str, Any]:
    state = state_of(alliance)
    return {
        "alliance": alliance,
        "state": state,
        "state_name": _(STATES[state]),
        "end": _(ENDS.get(alliance.ended_by, "")),
        "failure": _(alliance.reason) if alliance.state == "failed" else "",
        "us": site().settings.netloc,
    }


@page("POST", "/admin/alliances/{id:[0-9]{1,18}}", access=ADMIN)
async def answer(request: Request) -> StreamResponse:
    """Accept, decline, end, or take back: one form, several buttons."""
    alliance, form, by = await _asked_for(request), await read_form(request), member(request).account
    act = form.chosen("act", ("accept", "decline", "end"), "decline")
    try:
        if act == "accept":
            await service.accept(by, alliance, {name: form.text(name) for name in ("signed_by", "data_at")})
            flash(request, _("The agreement with %(host)s is accepted.", host=alliance.host))
        elif act == "end":
            await service.end(by, alliance, form.text("reason"))
            flash(request, _("The agreement with %(host)s has ended.", host=alliance.host))
        else:
            await service.decline(by, alliance, form.text("reason"))
            flash(request, _("You declined the agreement with %(host)s.", host=alliance.host))
    except (Invalid, Conflict) as error:
        return await _again(request, error)
    return see_other(f"/admin/alliances/{alliance.id}")


async def _again(request: Request, error: FedcopError) -> StreamResponse:
    """Show the agreement as it is by now, with what was typed."""
    return await refill(request, "admin/alliance.html", error, **_about(await _asked_for(request)))

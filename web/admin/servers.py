"""Other servers: what they run, and whether we talk to them."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_, _
from fedcop.core.site import site
from fedcop.federation.peers import overseeing
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import filled, read_form
from web.shared.paging import after, paged
from web.shared.routing import ADMIN, page
from web.shared.templating import render

POLICIES = (
    ("open", N_("Open"), N_("Everything is exchanged.")),
    (
        "limited",
        N_("Limited"),
        N_(
            "Lists, the search and notifications bring what comes from there only to those who follow it or share a community with it."
        ),
    ),
    ("blocked", N_("Blocked"), N_("Nothing is taken from there and nothing is sent there.")),
    ("allowed", N_("Allowed"), N_("Counts where this instance talks only to servers on its list.")),
)


@page("GET", "/admin/servers", access=ADMIN)
async def listing(request: Request) -> StreamResponse:
    """List the servers that we met."""
    host, wanted = request.query.get("host", "")[:260], request.query.get("apply", "")
    form = filled(host=host, policy=wanted if host and wanted in overseeing.POLICIES else "limited")
    return await render(request, "admin/servers.html", form=form, **await _values(request))


async def _values(request: Request) -> dict[str, Any]:
    words, policy = request.query.get("q", "").strip()[:100], request.query.get("policy", "")
    policy = policy if policy in ("", "decided", *overseeing.POLICIES) else ""
    found = await overseeing.servers(words=words, policy=policy, after=after(request))
    return {
        "servers": paged(request, found, lambda server: server.host, size=overseeing.PAGE),
        "filtered": bool(words or policy),
        "policy_options": [(value, _(text), _(hint)) for value, text, hint in POLICIES],
        "policy_names": {value: _(text) for value, text, _hint in POLICIES},
        "filter_options": [
            ("", _("All")),
            ("decided", _("With a decision")),
            *((value, _(text)) for value, text, _hint in POLICIES),
        ],
        "mode": site().settings.federation,
    }


@page("POST", "/admin/servers", access=ADMIN)
async def decide(request: Request) -> StreamResponse:
    """Decide about a server."""
    form = await read_form(request)
    try:
        found = await overseeing.decide(form.text("host"), form.text("policy"), form.text("reason"))
    except Invalid as error:
        return await refill(request, "admin/servers.html", error, **await _values(request))
    flash(request, _("Your decision about %(host)s applies from now on.", host=found.host))
    return see_other("/admin/servers")

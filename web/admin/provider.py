"""The provider of the organisation's accounts: what an administrator sets of it, and whether it answers."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts.signin import providers
from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from web.keys import SITE, member
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import filled, read_form
from web.shared.routing import ADMIN, page
from web.shared.templating import render

HERE = "/admin/sign-in"
TEXTS = ("issuer", "client_id", "label")
FLAGS = ("shown", "lets_in", "trusts_email")
PATIENCE = 10


async def _values() -> dict[str, Any]:
    return {"provider": await providers.current(), "way_back": providers.way_back()}


@page("GET", "/admin/sign-in", access=ADMIN)
async def provider_form(request: Request) -> StreamResponse:
    """Show what is set; the secret is never shown again."""
    found = await providers.current()
    values: dict[str, Any] = {name: getattr(found, name) for name in TEXTS + FLAGS} if found else {"shown": True}
    values["domains"] = "\n".join(found.domains) if found else ""
    return await render(request, "admin/sign_in.html", form=filled(values), **await _values())


@page("POST", "/admin/sign-in", access=ADMIN)
async def change(request: Request) -> StreamResponse:
    """Keep it, and look at the provider."""
    form = await read_form(request)
    values: dict[str, Any] = {name: form.text(name) for name in (*TEXTS, "domains")}
    values |= {name: form.flag(name) for name in FLAGS}
    try:
        job = await providers.change(member(request).account, secret=form.text("secret"), **values)
    except Invalid as error:
        return await refill(request, "admin/sign_in.html", error, **await _values())
    await request.app[SITE].runner.wait_for(job, PATIENCE)
    found = await providers.current()
    if found is not None and not found.problem and found.document:
        flash(request, _("The settings are saved, and the provider answers."))
    else:
        flash(request, _("The settings are saved, but the provider does not answer as it should."), "error")
    return see_other(HERE)


@page("POST", "/admin/sign-in/remove", access=ADMIN)
async def remove(request: Request) -> StreamResponse:
    """Forget the provider."""
    await providers.remove(member(request).account)
    flash(request, _("Nobody signs in by this provider any more. The accounts remain."))
    return see_other(HERE)

"""How long what is over is kept here: a number of days for each kind, chosen by those in charge."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.accounts import instance
from fedcop.core import retention
from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from web.keys import member
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import filled, read_form
from web.shared.routing import ADMIN, page
from web.shared.templating import render


@page("GET", "/admin/retention", access=ADMIN)
async def shown(request: Request) -> StreamResponse:
    """Show the form."""
    chosen = {key: str(days) for key, days in (await retention.chosen()).items()}
    return await render(request, "admin/retention.html", form=filled(chosen), **_offered())


def _offered() -> dict[str, Any]:
    return {"periods": retention.periods()}


@page("POST", "/admin/retention", access=ADMIN)
async def choose(request: Request) -> StreamResponse:
    """Keep what was chosen."""
    form = await read_form(request)
    try:
        await instance.keep_for(member(request).account, {one.key: form.number(one.key) for one in retention.periods()})
    except Invalid as error:
        return await refill(request, "admin/retention.html", error, **_offered())
    flash(request, _("The periods are saved."))
    return see_other("/admin/retention")

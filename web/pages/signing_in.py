"""Signing in by more than the form of name and password, which is in account.py: the second step."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.accounts.signin import second
from fedcop.core.errors import Forbidden, Invalid, NotFound, TooMany
from web.keys import viewer
from web.pages.account import refill
from web.pages.entering import STEP, enter
from web.shared.cookies import drop_cookie, read_cookie
from web.shared.flash import flash, see_other
from web.shared.forms import filled, read_form
from web.shared.routing import ANYONE, page
from web.shared.templating import render


@page("GET", "/login/code", access=ANYONE)
async def second_form(request: Request) -> StreamResponse:
    """Ask for the second step."""
    if viewer(request):
        return see_other("/")
    try:
        await second.waiting(read_cookie(request, STEP))
    except (NotFound, Forbidden):
        return see_other("/login")
    return await render(request, "signin/code.html", form=filled())


@page("POST", "/login/code", access=ANYONE, limit="login")
async def pass_second(request: Request) -> StreamResponse:
    """Look at a code; let its owner in and lead them to the page that they asked for before the first step."""
    form, token = await read_form(request), read_cookie(request, STEP)
    try:
        if "recovery" in form:
            account, path = await second.pass_recovery(token, form.text("recovery"))
        else:
            account, path = await second.pass_code(token, form.text("code"))
    except (Invalid, TooMany) as error:
        return await refill(request, "signin/code.html", error)
    except (NotFound, Forbidden) as error:
        flash(request, error.for_people(), "error")
        response: StreamResponse = see_other("/login")
    else:
        response = await enter(request, account, path or "/")
    drop_cookie(request, response, STEP)
    return response

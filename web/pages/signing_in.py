"""Signing in by more than the form of name and password, which is in account.py: passkeys, a link in a letter, the second step."""

from __future__ import annotations

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts.models import Account
from fedcop.accounts.signin import mailed, passkeys, second
from fedcop.core.errors import Forbidden, Invalid, NotFound, TooMany
from web.keys import viewer
from web.middleware.sessions import next_path
from web.pages.account import dead_link, refill
from web.pages.entering import CHALLENGE, MINUTES, STEP, enter, let_in
from web.shared.cookies import drop_cookie, read_cookie, set_cookie
from web.shared.flash import flash, see_other
from web.shared.forms import filled, read_form
from web.shared.routing import ANYONE, page
from web.shared.templating import render, url


@page("GET", "/login/code", access=ANYONE)
async def second_form(request: Request) -> StreamResponse:
    """Ask for the second step."""
    try:
        account, path = await _waiting(request)
    except (NotFound, Forbidden):
        return see_other("/" if viewer(request) else "/login")
    return await render(request, "signin/code.html", form=filled(next=path), **await _ways(account))


async def _waiting(request: Request) -> tuple[Account, str]:
    """Give who passed the first step in this browser, and the page that they asked for."""
    step = await second.waiting(read_cookie(request, STEP))
    assert step.account is not None
    return step.account, step.next or "/"


async def _ways(account: Account) -> dict[str, bool]:
    return {"has_passkeys": bool(await passkeys.of(account))}


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
        account, path = await _waiting(request)
        return await refill(request, "signin/code.html", error, also=filled(next=path), **await _ways(account))
    except (NotFound, Forbidden) as error:
        flash(request, error.for_people(), "error")
        response: StreamResponse = see_other("/login")
    else:
        response = await enter(request, account, path or "/")
    drop_cookie(request, response, STEP)
    return response


@page("POST", "/login/passkey/begin", access=ANYONE, limit="challenge")
async def ask_passkey(request: Request) -> StreamResponse:
    """Give the question that a device answers with a passkey, for the script of the page."""
    form = await read_form(request)
    account = (await _waiting(request))[0] if form.flag("second") else None
    token, question = await passkeys.begin(next_path(request, form.text("next")), account)
    response = Response(text=question, content_type="application/json", headers={"Cache-Control": "no-store"})
    set_cookie(request, response, CHALLENGE, token, max_age=MINUTES)
    return response


@page("POST", "/login/passkey", access=ANYONE, limit="login")
async def take_passkey(request: Request) -> StreamResponse:
    """Let in whoever's passkey answered."""
    form = await read_form(request)
    try:
        account, path = await passkeys.sign_in(read_cookie(request, CHALLENGE), form.raw("credential"))
    except (Forbidden, NotFound) as error:
        flash(request, error.for_people(), "error")
        response: StreamResponse = see_other(
            "/login/code" if form.flag("second") else url("/login", next=next_path(request, form.text("next")))
        )
    else:
        response = await enter(request, account, path or "/")
        drop_cookie(request, response, STEP)
    drop_cookie(request, response, CHALLENGE)
    return response


@page("GET", "/login/link", access=ANYONE)
async def ask_link_form(request: Request) -> StreamResponse:
    """Ask for the address of somebody who wants to come in by a letter."""
    if viewer(request):
        return see_other(next_path(request))
    return await render(request, "signin/ask_link.html", form=filled(next=next_path(request)))


@page("POST", "/login/link", access=ANYONE, limit="mail")
async def ask_link(request: Request) -> StreamResponse:
    """Send a link if there is such an account; the page says the same if there is none."""
    form = await read_form(request)
    try:
        await mailed.ask(form.text("email"), next_path(request, form.text("next")))
    except (Invalid, TooMany) as error:
        return await refill(request, "signin/ask_link.html", error)
    return see_other("/login/link/sent")


@page("GET", "/login/link/sent", access=ANYONE)
async def link_sent(request: Request) -> StreamResponse:
    """Say what happens next."""
    return await render(request, "account/next_step.html", step="login")


@page("GET", "/login/link/{token}", access=ANYONE)
async def link_form(request: Request) -> StreamResponse:
    """Ask for one press of a button: mail programs that open links by themselves use nothing up."""
    return await render(request, "account/confirm.html", what="login")


@page("POST", "/login/link/{token}", access=ANYONE, limit="login")
async def take_link(request: Request) -> StreamResponse:
    """Let in whoever has the link, by the second step if they chose one."""
    try:
        account, path = await mailed.use(request.match_info["token"])
    except (NotFound, Forbidden) as error:
        return await dead_link(request, error)
    return await let_in(request, account, path or "/")

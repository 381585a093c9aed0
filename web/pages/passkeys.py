"""Passkeys of a member: add with a name, rename, remove. How one signs in with one is in signing_in.py."""

from __future__ import annotations

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts.signin import passkeys
from fedcop.accounts.signin.models import Passkey
from fedcop.core.errors import Conflict, FedcopError, Invalid, NotFound, TooMany
from fedcop.core.i18n import _
from web.keys import SESSION, member
from web.pages.account import refill
from web.pages.entering import MAKING, MINUTES
from web.pages.security import HOME
from web.shared.cookies import drop_cookie, read_cookie, set_cookie
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import render

NEW = f"{HOME}/passkeys/new"


@page("GET", "/settings/security/passkeys/new", access=MEMBER)
async def new_form(request: Request) -> StreamResponse:
    """Ask for a name and the password."""
    return await render(request, "signin/new_passkey.html", form=filled())


@page("POST", "/settings/security/passkeys/new", access=MEMBER)
async def begin(request: Request) -> StreamResponse:
    """Go on to the page that asks the device."""
    form = await read_form(request)
    try:
        token = await passkeys.begin_new(member(request).account, form.raw("password"), form.text("name"))
    except (Invalid, TooMany) as error:
        return await refill(request, "signin/new_passkey.html", error)
    response = see_other(f"{HOME}/passkeys/make")
    set_cookie(request, response, MAKING, token, max_age=MINUTES)
    return response


@page("GET", "/settings/security/passkeys/make", access=MEMBER)
async def make_form(request: Request) -> StreamResponse:
    """Let the browser ask the device."""
    try:
        wish, name = await passkeys.wish(member(request).account, read_cookie(request, MAKING))
    except NotFound:
        return see_other(NEW)
    response = await render(request, "signin/make_passkey.html", form=filled(), wish=wish, called=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@page("POST", "/settings/security/passkeys/make", access=MEMBER)
async def make(request: Request) -> StreamResponse:
    """Keep what the device made."""
    form = await read_form(request)
    try:
        made = await passkeys.add(member(request).account, read_cookie(request, MAKING), form.raw("credential"))
    except (Invalid, Conflict, NotFound) as error:
        flash(request, error.for_people(), "error")
        response = see_other(NEW)
    else:
        flash(request, _("The passkey “%(name)s” lets you in from now on.", name=made.name))
        response = see_other(HOME)
    drop_cookie(request, response, MAKING)
    return response


@page("GET", "/settings/security/passkeys/{id:[0-9]{1,18}}", access=MEMBER)
async def one(request: Request) -> StreamResponse:
    """Show one passkey, to rename or remove."""
    passkey = await _asked_for(request)
    return await render(request, "signin/passkey.html", form=filled(name=passkey.name), passkey=passkey)


async def _asked_for(request: Request) -> Passkey:
    return await passkeys.one(member(request).account, int(request.match_info["id"]))


@page("POST", "/settings/security/passkeys/{id:[0-9]{1,18}}/{act:name|remove}", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Rename or remove a passkey."""
    passkey, form, account = await _asked_for(request), await read_form(request), member(request).account
    try:
        if request.match_info["act"] == "name":
            await passkeys.rename(account, passkey.id, form.text("name"))
            said = _("The name is changed.")
        else:
            await passkeys.remove(account, passkey.id, form.raw("remove_password"), keep=request[SESSION])
            said = _("The passkey “%(name)s” is removed. Your other devices were logged out.", name=passkey.name)
    except (Invalid, TooMany) as error:
        return await _again(request, passkey, error, filled(name=passkey.name))
    flash(request, said)
    return see_other(HOME)


async def _again(request: Request, passkey: Passkey, error: FedcopError, also: FormData) -> Response:
    return await refill(request, "signin/passkey.html", error, also=also, passkey=passkey)

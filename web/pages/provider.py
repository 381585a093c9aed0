"""Signing in by the provider of an organisation's accounts (OpenID Connect): there, back, and which account is whose.

The network is asked by jobs; a page waits for one for some seconds.
"""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import instance, service
from fedcop.accounts.signin import identities, providers, second
from fedcop.accounts.signin.models import Identity, Provider
from fedcop.accounts.signin.providers import Claimed
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound, TooMany
from fedcop.core.i18n import _
from web.keys import SESSION, SITE, address, language, member, viewer
from web.middleware.sessions import next_path
from web.pages.account import refill
from web.pages.entering import MINUTES, PROVIDER, let_in
from web.pages.security import HOME
from web.shared.cookies import drop_cookie, read_cookie, set_cookie
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, filled, read_form
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import render

PATIENCE = 15


def _begin_again(request: Request, error: FedcopError) -> Response:
    """Say what went wrong, where one can try again."""
    flash(request, error.for_people(), "error")
    response = see_other(HOME if viewer(request) else "/login")
    drop_cookie(request, response, PROVIDER)
    return response


@page("GET", "/login/provider", access=ANYONE, limit="challenge")
async def there(request: Request) -> StreamResponse:
    """Send somebody to the provider. A link, not a form: the content policy lets no form lead elsewhere."""
    who = viewer(request)
    linking = who.account if who is not None and request.query.get("link") else None
    if who is not None and linking is None:
        return see_other(next_path(request))
    try:
        token, where = await providers.begin(next_path(request), linking)
    except NotFound as error:
        return _begin_again(request, error)
    response = Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})
    set_cookie(request, response, PROVIDER, token, max_age=MINUTES)
    return response


@page("GET", "/login/provider/back", access=ANYONE, limit="login")
async def back(request: Request) -> StreamResponse:
    """Take somebody in who comes back from the provider."""
    token = read_cookie(request, PROVIDER)
    try:
        job = await providers.receive(token, request.query)
        await request.app[SITE].runner.wait_for(job, PATIENCE)
        claimed, step = await providers.answer(token)
        provider = await _provider()
        if step.account_id is None and (account := await identities.account_of(provider, claimed)) is not None:
            response = await let_in(request, account, step.next or "/")
            drop_cookie(request, response, PROVIDER)
            return response
    except (NotFound, Forbidden, Conflict) as error:
        return _begin_again(request, error)
    response = see_other("/login/provider/new" if step.account_id is None else f"{HOME}/provider")
    set_cookie(request, response, PROVIDER, await providers.remember(claimed, step.next, step.account), max_age=MINUTES)
    return response


async def _provider() -> Provider:
    found = await providers.offered()
    if found is None:
        raise NotFound(providers.ABSENT, "no-provider")
    return found


async def _came(request: Request) -> tuple[Provider, Claimed, str]:
    return await _provider(), *await providers.remembered(read_cookie(request, PROVIDER))


async def _choices(provider: Provider, claimed: Claimed) -> dict[str, Any]:
    return {
        "provider": provider,
        "claimed": claimed,
        "may_open": await identities.may_open(provider, claimed),
        "host": (await instance.read()).name,
    }


def _suggested(claimed: Claimed) -> FormData:
    name = (claimed.nick or claimed.email).partition("@")[0].lower()
    return filled(
        name="".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in name)[:30],
        display_name=claimed.name,
    )


@page("GET", "/login/provider/new", access=ANYONE)
async def which_form(request: Request) -> StreamResponse:
    """Ask whose account it is, or offer to make one."""
    try:
        provider, claimed, _path = await _came(request)
    except NotFound:
        return see_other("/login")
    return await render(request, "signin/which.html", form=_suggested(claimed), **await _choices(provider, claimed))


@page("POST", "/login/provider/{act:link|open}", access=ANYONE, limit="login")
async def which(request: Request) -> StreamResponse:
    """Link the account whose password was typed, or make one; then let its owner in."""
    form = await read_form(request)
    try:
        provider, claimed, path = await _came(request)
    except NotFound as error:
        return _begin_again(request, error)
    try:
        if request.match_info["act"] == "open":
            account = await identities.open_account(
                provider, claimed, form.text("name"), form.text("display_name"), language(request)
            )
        else:
            account = await service.log_in(form.text("who"), form.raw("password"), address=address(request))
            # The password alone does not let this person in, so that it may not open another door for them either.
            if await second.is_asked(account):
                flash(request, _("Once you are in, link your account in the settings, under Signing in."))
            else:
                await identities.link(account, provider, claimed)
    except (Invalid, Conflict, Forbidden, TooMany) as error:
        typed = _suggested(claimed)
        return await refill(request, "signin/which.html", error, also=typed, **await _choices(provider, claimed))
    await providers.forget(read_cookie(request, PROVIDER))
    response = await let_in(request, account, path or "/")
    drop_cookie(request, response, PROVIDER)
    return response


@page("GET", "/settings/security/provider", access=MEMBER)
async def link_form(request: Request) -> StreamResponse:
    """Show who the provider says one is, and ask for the password before it is linked."""
    try:
        provider = await _provider()
        claimed, _path = await providers.remembered(read_cookie(request, PROVIDER), member(request).account)
    except NotFound:
        return see_other(HOME)
    return await render(request, "signin/link.html", form=filled(), provider=provider, claimed=claimed)


@page("POST", "/settings/security/provider", access=MEMBER)
async def link(request: Request) -> StreamResponse:
    """Link one's account with the provider."""
    form, account, token = await read_form(request), member(request).account, read_cookie(request, PROVIDER)
    try:
        provider = await _provider()
        claimed, _path = await providers.remembered(token, account)
    except NotFound as error:
        return _begin_again(request, error)
    try:
        await identities.link_here(account, form.raw("password"), provider, claimed)
    except (Invalid, Conflict, TooMany) as error:
        return await refill(request, "signin/link.html", error, provider=provider, claimed=claimed)
    await providers.forget(token)
    flash(request, _("Your account is linked with %(name)s.", name=provider.label))
    response = see_other(HOME)
    drop_cookie(request, response, PROVIDER)
    return response


async def _linked(request: Request) -> Identity:
    wanted = int(request.match_info["id"])
    found = [one for one in await identities.of(member(request).account) if one.id == wanted]
    if not found:
        raise NotFound(code="no-identity")
    return found[0]


@page("GET", "/settings/security/provider/{id:[0-9]{1,18}}", access=MEMBER)
async def unlink_form(request: Request) -> StreamResponse:
    """Show one link, to remove."""
    return await render(request, "signin/unlink.html", form=filled(), identity=await _linked(request))


@page("POST", "/settings/security/provider/{id:[0-9]{1,18}}", access=MEMBER)
async def unlink(request: Request) -> StreamResponse:
    """Remove a link."""
    identity, form, account = await _linked(request), await read_form(request), member(request).account
    try:
        await identities.unlink(account, identity.id, form.raw("unlink_password"), keep=request[SESSION])
    except (Invalid, TooMany) as error:
        return await refill(request, "signin/unlink.html", error, identity=identity)
    flash(request, _("The link with %(name)s is removed. Your other devices were logged out.", name=identity.label))
    return see_other(HOME)

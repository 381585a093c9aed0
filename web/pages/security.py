"""How a member signs in, as they set it: the second step by codes of an app, recovery codes, and what was changed lately.

Passkeys and links with a provider are listed here; what one does with them is in passkeys.py and provider.py.
"""

from __future__ import annotations

import io
from typing import Any

import segno
from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import instance
from fedcop.accounts.models import Account
from fedcop.accounts.signin import codes, identities, journal, passkeys, providers
from fedcop.core.errors import Conflict, Invalid, NotFound, TooMany
from fedcop.core.i18n import _
from web.keys import SESSION, SITE, member
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import render

HOME = "/settings/security"
SECRET = {"Cache-Control": "private, no-store"}


async def changes(account: Account) -> list[dict[str, Any]]:
    """List what was changed lately of how somebody signs in, in words."""
    return [
        {
            "text": _(journal.SAID[row.what]),
            "name": row.name,
            "at": row.created_at,
            "by": row.by,
            "own": row.by_id == account.id,
        }
        for row in await journal.of(account)
    ]


async def _values(account: Account) -> dict[str, Any]:
    app = await codes.of(account)
    return {
        "app": app if app is not None and app.confirmed_at is not None else None,
        "recovery_left": await codes.recovery_left(account),
        "passkeys": await passkeys.of(account),
        "linked": await identities.of(account),
        "provider": await providers.offered(),
        "changes": await changes(account),
    }


@page("GET", "/settings/security", access=MEMBER)
async def overview(request: Request) -> StreamResponse:
    """Show how one signs in."""
    return await render(request, "signin/security.html", form=filled(), **await _values(member(request).account))


@page("POST", "/settings/security/app/begin", access=MEMBER)
async def begin(request: Request) -> StreamResponse:
    """Make a secret for an app and go on to the page that shows it."""
    try:
        await codes.begin(member(request).account)
    except Conflict as error:
        flash(request, error.for_people(), "error")
        return see_other(HOME)
    return see_other(f"{HOME}/app")


async def _setup(request: Request) -> dict[str, Any]:
    app = await codes.pending(member(request).account)
    return {"app": app, "secret": " ".join(app.secret[start : start + 4] for start in range(0, len(app.secret), 4))}


@page("GET", "/settings/security/app", access=MEMBER)
async def app_form(request: Request) -> StreamResponse:
    """Show the secret as a picture and as text, and ask for a first code."""
    try:
        values = await _setup(request)
    except NotFound:
        return see_other(HOME)
    return _kept_secret(await render(request, "signin/app.html", form=filled(), **values))


@page("GET", "/settings/security/app/{id:[0-9]{1,18}}.svg", access=MEMBER)
async def picture(request: Request) -> StreamResponse:
    """Draw the secret as a code that apps read; nobody keeps the picture."""
    viewer = member(request)
    app = await codes.pending(viewer.account)
    if app.id != int(request.match_info["id"]):
        raise NotFound
    who = f"{viewer.actor.name}@{request.app[SITE].settings.netloc}"
    drawn = io.BytesIO()
    code = segno.make(codes.address_of(app, who, (await instance.read()).name), error="m", micro=False)
    code.save(drawn, kind="svg", scale=4, border=4, light="white", xmldecl=False)
    return Response(body=drawn.getvalue(), content_type="image/svg+xml", headers=SECRET)


@page("POST", "/settings/security/app", access=MEMBER)
async def confirm(request: Request) -> StreamResponse:
    """Switch the codes on and show the recovery codes, once."""
    form, account = await read_form(request), member(request).account
    try:
        made = await codes.confirm(account, form.raw("password"), form.text("code"), keep=request[SESSION])
    except (Invalid, TooMany) as error:
        return _kept_secret(await refill(request, "signin/app.html", error, **await _setup(request)))
    except (Conflict, NotFound):
        return see_other(HOME)
    return await _show_recovery(request, made, new=True)


@page("POST", "/settings/security/recovery", access=MEMBER)
async def renew_recovery(request: Request) -> StreamResponse:
    """Make new recovery codes and show them, once."""
    form, account = await read_form(request), member(request).account
    try:
        made = await codes.renew_recovery(account, form.raw("recovery_password"))
    except (Invalid, TooMany) as error:
        return await refill(request, "signin/security.html", error, **await _values(account))
    except NotFound:
        return see_other(HOME)
    return await _show_recovery(request, made, new=False)


async def _show_recovery(request: Request, made: list[str], *, new: bool) -> Response:
    return _kept_secret(await render(request, "signin/recovery.html", codes=made, new=new))


@page("POST", "/settings/security/app/off", access=MEMBER)
async def switch_off(request: Request) -> StreamResponse:
    """Ask for codes no longer."""
    form, account = await read_form(request), member(request).account
    try:
        await codes.switch_off(account, form.raw("off_password"))
    except (Invalid, TooMany) as error:
        return await refill(request, "signin/security.html", error, **await _values(account))
    flash(request, _("Codes are not asked any more when you log in."))
    return see_other(HOME)


def _kept_secret(response: Response) -> Response:
    response.headers.update(SECRET)
    return response

"""Devices that show notifications: begin, try, end. They are listed with the letters, and what they show is chosen there, see letters.py and static/js/push.js."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse, json_response

from fedcop.accounts import sessions
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import _
from fedcop.push import devices, sealing, service, vapid
from web.keys import SESSION, member
from web.pages import letters
from web.shared.flash import flash, see_other
from web.shared.forms import Problems, read_form
from web.shared.routing import MEMBER, page
from web.shared.tokens import csrf_token

HOME = "/settings/notifications#devices"


@page("GET", "/settings/notifications/push", access=MEMBER)
async def ask_key(request: Request) -> StreamResponse:
    """Give the service worker what it needs to name a new address of this browser: {"key", "token"}."""
    return json_response(
        {"key": await vapid.public_key(), "token": csrf_token(request)}, headers={"Cache-Control": "private, no-store"}
    )


@page("POST", "/settings/notifications/push", access=MEMBER)
async def begin(request: Request) -> StreamResponse:
    """Show notifications on this device from now on, with what its browser says of itself."""
    form, session = await read_form(request), await sessions.session_of(request[SESSION])
    if session is None:
        raise NotFound
    try:
        await service.subscribe(
            member(request).account,
            session,
            endpoint=form.text("endpoint"),
            p256dh=form.text("p256dh"),
            auth=form.text("auth"),
            encoding=form.text("encoding") or sealing.STANDARD,
            device=devices.words_of(request.headers.get("User-Agent", "")),
        )
    except Invalid as error:
        problems = Problems()
        problems.take(error)
        return await letters.show(request, problems)
    flash(request, _("Your notifications arrive on this device from now on."))
    return see_other(HOME)


@page("POST", "/settings/notifications/push/{id:[0-9]{1,18}}/try", access=MEMBER, limit="trial")
async def send_trial(request: Request) -> StreamResponse:
    """Let one device show that notifications arrive."""
    await service.ask_trial(member(request).account, int(request.match_info["id"]))
    flash(request, _("A trial is on its way to this device. If nothing shows within a minute, look at its settings."))
    return see_other(HOME)


@page("POST", "/settings/notifications/push/{id:[0-9]{1,18}}/end", access=MEMBER)
async def end(request: Request) -> StreamResponse:
    """Show nothing on one device any more."""
    await service.end(member(request).account, int(request.match_info["id"]))
    flash(request, _("Your notifications do not arrive on this device any more."))
    return see_other(HOME)

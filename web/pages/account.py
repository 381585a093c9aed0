"""Coming in: sign up, confirm, log in and out, a forgotten password, the first owner. What one does inside is in settings.py."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import instance, invites, service, sessions
from fedcop.accounts.service import Wish
from fedcop.accounts.signin import providers
from fedcop.accounts.signup import MAX_NEXT
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound, TooMany
from fedcop.core.i18n import _
from web.keys import SESSION, address, language, viewer
from web.middleware.sessions import end_session, next_path
from web.pages.entering import enter, let_in
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ANYONE, page
from web.shared.templating import render, url


async def refill(
    request: Request, template: str, error: FedcopError, *, also: FormData | None = None, **values: Any
) -> Response:
    """Show a form again with what was typed and what is wrong with it; passwords are never shown again.

    `also` holds the present values of other forms of the same page.
    """
    problems = Problems()
    problems.take(error)
    form = await read_form(request)
    if also is not None:
        form = FormData([*form, *(pair for pair in also if pair[0] not in form)])
    status = 429 if isinstance(error, TooMany) else 422
    return await render(request, template, status=status, form=form, problems=problems, **values)


async def dead_link(request: Request, error: FedcopError) -> Response:
    """Say that a link does not work any more, and what to do."""
    return await render(request, "account/dead_link.html", status=404, text=error.for_people())


def _wish(request: Request, form: FormData) -> Wish:
    return Wish(
        name=form.text("name"),
        email=form.text("email"),
        password=form.raw("password"),
        display_name=form.text("display_name"),
        language=language(request),
        reason=form.text("reason"),
        invite=form.text("invite"),
        next=_next(request, form),
    )


def _next(request: Request, form: FormData) -> str:
    """Where somebody came from and wants to go back to, "" for nowhere."""
    path = next_path(request, form.text("next"))
    return path if path != "/" and len(path) <= MAX_NEXT else ""


@page("GET", "/signup", access=ANYONE)
async def sign_up_form(request: Request) -> StreamResponse:
    """Show the form for a new account, or say why there is none."""
    if viewer(request):
        return see_other("/")
    return await render(request, "account/signup.html", form=filled(next=_next(request, filled())), invite=None)


@page("GET", "/invite/{code}", access=ANYONE)
async def invited(request: Request) -> StreamResponse:
    """Show the form for a new account to somebody who was invited."""
    try:
        invite = await invites.valid(request.match_info["code"])
    except NotFound as error:
        return await dead_link(request, error)
    if viewer(request):
        flash(request, _("You have an account already."))
        return see_other("/")
    form = filled(invite=invite.code, email=invite.email)
    return await render(request, "account/signup.html", form=form, invite=invite)


@page("POST", "/signup", access=ANYONE, limit="signup")
async def sign_up(request: Request) -> StreamResponse:
    """Take a request for an account."""
    form = await read_form(request)
    code = form.text("invite")
    try:
        invite = await invites.valid(code) if code else None
    except NotFound as error:
        return await dead_link(request, error)
    try:
        welcome = await service.sign_up(_wish(request, form))
    except (Invalid, Conflict, Forbidden, TooMany) as error:
        return await refill(request, "account/signup.html", error, invite=invite)
    if welcome.account is not None:
        return await enter(request, welcome.account, welcome.next or "/")
    return see_other(f"/signup/{welcome.step}")


@page("GET", "/signup/{step:mailed|waiting}", access=ANYONE)
async def sign_up_step(request: Request) -> StreamResponse:
    """Say what happens next."""
    return await render(request, "account/next_step.html", step=request.match_info["step"])


@page("GET", "/confirm/{token}", access=ANYONE)
async def confirm_form(request: Request) -> StreamResponse:
    """Ask for one press of a button: mail programs that open links by themselves confirm nothing."""
    return await render(request, "account/confirm.html", what="address")


@page("POST", "/confirm/{token}", access=ANYONE, limit="login")
async def confirm(request: Request) -> StreamResponse:
    """Confirm the address of a new account."""
    try:
        welcome = await service.confirm(request.match_info["token"])
    except NotFound as error:
        return await dead_link(request, error)
    if welcome.account is None:
        return see_other("/signup/waiting")
    flash(request, _("Your address is confirmed. You can log in now."))
    return see_other(url("/login", next=welcome.next))


@page("GET", "/confirm-address/{token}", access=ANYONE)
async def confirm_email_form(request: Request) -> StreamResponse:
    """Ask for one press of a button."""
    return await render(request, "account/confirm.html", what="new-address")


@page("POST", "/confirm-address/{token}", access=ANYONE, limit="login")
async def confirm_email(request: Request) -> StreamResponse:
    """Use a new address."""
    try:
        await service.confirm_email(request.match_info["token"])
    except (NotFound, Conflict) as error:
        return await dead_link(request, error)
    flash(request, _("Your new address is in use from now on."))
    return see_other("/settings/account" if viewer(request) else "/login")


@page("GET", "/login", access=ANYONE)
async def log_in_form(request: Request) -> StreamResponse:
    """Show the form to log in."""
    if viewer(request) and "again" not in request.query:  # an application may ask for somebody else
        return see_other(next_path(request))
    return await render(request, "account/login.html", form=filled(next=next_path(request)), **await _ways())


async def _ways() -> dict[str, Any]:
    return {"provider": await providers.offered()}


@page("POST", "/login", access=ANYONE, limit="login")
async def log_in(request: Request) -> StreamResponse:
    """Log somebody in and send them where they wanted to go, if that is a page of ours."""
    form = await read_form(request)
    try:
        account = await service.log_in(form.text("who"), form.raw("password"), address=address(request))
    except (Forbidden, TooMany) as error:
        return await refill(request, "account/login.html", error, **await _ways())
    return await let_in(request, account, next_path(request, form.text("next")))


@page("POST", "/logout", access=ANYONE)
async def log_out(request: Request) -> StreamResponse:
    """End the session here and on the server."""
    if SESSION in request:
        await sessions.end_by_token(request[SESSION])
    response = see_other("/")
    end_session(request, response)
    flash(request, _("You are logged out."))
    return response


@page("GET", "/reset", access=ANYONE)
async def ask_reset_form(request: Request) -> StreamResponse:
    """Ask for the address of somebody who forgot the password."""
    return await render(request, "account/ask_reset.html", form=filled())


@page("POST", "/reset", access=ANYONE, limit="mail")
async def ask_reset(request: Request) -> StreamResponse:
    """Send a link if there is such an account; the page says the same if there is none."""
    form = await read_form(request)
    try:
        await service.ask_reset(form.text("email"))
    except (Invalid, TooMany) as error:
        return await refill(request, "account/ask_reset.html", error)
    return see_other("/reset/sent")


@page("GET", "/reset/sent", access=ANYONE)
async def reset_sent(request: Request) -> StreamResponse:
    """Say what happens next."""
    return await render(request, "account/next_step.html", step="reset")


@page("GET", "/reset/{token}", access=ANYONE)
async def reset_form(request: Request) -> StreamResponse:
    """Show the form for a new password."""
    try:
        await service.check_reset_link(request.match_info["token"])
    except NotFound as error:
        return await dead_link(request, error)
    return await render(request, "account/reset.html", form=filled())


@page("POST", "/reset/{token}", access=ANYONE, limit="login")
async def reset(request: Request) -> StreamResponse:
    """Set a new password."""
    form = await read_form(request)
    try:
        await service.reset(request.match_info["token"], form.raw("password"))
    except NotFound as error:
        return await dead_link(request, error)
    except Invalid as error:
        return await refill(request, "account/reset.html", error)
    flash(request, _("Your password is changed. Log in with the new one."))
    return see_other("/login")


@page("GET", "/setup/{token}", access=ANYONE)
async def owner_form(request: Request) -> StreamResponse:
    """Show the first owner the form for their account."""
    try:
        await service.check_owner_link(request.match_info["token"])
    except (NotFound, Conflict) as error:
        return await dead_link(request, error)
    return await render(request, "account/setup.html", form=filled(site_name=(await instance.read()).name))


@page("POST", "/setup/{token}", access=ANYONE, limit="login")
async def become_owner(request: Request) -> StreamResponse:
    """Make the owner's account, give the instance its name, and let the owner in."""
    form = await read_form(request)
    try:
        account = await service.become_owner(request.match_info["token"], _wish(request, form))
    except NotFound as error:
        return await dead_link(request, error)
    except (Invalid, Conflict) as error:
        return await refill(request, "account/setup.html", error)
    if name := form.text("site_name")[:100]:
        await instance.change(account, name=name)
    flash(request, _("Welcome. This instance is yours: begin by saying what it is for and who may sign up."))
    return await enter(request, account, "/admin/settings")

"""What is said of this instance: name, slogan, who may sign up, rules, privacy."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts import instance
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_, _
from web.keys import member
from web.pages.account import refill
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, filled, read_form
from web.shared.routing import ADMIN, page
from web.shared.templating import render

TEXTS = (
    "name",
    "slogan",
    "contact",
    "about",
    "privacy",
    "sign_up_question",
    "registration",
    "language",
    "invited_by",
    "founded_by",
)
REGISTRATION = (
    ("open", N_("Everybody, after confirming their address"), ""),
    ("approval", N_("Everybody may ask; somebody in charge answers each request"), ""),
    ("invitation", N_("Only people who were invited"), ""),
    ("closed", N_("Nobody: accounts are made by those in charge"), N_("Invitations that were sent still work.")),
)
INVITED_BY = (("moderator", N_("Those in charge")), ("member", N_("Every member")))
FOUNDED_BY = (
    ("member", N_("Every member")),
    ("moderator", N_("Those in charge")),
    ("admin", N_("Administrators only")),
)


@page("GET", "/admin/settings", access=ADMIN)
async def settings_form(request: Request) -> StreamResponse:
    """Show the form."""
    now = await instance.read()
    values: dict[str, Any] = {name: getattr(now, name) for name in TEXTS}
    return await _form(request, filled(values, rules="\n".join(now.rules)))


async def _form(request: Request, form: FormData) -> Response:
    return await render(request, "admin/settings.html", form=form, **_choices())


def _choices() -> dict[str, Any]:
    return {
        "registration_options": [(value, _(text), _(hint)) for value, text, hint in REGISTRATION],
        "invited_by_options": [(value, _(text)) for value, text in INVITED_BY],
        "founded_by_options": [(value, _(text)) for value, text in FOUNDED_BY],
    }


@page("POST", "/admin/settings", access=ADMIN)
async def change(request: Request) -> StreamResponse:
    """Keep what was written."""
    form = await read_form(request)
    values: dict[str, Any] = {name: form.text(name) for name in TEXTS}
    values["rules"] = form.text("rules").splitlines()
    try:
        await instance.change(member(request).account, **values)
    except Invalid as error:
        return await refill(request, "admin/settings.html", error, **_choices())
    flash(request, _("The settings are saved."))
    return see_other("/admin/settings")

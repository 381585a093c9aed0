"""How this instance looks: its logo and its two colours. What it says of itself is settings.py."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.accounts import instance
from fedcop.core.errors import FedcopError
from fedcop.core.i18n import _
from fedcop.people import logo
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ADMIN, UPLOADS, page
from web.shared.templating import render

COLOURS = ("accent", "band")


@page("GET", "/admin/identity", access=ADMIN)
async def identity_form(request: Request) -> StreamResponse:
    """Show logo and colours, and the form to change them."""
    now = await instance.read()
    return await _form(request, filled({name: getattr(now, name) for name in COLOURS}), Problems())


async def _form(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    status = 422 if problems else 200
    return await render(request, "admin/identity.html", status=status, form=form, problems=problems)


@page("POST", "/admin/identity", access=ADMIN, limit="upload", max_body=UPLOADS)
async def change(request: Request) -> StreamResponse:
    """Keep the colours, take or remove a logo; what cannot be accepted is said at its field, and the other is kept all the same."""
    who, form, problems = member(request).account, await read_form(request), Problems()
    upload, refused = form.upload("logo"), Problems()
    try:
        if form.text("step") == "remove":
            await logo.remove(who)
        elif upload is not None:
            await logo.choose(who, upload.file_name, upload.chunks())
    except FedcopError as error:
        refused.take(error)
    for _name, text in refused.items():
        problems.add("logo", text)
    try:
        await instance.change(who, **{name: form.text(name) for name in COLOURS})
    except FedcopError as error:
        problems.take(error)
    if problems:
        return await _form(request, form, problems)
    flash(request, _("Saved."))
    return see_other("/admin/identity")

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
    """Show logo and colours, and the forms to change them."""
    now = await instance.read()
    return await _form(request, filled({name: getattr(now, name) for name in COLOURS}), Problems())


async def _form(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    status = 422 if problems else 200
    return await render(request, "admin/identity.html", status=status, form=form, problems=problems)


@page("POST", "/admin/identity", access=ADMIN, limit="upload", max_body=UPLOADS)
async def change(request: Request) -> StreamResponse:
    """Keep the colours, take or remove a logo; what cannot be accepted is said at its field."""
    who, form, problems = member(request).account, await read_form(request), Problems()
    step, upload = form.text("step"), form.upload("logo")
    try:
        if step == "remove":
            await logo.remove(who)
        elif step == "logo" and upload is None:
            problems.add("logo", _("Choose a picture."))
        elif step == "logo" and upload is not None:
            await logo.choose(who, upload.file_name, upload.chunks())
        else:
            await instance.change(who, **{name: form.text(name) for name in COLOURS})
    except FedcopError as error:
        _take(problems, error, upload_failed=step == "logo")
    if problems:
        now = await instance.read()
        shown = form if step == "colours" else filled({name: getattr(now, name) for name in COLOURS})
        return await _form(request, shown, problems)
    flash(request, _("Saved."))
    return see_other("/admin/identity")


def _take(problems: Problems, error: FedcopError, *, upload_failed: bool) -> None:
    found = Problems()
    found.take(error)
    for name, text in found.items():
        problems.add("logo" if upload_failed else name, text)

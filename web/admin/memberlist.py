"""The organisation's list of members, brought as a file: its columns, what each line means, then confirmed."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core import sheets
from fedcop.core.errors import FedcopError, Invalid
from fedcop.core.i18n import _, ngettext
from fedcop.core.ids import read_id
from fedcop.people.memberlist import applying, reading
from fedcop.people.memberlist.reading import Reading
from fedcop.people.models import UploadedList
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ADMIN, UPLOADS, page
from web.shared.templating import render

HERE = "/admin/members/import"
SHOWN = 500  # lines of a long list; the counts are of all


@page("GET", HERE, access=ADMIN)
async def look(request: Request) -> StreamResponse:
    """Show the list that was uploaded and what it would change, or ask for one."""
    return await _show(request, None, Problems())


@page("POST", HERE, access=ADMIN, limit="upload", max_body=UPLOADS)
async def upload(request: Request) -> StreamResponse:
    """Take a file in, to be looked at."""
    form, problems = await read_form(request), Problems()
    file = form.upload("file")
    try:
        if file is None or not file.size:
            raise Invalid(errors={"file": _("Choose a file.")})
        if file.limit or file.size > reading.MAX_BYTES:
            raise Invalid(errors={"file": reading.TOO_LONG})
        body = b"".join([chunk async for chunk in file.chunks()])
        await applying.upload(member(request).account, sheets.told_in(body))
    except FedcopError as error:
        problems.take(error)
        return await _show(request, form, problems)
    return see_other(HERE)


@page("POST", f"{HERE}/columns", access=ADMIN)
async def columns(request: Request) -> StreamResponse:
    """Say what the columns are; it is remembered."""
    form, problems = await read_form(request), Problems()
    kept = await reading.pending(member(request).account)
    if kept is None:
        return see_other(HERE)
    headings = [heading for heading, _means in (await reading.read(kept.text)).columns]
    named = {heading: form.text(f"column-{number}") for number, heading in enumerate(headings)}
    try:
        await applying.name_columns(member(request).account, named)
    except FedcopError as error:
        problems.take(error)
        return await _show(request, form, problems)
    return see_other(HERE)


@page("POST", f"{HERE}/confirm", access=ADMIN)
async def confirm(request: Request) -> StreamResponse:
    """Do what the list says."""
    form, problems = await read_form(request), Problems()
    ending = [found for found in map(read_id, form.texts("ending")) if found is not None]
    try:
        done = await applying.apply(
            member(request).account, seen=form.number("list") or 0, ending=ending, days=form.number("days") or 0
        )
    except FedcopError as error:
        problems.take(error)
        return await _show(request, form, problems)
    flash(
        request,
        _(
            "Done: %(invited)s, %(changed)s.",
            invited=ngettext("%(count)s person was invited", "%(count)s people were invited", done.invited),
            changed=ngettext("%(count)s profile was changed", "%(count)s profiles were changed", done.changed),
        ),
    )
    return see_other("/admin/members")


@page("POST", f"{HERE}/discard", access=ADMIN)
async def discard(request: Request) -> StreamResponse:
    """Forget the list that was uploaded."""
    await applying.discard(member(request).account)
    flash(request, _("The list was forgotten. Nothing was changed."))
    return see_other(HERE)


async def _show(request: Request, form: FormData | None, problems: Problems) -> StreamResponse:
    kept = await reading.pending(member(request).account)
    found = await reading.read(kept.text) if kept is not None else None
    return await render(
        request,
        "admin/member_list.html",
        status=422 if problems else 200,
        form=form if form is not None and problems else _begin(kept, found),
        problems=problems,
        kept=kept,
        found=found,
        lines=[line for line in found.lines if line.state != reading.SAME][:SHOWN] if found else [],
        meanings=[("", _("Nothing of these")), *((key, _(text)) for key, text in reading.MEANINGS.items())],
        fields={key: _(text) for key, text in reading.MEANINGS.items()},
        grace=[(days, ngettext("%(count)s day", "%(count)s days", days)) for days in applying.GRACE],
    )


def _begin(kept: UploadedList | None, found: Reading | None) -> FormData:
    if kept is None or found is None:
        return filled()
    columns = {f"column-{number}": means for number, (_heading, means) in enumerate(found.columns)}
    return filled(columns, days=applying.GRACE[1], ending=[one.id for one in found.gone if one.ends_at is not None])

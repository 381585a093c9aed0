"""The backups that lie on this machine: when each was made, one now, one every day, and how one is brought back. None is ever served."""

from __future__ import annotations

from datetime import datetime

from aiohttp.web import Request, StreamResponse

from fedcop.backups import service
from fedcop.core.i18n import N_, _
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import Problems, filled, read_form
from web.shared.routing import ADMIN, page
from web.shared.templating import render

WHY = {
    service.NO_ROOM: N_("There was not enough room on the disk."),
    service.TOO_LONG: N_(
        "It took longer than 14 minutes. An instance of this size is better backed up by the machine's own timetable, with the command below."
    ),
}


@page("GET", "/admin/backups", access=ADMIN)
async def listing(request: Request) -> StreamResponse:
    """List the backups, and say what became of the last try."""
    last = await service.last()
    harmed, keys = await service.harmed()
    return await render(
        request,
        "admin/backups.html",
        backups=service.listed(),
        last=last,
        failed_at=datetime.fromisoformat(last.failed_at) if last.failed_at else None,
        why=_(WHY[last.why]) if last.why in WHY else _("The command says: %(why)s", why=last.why),
        is_being_made=await service.is_being_made(),
        harmed=harmed,
        harmed_keys=keys,
        folder=service.folder(),
        free=service.free(),
        needed=await service.needed(),
        kept=service.KEPT,
        is_sealed=service.is_sealed(),
        form=filled({"nightly": "1" if last.nightly else ""}),
        problems=Problems(),
    )


@page("POST", "/admin/backups", access=ADMIN)
async def choose(request: Request) -> StreamResponse:
    """Choose whether one is made every day."""
    form = await read_form(request)
    await service.choose(member(request).account, nightly=form.flag("nightly"))
    flash(request, _("Saved."))
    return see_other("/admin/backups")


@page("POST", "/admin/backups/make", access=ADMIN, limit="mail")
async def make(request: Request) -> StreamResponse:
    """Make one now."""
    await read_form(request)
    await service.ask(member(request).account)
    flash(request, _("A backup is being made. Come back in a moment."))
    return see_other("/admin/backups")

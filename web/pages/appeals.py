"""Appeals: the decisions about oneself, with a form for each; and what those who decide about appeals say."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError, NotFound
from fedcop.core.i18n import _
from fedcop.discussions import faces
from fedcop.notifications import service as notifications
from fedcop.reports.appeals import decisions, judges, service
from web.keys import member
from web.pages.communities import asked_for
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, read_form
from web.shared.routing import MEMBER, MODERATOR, page
from web.shared.templating import path_of, render


@page("GET", "/appeals", access=MEMBER)
async def mine(request: Request) -> StreamResponse:
    """Show what was decided about the viewer and can be appealed, and what became of their appeals."""
    await notifications.saw_appeals(member(request).account)
    return await _mine(request, FormData(), Problems())


async def _mine(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    actor = member(request).actor
    made = await judges.by(actor)
    known = {one.decision for one in made}
    return await render(
        request,
        "reports/appeals.html",
        status=422 if problems else 200,
        open=[one for one in await decisions.about(actor) if one.key not in known],
        made=made,
        kinds=decisions.KINDS,
        form=form,
        problems=problems,
    )


@page("POST", "/appeals", access=MEMBER, limit="report")
async def appeal(request: Request) -> StreamResponse:
    """Appeal a decision."""
    form, problems = await read_form(request), Problems()
    try:
        await service.make(member(request).actor, form.text("decision"), form.text("text"))
    except NotFound:
        raise
    except FedcopError as error:
        problems.take(error)
        return await _mine(request, form, problems)
    flash(request, _("Your appeal was sent. Somebody else than who decided will read it."))
    return see_other("/appeals")


async def queue_values(viewer: Actor, community: Community | None) -> dict[str, Any]:
    """Load the appeals that the page of reports shows above them."""
    waiting = await judges.waiting(viewer, community)
    decided = await judges.decided(community) if community is not None else []
    nameless = await faces.withheld(viewer, [one.post_id for one in (*waiting, *decided)])
    for one in (*waiting, *decided):  # on these rows only, nothing is saved
        if one.post_id in nameless:
            one.actor = faces.former_member()
    return {"appeals": waiting, "appeals_decided": decided}


@page("POST", "/c/{name}/appeals/{appeal}", access=MEMBER)
async def decide(request: Request) -> StreamResponse:
    """Uphold or change a decision of one's community."""
    community = await asked_for(request)
    return await _decide(request, f"{path_of(community.actor)}/reports", community)


@page("POST", "/admin/appeals/{appeal}", access=MODERATOR)
async def decide_here(request: Request) -> StreamResponse:
    """Do the same as a moderator of the instance, where nobody else of the community can."""
    return await _decide(request, "/admin/reports", None)


async def _decide(request: Request, back: str, community: Community | None) -> StreamResponse:
    form, meant = await read_form(request), await judges.one(request.match_info["appeal"])
    _people, staff = await judges.of(meant)
    if staff is not (community is None) or (community is not None and meant.community_id != community.id):
        raise NotFound
    try:
        await service.decide(
            member(request).actor, meant, changed=form.text("do") == "change", sentence=form.text("sentence")
        )
    except NotFound:
        raise
    except FedcopError as error:
        problems = Problems()
        problems.take(error)
        flash(request, problems.items()[0][1], kind="error")
        return see_other(back)
    flash(request, _("Decided. The person will read your sentence."))
    return see_other(back)

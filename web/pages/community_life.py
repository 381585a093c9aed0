"""The life of a community: its stage and the day it opens, and who wants to be told of it."""

from __future__ import annotations

from datetime import timedelta

from aiohttp.web import Request, StreamResponse

from fedcop.communities import life, queries, rules, service, stages
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError, NotFound
from fedcop.core.i18n import _
from web.keys import member
from web.pages.communities import asked_for, frame
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.moments import read_date
from web.shared.routing import MEMBER, page
from web.shared.templating import path_of, render

MENDED_AT = {
    "purpose": "/settings",
    "charter": "/charter/change",
    "people": "/members",
}  # where one sees to what a stage needs


@page("POST", "/c/{name}/notice", access=MEMBER)
async def notice(request: Request) -> StreamResponse:
    """Ask to be told when a community opens, or ask no longer."""
    community, form, who = await asked_for(request), await read_form(request), member(request).actor
    if form.flag("back"):
        await life.drop_notice(who, community)
        flash(request, _("You will not be told."))
    else:
        await life.ask_notice(who, community)
        flash(request, _("You will be told, here and by e-mail, when it opens."))
    return see_other(path_of(community.actor))


async def _changeable(request: Request) -> Community:
    community = await asked_for(request)
    await rules.may_act(member(request).actor, community, rules.Act.CHANGE)
    if not community.actor.local:
        raise NotFound
    return community


@page("GET", "/c/{name}/stage", access=MEMBER)
async def stage_page(request: Request) -> StreamResponse:
    """Show where the community stands, and what it needs to go on."""
    community = await _changeable(request)
    launch = community.launch_date.isoformat() if community.launch_date else ""
    return await _stage(request, community, filled(stage=stages.of(community), launch=launch), Problems())


async def _stage(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "settings")
    met = stages.present(community, await life.count_responsible(community))
    return await render(
        request,
        "communities/stage.html",
        status=422 if problems else 200,
        **values,
        beginning=community.stage in stages.BEGINNINGS,
        needs=[(_(text), met[name], MENDED_AT[name]) for name, text in stages.NEEDS.items()],
        options=[(name, _(text), _(stages.MEANINGS[name])) for name, text in stages.STAGES.items()],
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/stage", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Bring the community to another stage."""
    community, form, problems = await _changeable(request), await read_form(request), Problems()
    launch = read_date(form.text("launch"), problems, "launch")
    if not problems:
        try:
            day = (launch - timedelta(days=1)).date() if launch is not None else None  # it is the end of that day
            await service.change_stage(member(request).actor, community, form.text("stage"), launch=day)
        except FedcopError as error:
            problems.take(error)
    if problems:
        return await _stage(request, await queries.by_id(community.id) or community, form, problems)
    flash(request, _("Saved."))
    return see_other(path_of(community.actor))

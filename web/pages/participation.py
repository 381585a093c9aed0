"""What is counted of members' contributions: chosen by who presides; and each member's own, for their eyes alone."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import rules
from fedcop.communities.charter import versions
from fedcop.communities.models import Community
from fedcop.communities.participation import choosing, criterion, reminding
from fedcop.core.errors import FedcopError, NotFound
from fedcop.core.i18n import _
from fedcop.notifications import service as notifications
from web.keys import member
from web.pages.communities import asked_for, frame
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import path_of, render


@page("GET", "/c/{name}/participation", access=MEMBER)
async def mine(request: Request) -> StreamResponse:
    """Show a member what is asked for and what they contributed; nobody else's."""
    who, community = member(request), await asked_for(request)
    values = await frame(request, community, "about")
    if values["standing"].role is None:
        raise NotFound
    await notifications.saw_participation(who.account, community.id)
    return await render(
        request,
        "communities/participation.html",
        **values,
        expected=(await versions.current_words(community)).expected,
        asked=criterion.of(community),
        made=await reminding.count(community, who.actor),
        exempt=values["standing"].role in reminding.EXEMPT,
    )


@page("POST", "/c/{name}/participation", access=MEMBER)
async def choose(request: Request) -> StreamResponse:
    """Stop reminders of this community, or have them again."""
    community, wanted = await asked_for(request), (await read_form(request)).flag("remind")
    await choosing.choose_reminders(member(request).actor, community, wanted=wanted)
    flash(
        request,
        _("You will be reminded again.") if wanted else _("Understood: this community sends you no more reminders."),
    )
    return see_other(f"{path_of(community.actor)}/participation")


async def _changeable(request: Request) -> Community:
    community = await asked_for(request)
    await rules.may_act(member(request).actor, community, rules.Act.CHANGE)
    if not community.actor.local:
        raise NotFound
    return community


@page("GET", "/c/{name}/participation/change", access=MEMBER)
async def change_page(request: Request) -> StreamResponse:
    """Show what is counted."""
    community = await _changeable(request)
    asked = criterion.of(community)
    typed = {"contributions": asked.contributions, "months": asked.months} if asked else {}
    return await _change(request, community, filled(typed), Problems())


async def _change(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "settings")
    return await render(
        request,
        "communities/participation_change.html",
        status=422 if problems else 200,
        **values,
        expected=(await versions.current_words(community)).expected,
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/participation/change", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Keep what is counted."""
    community, form, problems = await _changeable(request), await read_form(request), Problems()
    said = {name: form.text(name) for name in ("contributions", "months")}
    try:
        await choosing.change_criterion(member(request).actor, community, **said)
    except FedcopError as error:
        problems.take(error)
        return await _change(request, community, form, problems)
    flash(request, _("Saved."))
    return see_other(f"{path_of(community.actor)}/participation/change")

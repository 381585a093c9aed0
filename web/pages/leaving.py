"""Leave a community, and choose whether what one wrote there goes on bearing one's name; that also later, for whoever left or was removed."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import contributions
from fedcop.discussions import service as discussions
from fedcop.discussions.contributions import Contributions
from web.keys import member
from web.pages.communities import asked_for, frame
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import name_of, render

SIGNED, ANONYMISED = "signed", "anonymised"


@page("GET", "/c/{name}/leave", access=MEMBER)
async def leave_page(request: Request) -> StreamResponse:
    """Say what leaving means, and ask."""
    return await _leave(request, await asked_for(request), filled(bears=SIGNED), Problems())


async def _leave(
    request: Request, community: Community, form: FormData, problems: Problems, *, status: int = 200
) -> StreamResponse:
    values = await frame(request, community, "leave")
    membership = values["standing"].membership
    if membership is None:
        raise NotFound
    belongs = membership.state == "active"
    return await render(
        request,
        "communities/leave.html",
        status=status,
        **values,
        form=form,
        problems=problems,
        written=await contributions.count_signed(member(request).actor, community) if belongs else 0,
        options=_options(),
    )


def _options() -> list[tuple[str, str, str]]:
    return [
        (
            SIGNED,
            _("Signed"),
            _("Your name stays on what you wrote. You can still change this later, in your settings."),
        ),
        (ANONYMISED, _("Anonymised"), _("“Former member” stands in place of your name. This cannot be undone.")),
    ]


@page("POST", "/c/{name}/leave", access=MEMBER)
async def leave(request: Request) -> StreamResponse:
    """Leave a community, or take a request back."""
    community, who, problems = await asked_for(request), member(request).actor, Problems()
    form = await read_form(request)
    chosen = form.text("bears", SIGNED)
    if chosen not in (SIGNED, ANONYMISED):
        problems.add("bears", _("Choose whether your name stays."))
        return await _leave(request, community, form, problems, status=422)
    try:
        await (discussions.leave_anonymised if chosen == ANONYMISED else communities.leave)(who, community)
    except Conflict as error:
        problems.take(error)
        return await _leave(request, community, form, problems, status=409)
    flash(request, _("You are no longer a member of %(community)s.", community=community.actor.display_name))
    if chosen == ANONYMISED:
        flash(request, _("Your name is no longer shown on what you wrote there. The organisations concerned are told."))
    return see_other("/communities")


@page("GET", "/settings/contributions", access=MEMBER)
async def left_behind(request: Request) -> StreamResponse:
    """List the communities in which one wrote and to which one does not belong any more."""
    return await render(
        request, "discussions/contributions.html", places=await contributions.where_left(member(request).actor)
    )


@page("GET", "/settings/contributions/{id}", access=MEMBER)
async def ask_to_anonymise(request: Request) -> StreamResponse:
    """Say what becomes of one's name, and what does not, before it is so."""
    return await _ask(request, await _left(request), FormData(), Problems())


async def _left(request: Request) -> Contributions:
    return await contributions.left(member(request).actor, read_id(request.match_info["id"]) or 0)


async def _ask(request: Request, left: Contributions, form: FormData, problems: Problems) -> StreamResponse:
    return await render(
        request,
        "discussions/anonymise.html",
        status=422 if problems else 200,
        left=left,
        form=form,
        problems=problems,
    )


@page("POST", "/settings/contributions/{id}", access=MEMBER)
async def anonymise(request: Request) -> StreamResponse:
    """Take one's name from what one wrote in a community that one left."""
    left, form, problems = await _left(request), await read_form(request), Problems()
    if not form.flag("sure"):
        problems.add("sure", _("Tick that you want this: it cannot be undone."))
        return await _ask(request, left, form, problems)
    await discussions.anonymise(member(request).actor, left.community)
    flash(
        request,
        _(
            "Your name is no longer shown on what you wrote in %(community)s. The organisations concerned are told.",
            community=name_of(left.community.actor),
        ),
    )
    return see_other("/settings/contributions")

"""Report a post or a person to whom one chooses, follow what became of it, and decide about the reports of a community."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.communities.rules import Act
from fedcop.core.errors import Conflict, FedcopError, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import queries as discussions
from fedcop.discussions.models import Post
from fedcop.notifications import service as notifications
from fedcop.people import queries as people
from fedcop.reports import queries, rules, service
from fedcop.reports.models import Report
from web.keys import member
from web.pages import appeals
from web.pages.communities import asked_for, frame
from web.pages.discussions import place_in_thread, post_at
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.paging import after_id, paged
from web.shared.routing import MEMBER, page
from web.shared.templating import path_of, render

ONLY_US = "organisation"


@page("GET", "/p/{id}/report", access=MEMBER)
async def post_form(request: Request) -> StreamResponse:
    """Ask what is wrong with a post, and who should see that."""
    post = await post_at(request)
    return await _form(request, await _author(post), post, FormData(), Problems())


@page("POST", "/p/{id}/report", access=MEMBER, limit="report")
async def report_post(request: Request) -> StreamResponse:
    """Report a post."""
    post = await post_at(request)
    return await _take(request, await _author(post), post, place_in_thread(post))


async def _author(post: Post) -> Actor:
    found = await actors.by_id(post.author_id)
    if found is None:
        raise NotFound
    return found


@page("GET", "/u/{name}/report", access=MEMBER)
async def person_form(request: Request) -> StreamResponse:
    """Ask what is wrong with what a person does, and who should see that."""
    return await _form(request, await _person(request), None, FormData(), Problems())


@page("POST", "/u/{name}/report", access=MEMBER, limit="report")
async def report_person(request: Request) -> StreamResponse:
    """Report a person."""
    person = await _person(request)
    return await _take(request, person, None, path_of(person))


async def _person(request: Request) -> Actor:
    name, _sign, host = request.match_info["name"].partition("@")
    found = await people.visible_person(member(request).actor, name, host)
    if found.gone_at is not None:
        raise NotFound
    return found


async def _form(
    request: Request, target: Actor, post: Post | None, form: FormData, problems: Problems
) -> StreamResponse:
    who = member(request).actor
    if target.id == who.id:
        raise NotFound
    places = await rules.places(who, target, post)
    if "recipient" not in form:
        first = str(places[0].id) if places else ONLY_US
        form = filled(recipient=first, comment=form.text("comment"))
    view = (await discussions.load_posts(who, [post.id]))[0] if post is not None else None
    return await render(
        request,
        "reports/form.html",
        status=422 if problems else 200,
        person=view.author if view is not None else target,
        view=view,
        options=_options(places),
        back=place_in_thread(post) if post is not None else path_of(target),
        form=form,
        problems=problems,
    )


def _options(places: list[Community]) -> list[tuple[str, str, str]]:
    """Say in words who would read the report, and where."""
    found = []
    for one in places:
        where = (
            _("They read your report and your name, wherever they live. Nobody else does.")
            if one.actor.local
            else _(
                "Your report and your name go to %(place)s, where this community lives, and to its responsible people. To nobody else.",
                place=one.actor.host,
            )
        )
        label = _("The responsible people of %(community)s", community=one.actor.display_name or one.actor.name)
        found.append((str(one.id), label, where))
    here = _("Nothing leaves this organisation: its moderators alone read your report.")
    return [*found, (ONLY_US, _("Only my organisation"), here)]


async def _take(request: Request, target: Actor, post: Post | None, back: str) -> StreamResponse:
    form, problems = await read_form(request), Problems()
    chosen = form.text("recipient")
    try:
        await service.report(
            member(request).actor,
            target,
            comment=form.text("comment"),
            post=post,
            # Something that is no choice must not become "only us" unseen.
            community_id=None if chosen == ONLY_US else read_id(chosen) or 0,
            pass_on=form.flag("pass_on"),
        )
    except NotFound:
        raise
    except FedcopError as error:
        problems.take(error)
        return await _form(request, target, post, form, problems)
    flash(request, _("Thank you. You will be told what was decided."))
    return see_other(back)


@page("GET", "/reports", access=MEMBER)
async def mine(request: Request) -> StreamResponse:
    """Show what the viewer reported, and what became of it."""
    who = member(request)
    await notifications.saw_decided_reports(who.account)
    found = await queries.by(who.actor, after=after_id(request) or 0)
    listed = paged(request, found, lambda one: one.id, size=queries.PAGE)
    shown = await queries.with_posts(who.actor, list(listed.items))
    return await render(request, "reports/mine.html", listed=listed, shown=shown)


@page("GET", "/c/{name}/reports", access=MEMBER)
async def of_community(request: Request) -> StreamResponse:
    """Show the reports that wait for the moderators of a community."""
    return await _queue(request, await _mine_to_judge(request), Problems())


async def _mine_to_judge(request: Request) -> Community:
    community = await asked_for(request)
    await community_rules.may_act(member(request).actor, community, Act.DECIDE_REPORTS)
    return community


async def _queue(request: Request, community: Community, problems: Problems) -> StreamResponse:
    who = member(request)
    await notifications.saw_reports(who.account, community.id)
    values = await frame(request, community, "reports")
    waiting = await queries.in_community(who.actor, community)
    return await render(
        request,
        "reports/community.html",
        status=409 if problems else 200,
        **values,
        **await queue_values(who.actor, waiting, await queries.decided_in_community(who.actor, community)),
        **await appeals.queue_values(who.actor, community),
        problems=problems,
    )


async def queue_values(who: Actor, waiting: list[Report], decided: list[Report]) -> dict[str, Any]:
    """Load what "reports/_queue.html" shows."""
    return {"shown": await queries.with_posts(who, waiting), "decided": await queries.with_posts(who, decided)}


@page("POST", "/c/{name}/reports/{report}", access=MEMBER)
async def decide(request: Request) -> StreamResponse:
    """Say what became of a report to a community."""
    community, problems = await _mine_to_judge(request), Problems()
    report = await queries.one(request.match_info["report"], community)
    try:
        await answer(request, report)
    except Conflict as error:
        problems.take(error)
        return await _queue(request, community, problems)
    return see_other(f"{path_of(community.actor)}/reports")


async def answer(request: Request, report: Report) -> None:
    """Do what a moderator's form says about a report; pages of the instance use it too."""
    form, by = await read_form(request), member(request).actor
    if form.text("do") == "pass_on":
        await service.pass_on(by, report)
        flash(request, _("Passed on, without the name of who reported."))
        return
    await service.decide(by, report, acted=form.text("do") == "acted", sentence=form.text("sentence"))
    flash(request, _("Decided. Who reported will read your sentence."))

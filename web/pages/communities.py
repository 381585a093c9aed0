"""Communities: find one, found one, look at it, join, follow. Leaving is leaving.py, who belongs is community_people.py, what moderators did community_care.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp.web import Request, StreamResponse

from activitypub.errors import BadUri
from activitypub.uris import parse_handle
from fedcop.actors.models import Actor
from fedcop.communities import access, life, lookup, queries, roles, rules, service, stages, ties, types
from fedcop.communities.admission import questions, waiting
from fedcop.communities.admission.steps import inviter
from fedcop.communities.models import Community, InvitationLink, Membership
from fedcop.communities.participation import criterion
from fedcop.core import clock
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_, _, format_date, ngettext
from fedcop.digests import rhythms
from fedcop.digests import service as digests
from fedcop.letterbox import rules as letterbox
from fedcop.notifications import service as notifications
from fedcop.notifications import wording
from fedcop.people import queries as people_of
from fedcop.people import service as people
from fedcop.reports import desk
from fedcop.successions import queries as successions
from web.keys import SITE, Viewer, looker, member
from web.middleware.sessions import next_path
from web.pages.letters import rhythm_options
from web.pages.threads import thread_list
from web.shared import charter as charters
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.paging import after
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.shell import Neighbour
from web.shared.stages import stage_said
from web.shared.templating import path_of, render, url

LOOK_FOR = 8.0  # seconds that somebody waits for another server's answer
ROLE_SAID: Mapping[str, str] = {
    roles.PRESIDENT: N_("You preside over this community."),
    roles.COMMITTEE: N_("You are on this community's committee."),
    roles.PERMANENCE: N_("You are this community's permanent office."),
    roles.FACILITATOR: N_("You facilitate this community."),
    roles.EXPERT: N_("You are an expert of this community."),
    roles.SPONSOR: N_("You sponsor this community."),
    roles.MEMBER: N_("You are a member."),
}


async def shell(request: Request, viewer: Viewer) -> dict[str, Any]:
    """Name the viewer's communities in the menu."""
    mine = [place for place in (await ties.places(viewer.actor)).values() if place.belongs]
    return {"my_communities": [Neighbour(one.path, one.title, one.host) for one in mine]}


async def frame(request: Request, community: Community, tab: str) -> dict[str, Any]:
    """Gather what the header of every page of a community shows; templates pass it to communities/_header.html."""
    actor = looker(request)
    standing = await rules.standing(actor, community)
    acts = {act.value: roles.may(standing.seats, act) for act in rules.Act}
    waits = await desk.of(actor, community) if actor and (acts["admit"] or acts["decide_reports"]) else None
    readable = await access.may_read(actor, community)
    return {
        "community": community,
        "standing": standing,
        "place_of": (await ties.places(actor)).get(community.id, ties.NOWHERE) if actor else ties.NOWHERE,
        "may": acts,
        "waiting": waits.requests if waits and acts["admit"] and community.actor.local else 0,
        "reported": waits.reports if waits and acts["decide_reports"] else 0,
        "readable": readable,
        "owes_charter": rules.owes_acceptance(standing.membership, community),
        "counted": _counted(community),
        "tab": tab,
        "in_line": await waiting.place_in_line(community, standing.membership),
        "base": path_of(community.actor),
        "numbers": numbers(community),
        "stage": stages.of(community),
        "stage_said": stage_said(community),
        "noticed": await life.wants_notice(actor, community),
        "onward": await queries.heirs(actor, community),
        "under_way": await successions.shown(actor, community) if readable else None,
        "tab_names": types.tabs(community),
        "tab_titles": types.TABS,
        "role_said": _(ROLE_SAID[standing.role]) if standing.role else "",
        "position_said": position_said,
        "section": "communities",
    }


def _counted(community: Community) -> str:
    asked = criterion.of(community)
    if asked is None:
        return ""
    return wording.asked_for(asked.contributions, asked.months)


def position_said(one: Membership) -> str:
    """Say what somebody does here and until when: "Committee: admissions, themes · until March 3, 2027"."""
    said = _(roles.ROLES.get(one.role, roles.ROLES[roles.MEMBER]))
    detail = one.field or ", ".join(
        _(roles.DUTIES[duty]).lower() for duty in one.duties.split() if duty in roles.DUTIES
    )
    said = _("%(role)s: %(detail)s", role=said, detail=detail) if detail else said
    if one.until is None:
        return said
    if one.until > clock.now():
        return f"{said} · {_('until %(date)s', date=format_date(one.until))}"
    return f"{said} · {_('until somebody else is named')}"


def numbers(community: Community) -> str:
    """Say how big a community is: "479 members, 61 of them on 4 other organisations"."""
    members, elsewhere, places = community.members_count, community.elsewhere_count, community.organisations_count
    if not community.actor.local and not community.accepts_joins:
        return ngettext("%(count)s follower", "%(count)s followers", community.followers_count)
    said = ngettext("%(count)s member", "%(count)s members", members)
    if not elsewhere:
        return said
    there = ngettext(
        "%(count)s of them on another organisation", "%(count)s of them on another organisation", elsewhere
    )
    if places > 1:
        there = ngettext(
            "%(people)s of them on %(count)s other organisation",
            "%(people)s of them on %(count)s other organisations",
            places,
            people=elsewhere,
        )
    return _("%(members)s, %(elsewhere)s", members=said, elsewhere=there)


def usual_delay(community: Community) -> str:
    """Say how long requests usually wait here; nothing while nobody knows."""
    hours = community.answer_hours
    if hours is None or community.join_policy != "request":
        return ""
    if hours < 24:
        return _("usual answer: within a day")
    return ngettext("usual answer: %(count)s day", "usual answer: %(count)s days", round(hours / 24))


async def asked_for(request: Request) -> Community:
    """Load the community that the path names, with the viewer's rights."""
    return await queries.visible_community(looker(request), request.match_info["name"])


@page("GET", "/communities", access=ANYONE, kept=True)
async def find(request: Request) -> StreamResponse:
    """List communities of here and elsewhere that the viewer may find."""
    return await _list(request, FormData(), Problems())


async def _list(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    actor = looker(request)
    words = request.query.get("q", "").strip()[:100]
    where = request.query.get("where", "all")
    where = where if where in ("here", "elsewhere") else "all"
    kind = request.query.get("kind", "")
    kind = kind if kind in rules.KINDS else ""
    found = await queries.find(actor, words=words, where=where, kind=kind, after=after(request))
    more = (
        url("/communities", q=words, where=where if where != "all" else "", kind=kind, after=found.after)
        if found.after
        else ""
    )
    return await render(
        request,
        "communities/list.html",
        status=422 if problems else 200,
        section="communities",
        found=found.communities,
        places=await queries.memberships(actor, found.communities),
        invitations=await queries.invitations(actor) if actor is not None else [],
        numbers=numbers,
        stage_of=stages.of,
        stage_said=stage_said,
        may_found=actor is not None and await may_found(actor),
        kinds=rules.KINDS,
        search=filled(q=words, where=where, kind=kind),
        narrowed=bool(words or kind or where != "all"),
        more=more,
        form=form,
        problems=problems,
    )


async def may_found(actor: Actor) -> bool:
    """Tell whether to offer founding a community to somebody."""
    try:
        await rules.may_found(actor)
    except Forbidden:
        return False
    return True


@page("POST", "/communities/find", access=MEMBER, limit="search")
async def find_elsewhere(request: Request) -> StreamResponse:
    """Ask another server for a community by its address."""
    form, problems = await read_form(request), Problems()
    text = form.text("handle")[:500]
    if lookup.LINK.fullmatch(text):
        return see_other(url("/join", link=text))
    try:
        handle = parse_handle(text)
    except BadUri:
        if not text.startswith("https://"):
            problems.add(
                "handle", _("Write an address like !soil@coop.example, or paste the address of the community's page.")
            )
            return await _list(request, form, problems)
        handle = None
    site = request.app[SITE]
    done = await site.runner.wait_for(await lookup.ask_for(text), LOOK_FOR)
    community = await queries.visible_by_address(member(request).actor, str(handle or text))
    if community is not None:
        return see_other(path_of(community.actor))
    if done:
        problems.add(
            "handle",
            _("We found no community at this address. Check the spelling, or ask the people who gave it to you."),
        )
    else:
        problems.add("handle", _("The other server does not answer. We keep asking: try again in a minute."))
    return await _list(request, form, problems)


@page("GET", "/c/{name}", access=ANYONE, kept=True)
async def show(request: Request) -> StreamResponse:
    """Show what is said in a community."""
    name = request.match_info["name"]
    try:
        community = await asked_for(request)
    except NotFound:
        if "@" not in name or looker(request) is None:
            raise
        return await render(request, "communities/unknown.html", status=404, section="communities", handle=f"!{name}")
    if looker(request) is not None:
        await notifications.saw_community(member(request).account, community.id)
    values = await frame(request, community, "threads")
    leaders = await queries.leaders(community) if values["readable"] or community.actor.local else []
    listed = await thread_list(request, community)
    response = await render(
        request,
        "communities/show.html",
        **{**listed, **values},
        leaders=leaders,
        by_mail=listed.get("may_write", False) and letterbox.is_offered(community),
    )
    actor = looker(request)
    if actor is not None and values["standing"].role:
        await lookup.freshen(community)
    return response


@page("GET", "/c/{name}/about", access=ANYONE, kept=True)
async def about(request: Request) -> StreamResponse:
    """Say what a community is for, who is responsible, and who may do what."""
    community = await asked_for(request)
    values = await frame(request, community, "about")
    leaders = await queries.leaders(community) if values["readable"] or community.actor.local else []
    return await render(
        request,
        "communities/about.html",
        **values,
        tie=await people_of.relationship(looker(request), community.actor),
        leaders=leaders,
        charter=await charters.current(community, 3),
        acts=[(label, _who_may(community, act)) for act, label in roles.ACTS.items()],
        kinds=rules.KINDS,
        joining=rules.JOINING,
        visibility=rules.VISIBILITY,
        posting=rules.POSTING,
        languages=rules.LANGUAGES,
    )


def _who_may(community: Community, act: roles.Act) -> str:
    """Say whose role may do an act here, by the table."""
    seats = [seat for seat in roles.SEATS if rules.may_here(frozenset((seat,)), act, community)]
    return _("All members") if len(seats) == len(roles.SEATS) else ", ".join(_(label) for label in roles.named(seats))


@page("GET", "/c/{name}/join", access=MEMBER)
async def join_page(request: Request) -> StreamResponse:
    """Explain following and joining, and let the viewer choose."""
    form = filled(rhythm=rhythms.BY_DEFAULT, next=request.query.get("next"))
    return await join_form(request, await asked_for(request), form, Problems())


async def join_form(
    request: Request, community: Community, form: FormData, problems: Problems, link: InvitationLink | None = None
) -> StreamResponse:
    """Show the form to join, to somebody who came by themselves or by an invitation link."""
    values = await frame(request, community, "join")
    charter = await charters.current(community, 4)
    status = 422 if problems else 200
    return await render(
        request,
        "communities/join.html",
        status=status,
        **values,
        charter=charter,
        asked=questions.of(community),
        delay=usual_delay(community),
        full=waiting.looks_full(community),
        link=link,
        rhythms=rhythm_options(),
        inviter=await inviter(values["standing"].membership, community),
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/join", access=MEMBER)
async def join(request: Request) -> StreamResponse:
    """Become a member, ask to, or accept an invitation."""
    form, problems, actor = await read_form(request), Problems(), member(request).actor
    code, rhythm = form.text("code"), form.chosen("rhythm", rhythms.LABELS, rhythms.BY_DEFAULT)
    community = await queries.visible_community(actor, request.match_info["name"], code=code)
    link = await access.link_of(community, code) if code else None
    try:
        given = {one.key: form.text(one.field) for one in questions.of(community)}
        accepted = (form.number("charter_version") or 0) if form.flag("agreed") else 0
        membership = await service.join(
            actor, community, form.text("message"), given=given, code=code, accepted=accepted
        )
    except (Forbidden, Invalid) as error:
        problems.take(error)
        return await join_form(request, community, form, problems, link)
    await digests.choose_one(member(request).account, community, rhythm)
    if membership.state == "active":
        flash(request, _("Welcome. You are a member of %(community)s.", community=community.actor.display_name))
    elif membership.state == "waiting":
        flash(request, _("All places are taken. You are on the waiting list and will be told when it is your turn."))
    else:
        delay = usual_delay(community)
        flash(
            request,
            _("Request sent — %(delay)s.", delay=delay)
            if delay
            else _("Your request was sent. You will be told here what the moderators decide."),
        )
    return see_other(_onward(request, form, community))


def _onward(request: Request, form: FormData, community: Community) -> str:
    """Give the page that the form names as the next one, else the community's."""
    path = next_path(request, form.text("next"))
    return path if path != "/" else path_of(community.actor)


@page("POST", "/c/{name}/decline", access=MEMBER)
async def decline_invitation(request: Request) -> StreamResponse:
    """Say no to an invitation."""
    community = await asked_for(request)
    await service.decline_invitation(member(request).actor, community)
    flash(request, _("You declined the invitation."))
    return see_other("/communities")


@page("POST", "/c/{name}/follow", access=MEMBER)
async def follow(request: Request) -> StreamResponse:
    """Receive a community's public posts without joining it."""
    community = await asked_for(request)
    if community.visibility != access.PUBLIC:
        raise Forbidden(
            N_("Only members read a private community: there is nothing to follow. Ask to join instead."), "private"
        )
    done = await people.follow(member(request).actor, community.actor)
    if done.state == "accepted" or community.actor.local:
        flash(
            request,
            _(
                "You follow %(community)s: its public posts appear on your home page.",
                community=community.actor.display_name,
            ),
        )
    else:
        flash(
            request,
            _("We asked %(host)s. Posts will appear on your home page once it answers.", host=community.actor.host),
        )
    return see_other(_onward(request, await read_form(request), community))


@page("POST", "/c/{name}/unfollow", access=MEMBER)
async def unfollow(request: Request) -> StreamResponse:
    """Stop receiving a community's public posts."""
    community = await asked_for(request)
    await people.unfollow(member(request).actor, community.actor)
    flash(request, _("You no longer follow %(community)s.", community=community.actor.display_name))
    return see_other(path_of(community.actor))

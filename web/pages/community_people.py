"""Who belongs to a community: the list of members, requests, invitations, roles, removals and bans."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.alliances import queries as alliances
from fedcop.communities import access, queries, roles, rules, service
from fedcop.communities.admission import confirming, exchange, steps
from fedcop.communities.admission.waiting import line
from fedcop.communities.models import Community, Membership
from fedcop.core import clock
from fedcop.core.errors import FedcopError, Invalid, NotFound
from fedcop.core.i18n import _, ngettext
from fedcop.notifications import service as notifications
from web.keys import member
from web.pages.communities import asked_for, frame
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.moments import read_date
from web.shared.paging import after_id, paged
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import path_of, render

SIZE = 40


@page("GET", "/c/{name}/members", access=ANYONE)
async def members(request: Request) -> StreamResponse:
    """List who belongs to a community."""
    community = await asked_for(request)
    values = await frame(request, community, "members")
    if not values["readable"]:
        raise NotFound
    words = request.query.get("q", "").strip()[:100]
    found = await queries.members(community, after=after_id(request) or 0, limit=SIZE + 1, words=words)
    page_ = paged(request, found, lambda one: one.id, size=SIZE)
    leaders = [] if words or not page_.first else await queries.leaders(community)
    return await render(
        request,
        "communities/members.html",
        **values,
        members=page_,
        leaders=leaders,
        committee=await _committee_hint(community) if values["may"]["appoint"] and community.actor.local else "",
        search=filled(q=words),
        complete=community.actor.local,
    )


async def _committee_hint(community: Community) -> str:
    """Say to who gives roles that a committee is small or big; any size works."""
    size = sum(one.role == roles.COMMITTEE for one in await queries.leaders(community))
    least, most = roles.COMMITTEE_SIZE
    if least <= size <= most:
        return ""
    return ngettext(
        "The committee has %(count)s person. Five to eight share the four duties well.",
        "The committee has %(count)s people. Five to eight share the four duties well.",
        size,
    )


@page("GET", "/c/{name}/requests", access=MEMBER)
async def requests(request: Request) -> StreamResponse:
    """Show who asks to join, and who was invited and has not answered."""
    community = await mine_to(request, rules.Act.ADMIT)
    await notifications.saw_requests(member(request).account, community.id)
    return await _requests(request, community, FormData(), Problems())


async def mine_to(request: Request, act: rules.Act) -> Community:
    """Load a community in which the viewer may do something."""
    community = await asked_for(request)
    await rules.may_act(member(request).actor, community, act)
    return community


async def _requests(
    request: Request, community: Community, form: FormData, problems: Problems, wrong: int = 0
) -> StreamResponse:
    values = await frame(request, community, "requests")
    asking = await queries.requests(community)
    first = await _first_of_their_server(community, asking)
    return await render(
        request,
        "communities/requests.html",
        status=422 if problems else 200,
        **values,
        asking=asking,
        first=first,
        alliances=await alliances.with_hosts(sorted({one.actor.host for one in asking if one.id in first})),
        agreed=partial(alliances.holds, moment=clock.now()),
        said=await steps.exchanges(community, asking),
        kinds=steps.KINDS,
        wrong=wrong,
        invited=await queries.invited(community),
        held=await confirming.waiting(community),
        roles=roles.ROLES,
        queue=await line(community),
        form=form,
        problems=problems,
    )


async def _first_of_their_server(community: Community, asking: list[Membership]) -> set[int]:
    """Name the requests that would let a new server read a private community: people should know before they say yes."""
    if community.visibility == access.PUBLIC or not community.actor.local:
        return set()
    reading = await access.reading_hosts(community)
    return {one.id for one in asking if not one.actor.local and one.actor.host not in reading}


@page("POST", "/c/{name}/requests/{membership}", access=MEMBER)
async def answer(request: Request) -> StreamResponse:
    """Accept a request, ask something first, or decline it with a sentence; also takes an invitation back."""
    community, form = await mine_to(request, rules.Act.ADMIT), await read_form(request)
    membership = await queries.membership_by_id(community, request.match_info["membership"])
    actor, name = member(request).actor, membership.actor.display_name or membership.actor.name
    if form.text("answer") == "accept":
        done = await service.admit(actor, membership)
        flash(
            request,
            _("%(name)s is a member now.", name=name)
            if done.state == "active"
            else _("All places are taken: %(name)s is on the waiting list.", name=name),
        )
    elif form.text("answer") == "confirm":
        await confirming.confirm(actor, membership)
        flash(request, _("%(name)s is a member again.", name=name))
    elif form.text("answer") == "let-go":
        await confirming.let_go(actor, membership, form.text("reason"))
        flash(request, _("%(name)s is no longer a member.", name=name))
    elif form.text("answer") == "ask":
        problems = Problems()
        try:
            await exchange.ask(actor, membership, form.text("reason"))
        except FedcopError as error:
            problems.take(error)
            return await _requests(request, community, form, problems, membership.id)
        flash(request, _("%(name)s will read your question.", name=name))
    else:
        await service.decline(actor, membership, form.text("reason"))
        flash(
            request,
            _("%(name)s will read your answer.", name=name)
            if membership.state != "invited"
            else _("The invitation was taken back."),
        )
    return see_other(f"{path_of(community.actor)}/requests")


@page("GET", "/c/{name}/members/{person}", access=MEMBER)
async def manage_page(request: Request) -> StreamResponse:
    """Show what a moderator can do about one person."""
    community = await mine_to(request, rules.Act.REMOVE_MEMBER)
    person = await _person_in_path(request)
    membership = await queries.membership(community, person)
    return await _manage(request, community, person, _form_of(membership), Problems())


def _form_of(membership: Membership | None) -> FormData:
    """Fill the form of a person's role with what they have."""
    position = roles.Position.of(membership) if membership is not None else roles.Position(roles.MEMBER)
    ends = (position.until - timedelta(days=1)).strftime("%Y-%m-%d") if position.until is not None else ""
    return filled(role=position.role, duties=position.duties.split(), field=position.field, mandate=ends, until="")


async def _person_in_path(request: Request) -> Actor:
    name, _at, host = request.match_info["person"].partition("@")
    found = await (actors.by_handle(name, host, "Person") if host else actors.local_by_name(name))
    if found is None or found.kind == "Group":
        raise NotFound
    return found


async def _manage(
    request: Request, community: Community, person: Actor, form: FormData, problems: Problems
) -> StreamResponse:
    values = await frame(request, community, "members")
    return await render(
        request,
        "communities/manage.html",
        status=422 if problems else 200,
        **values,
        person=person,
        membership=await queries.membership(community, person),
        ban=await queries.active_ban(community, person),
        roles=roles.ROLES,
        duties=roles.DUTIES,
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/members/{person}", access=MEMBER)
async def manage(request: Request) -> StreamResponse:
    """Give a role, warn, suspend, remove, ban, and undo."""
    community, form, problems = await asked_for(request), await read_form(request), Problems()
    person = await _person_in_path(request)
    try:
        said = await _manage_person(request, community, person, form, problems)
    except FedcopError as error:
        problems.take(error)
    if problems:
        await rules.may_act(member(request).actor, community, rules.Act.REMOVE_MEMBER)
        if form.text("do") != "role":  # the other forms of the page show what is so now
            now = _form_of(await queries.membership(community, person))
            form = FormData([*form, *(pair for pair in now if pair[0] not in form)])
        return await _manage(request, community, person, form, problems)
    flash(request, said)
    return see_other(f"{path_of(community.actor)}/members")


async def _manage_person(
    request: Request, community: Community, person: Actor, form: FormData, problems: Problems
) -> str:
    by, what, name = member(request).actor, form.text("do"), person.display_name or person.name
    if what == "role":
        mandate = read_date(form.text("mandate"), problems, "mandate")
        if problems:
            return ""
        await _appoint(by, community, person, form, mandate)
        return _("%(name)s has a new role.", name=name)
    if what == "unban":
        await service.unban(by, community, person, form.text("reason"))
        return _("%(name)s may take part again.", name=name)
    if what == "warn":
        await service.warn(by, community, person, form.text("warning"))
        return _("%(name)s was warned, in private.", name=name)
    field = {"ban": "ban_reason", "suspend": "suspend_reason"}.get(what, "reason")
    if not form.text(field):
        problems.add(field, _("Write the reason: the person and the public log show it."))
        return ""
    if what == "remove":
        await service.remove_member(by, community, person, form.text(field))
        return _("%(name)s is no longer a member.", name=name)
    if what == "suspend":
        return await _suspend(by, community, person, form, problems)
    until = read_date(form.text("until"), problems)
    if problems:
        return ""
    await service.ban(by, community, person, form.text(field), until)
    return _("%(name)s is banned.", name=name)


async def _suspend(by: Actor, community: Community, person: Actor, form: FormData, problems: Problems) -> str:
    until = read_date(form.text("suspend_until"), problems, "suspend_until")
    if until is None:
        problems.add("suspend_until", _("Write a date like 2026-03-01 or 01/03/2026."))
        return ""
    await service.suspend(by, community, person, form.text("suspend_reason"), until)
    return _("%(name)s is suspended.", name=person.display_name or person.name)


async def _appoint(by: Actor, community: Community, person: Actor, form: FormData, until: datetime | None) -> None:
    role, duties, field = form.text("role"), form.texts("duties"), form.text("field")
    try:
        await service.appoint(by, community, person, role, duties=duties, field=field, until=until)
    except Invalid as error:
        if "until" in error.errors:  # a ban has a field of this name
            error.errors["mandate"] = error.errors.pop("until")
        raise

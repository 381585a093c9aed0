"""The charter of a community: read it, accept it, change it, see what changed."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries, rules, service
from fedcop.communities.admission import steps
from fedcop.communities.charter import versions, words
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, FedcopError, NotFound
from fedcop.core.i18n import N_, _
from fedcop.core.ids import read_id
from fedcop.notifications import service as notifications
from web.keys import looker, member
from web.pages.communities import asked_for, frame
from web.shared import charter as charters
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import path_of, render

RIGHTS = (
    ("no", N_("No: it only says the same more clearly, or adds advice"), N_("Members are told.")),
    (
        "yes",
        N_("Yes: something is allowed, forbidden or expected that was not before"),
        N_("Members are told, and accept the new charter before they write here again. They can read all the while."),
    ),
)


@page("GET", "/c/{name}/charter", access=ANYONE)
async def show(request: Request) -> StreamResponse:
    """Show the charter, and let a member accept it who has to."""
    community = await asked_for(request)
    if looker(request) is not None:
        await notifications.saw_charter(member(request).account, community.id)
    return await _show(request, community, FormData(), Problems())


async def _show(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "about")
    owing = await versions.count_owing(community) if values["may"]["change"] and community.actor.local else 0
    return await render(
        request,
        "communities/charter.html",
        status=422 if problems else 200,
        **values,
        charter=await charters.current(community, 3),
        owing=owing,
        recorded=await _recorded(request, community, values["standing"]),
        form=form,
        problems=problems,
    )


async def _recorded(request: Request, community: Community, standing: rules.Standing) -> bool:
    """Tell whether there is a record of one's consent: who founded a community was asked nothing."""
    who = looker(request)
    if who is None or standing.membership is None or not standing.membership.charter_accepted:
        return False
    return bool(await steps.of(community, who))


@page("POST", "/c/{name}/charter", access=MEMBER)
async def accept(request: Request) -> StreamResponse:
    """Accept the charter as it is now."""
    community, form, problems = await asked_for(request), await read_form(request), Problems()
    if not form.flag("agreed"):
        problems.add("agreed", _("Read the charter, then tick this box."))
        return await _show(request, community, form, problems)
    try:
        await service.accept_charter(member(request).actor, community, form.number("charter_version") or 0)
    except Conflict as error:
        problems.add("agreed", error.for_people())
        return await _show(request, community, form, problems)
    flash(request, _("Thank you. You accepted version %(number)s of the charter.", number=community.charter_version))
    return see_other(path_of(community.actor))


@page("GET", "/c/{name}/charter/versions", access=ANYONE)
async def history(request: Request) -> StreamResponse:
    """List the versions, and say in words what differs between two of them."""
    community = await asked_for(request)
    values = await frame(request, community, "about")
    found = await versions.history(community)
    if not found:
        raise NotFound
    numbers = {one.number: one for one in found}
    after = numbers.get(read_id(request.query.get("after", "")) or found[0].number, found[0])
    previous = next((one for one in found if one.number < after.number), after)
    before = numbers.get(read_id(request.query.get("before", "")) or previous.number, previous)
    return await render(
        request,
        "communities/charter_versions.html",
        **values,
        versions=found,
        before=before,
        after=after,
        differences=words.compare(versions.words_of(before), versions.words_of(after)),
        parts=words.PARTS,
        options=[(one.number, _("Version %(number)s", number=one.number)) for one in found],
        form=filled(before=before.number, after=after.number),
    )


async def _changeable(request: Request) -> Community:
    community = await asked_for(request)
    await rules.may_act(member(request).actor, community, rules.Act.CHANGE)
    if not community.actor.local:
        raise NotFound
    return community


def typed(form: FormData) -> words.Charter:
    """Read a charter from a form."""
    return words.typed(form.text("may"), form.text("may_not"), form.text("expected"), form.text("charter"))


def fields_of(charter: words.Charter) -> dict[str, object]:
    """Give the fields that `typed` reads."""
    return {
        "may": "\n".join(charter.may),
        "may_not": "\n".join(charter.may_not),
        "expected": charter.expected,
        "charter": charter.text,
    }


@page("GET", "/c/{name}/charter/change", access=MEMBER)
async def change_page(request: Request) -> StreamResponse:
    """Show the charter to be changed; the first one begins with a suggestion."""
    community = await _changeable(request)
    said = await versions.current_words(community) if community.charter_version else words.suggested()
    return await _change(request, community, filled(fields_of(said), after=community.charter_version), Problems())


async def _change(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "settings")
    return await render(
        request,
        "communities/charter_change.html",
        status=422 if problems else 200,
        **values,
        rights=[(value, _(text), _(hint)) for value, text, hint in RIGHTS],
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/charter/change", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Make a new version."""
    community, form, problems = await _changeable(request), await read_form(request), Problems()
    before = community.charter_version
    try:
        await service.change_charter(
            member(request).actor,
            community,
            typed(form),
            changed=form.text("changed"),
            rights={"yes": True, "no": False}.get(form.text("rights")),
            after=form.number("after") or 0,
        )
    except FedcopError as error:
        problems.take(error)
        community = await queries.by_id(community.id) or community
        if isinstance(error, Conflict):  # told so, one may go on from the newest version with what one has typed
            form = filled(dict(form) | {"after": community.charter_version})
        return await _change(request, community, form, problems)
    if community.charter_version == before:
        flash(request, _("Nothing was changed."))
    else:
        flash(request, _("This is version %(number)s now. Members are told.", number=community.charter_version))
    return see_other(f"{path_of(community.actor)}/charter")

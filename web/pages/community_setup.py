"""Begin a community, change its page and rules."""

from __future__ import annotations

from dataclasses import replace

from aiohttp.web import Request, StreamResponse

from fedcop.communities import card, naming, rules, service, stages, types
from fedcop.communities.charter import words
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _, language
from web.keys import member
from web.pages.charter import fields_of, typed
from web.pages.communities import asked_for, frame
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import path_of, render

CARD = (
    "title",
    "name",
    "purpose",
    "kind",
    "join_policy",
    "visibility",
    "posting",
    "holds",
    "language",
    "stage",
    "accent",
    "sponsor",
    "calls_a_month",
)
CHOICES = {
    "kinds": rules.KINDS,
    "joining": rules.JOINING,
    "visibility": rules.VISIBILITY,
    "posting": rules.POSTING,
    "holds": rules.HOLDS,
    "languages": rules.LANGUAGES,
    "calls": rules.CALLS,
}


@page("GET", "/communities/new", access=MEMBER)
async def new(request: Request) -> StreamResponse:
    """Begin a community, with what suits its type; `?kind=` chooses it."""
    try:
        await rules.may_found(member(request).actor)
    except Forbidden as error:
        return await render(
            request, "communities/no_founding.html", status=403, section="communities", why=error.for_people()
        )
    wanted = request.query.get("kind", "")
    kind = wanted if wanted in rules.KINDS else "practice"
    begun = replace(words.suggested(), expected=_(types.of(kind).expected))
    return await _new(
        request,
        filled(card.defaults(kind=kind), title="", name="", language=language().split("-")[0], **fields_of(begun)),
        Problems(),
    )


async def _new(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    status = 422 if problems else 200
    return await render(
        request,
        "communities/new.html",
        status=status,
        section="communities",
        example=types.of(form.text("kind")).example,
        beginnings=[(name, _(stages.STAGES[name]), _(stages.MEANINGS[name])) for name in stages.BEGINNINGS],
        form=form,
        problems=problems,
        **CHOICES,
    )


@page("POST", "/communities/new", access=MEMBER)
async def found(request: Request) -> StreamResponse:
    """Found the community, or say what is missing."""
    form, problems = await read_form(request), Problems()
    fields = {name: form.text(name) for name in CARD if name in form}
    try:
        community = await service.found(member(request).actor, charter=typed(form), **{"title": "", **fields})
    except Invalid as error:
        problems.take(error)
    except Conflict as error:
        problems.add("name", error.for_people())
    else:
        flash(request, _("Your community is open. Invite the first people, then ask a question you really have."))
        return see_other(path_of(community.actor))
    if problems.of("name") and not form.text("name"):
        # The name came from the title: show it, so that it can be changed.
        form = filled({**dict(form), "name": naming.suggest(form.text("title"))})
    return await _new(request, form, problems)


@page("GET", "/c/{name}/settings", access=MEMBER)
async def settings_page(request: Request) -> StreamResponse:
    """Show what can be changed."""
    community = await _changeable(request)
    return await _settings(request, community, filled(_fields_of(community)), Problems())


async def _changeable(request: Request) -> Community:
    community = await asked_for(request)
    await rules.may_act(member(request).actor, community, rules.Act.CHANGE)
    if not community.actor.local:
        raise NotFound
    return community


def _fields_of(community: Community) -> dict[str, object]:
    shown = types.tabs(community)
    return {**card.of(community), "tabs": shown, "first_tab": shown[0]}


async def _settings(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "settings")
    status = 422 if problems else 200
    return await render(
        request,
        "communities/settings.html",
        status=status,
        example="",
        form=form,
        problems=problems,
        **values,
        **CHOICES,
    )


@page("POST", "/c/{name}/settings", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Change a community's page and rules."""
    community, form, problems = await _changeable(request), await read_form(request), Problems()
    fields = {name: form.text(name) for name in CARD if name in form and name not in ("name", "stage")}
    fields["tabs"] = types.chosen(form.texts("tabs"), form.text("first_tab"))
    try:
        await service.change(member(request).actor, community, **fields)
    except FedcopError as error:
        problems.take(error)
        return await _settings(request, await asked_for(request), form, problems)
    flash(request, _("Saved."))
    return see_other(f"{path_of(community.actor)}/about")

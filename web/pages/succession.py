"""Split a community or merge it into another one: the president's forms, what the other president is asked, what members choose."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import rules
from fedcop.communities.models import Community
from fedcop.communities.roles import Act, may
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _, ngettext
from fedcop.successions import queries, service
from fedcop.successions.models import Succession
from fedcop.successions.service import Daughter, Plan
from web.keys import looker, member
from web.pages.communities import asked_for, frame
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import path_of, render

FIELDS = ("title", "name", "purpose", "tags")


async def _ending(request: Request) -> Community:
    community = await asked_for(request)
    await rules.may_act(member(request).actor, community, Act.CHANGE)
    if not community.actor.local:
        raise NotFound
    return community


@page("GET", "/c/{name}/split", access=MEMBER)
async def split_page(request: Request) -> StreamResponse:
    """Ask into which communities."""
    community = await _ending(request)
    if await queries.running(community) is not None:
        return see_other(f"{path_of(community.actor)}/succession")
    return await _split_form(request, community, filled(days=service.USUAL_DAYS, rest="2"), Problems())


async def _split_form(
    request: Request, community: Community, form: FormData, problems: Problems, planned: Plan | None = None
) -> StreamResponse:
    values = await frame(request, community, "settings")
    counted = await queries.count_threads(community, planned.tags, planned.rest) if planned is not None else []
    return await render(
        request,
        "communities/split.html",
        status=422 if problems else 200,
        **values,
        form=form,
        problems=problems,
        plan=planned,
        going=list(zip(planned.daughters, planned.tags, counted, strict=True)) if planned is not None else [],
        names=[f"{field}_{number}" for number in range(1, service.MOST + 1) for field in FIELDS] + ["rest", "days"],
        most=service.MOST,
        usual=await queries.usual_tags(community),
    )


def _daughters(form: FormData) -> tuple[list[Daughter], int]:
    """Read the daughters: the third and fourth count if something is written there. Which takes the rest, as its place."""
    found: list[Daughter] = []
    rest = -1
    for number in range(1, service.MOST + 1):
        said = {field: form.text(f"{field}_{number}")[:1000] for field in FIELDS}
        if number > service.FEWEST and not any(said.values()):
            continue
        if form.text("rest") == str(number):
            rest = len(found)
        tags = tuple(said.pop("tags").replace(",", " ").replace(";", " ").split())
        found.append(Daughter(**said, tags=tags))
    return found, rest


@page("POST", "/c/{name}/split", access=MEMBER)
async def split(request: Request) -> StreamResponse:
    """Show what would go where, then do it."""
    community, form, problems, who = await _ending(request), await read_form(request), Problems(), member(request).actor
    daughters, rest = _daughters(form)
    planned = None
    try:
        planned = await service.plan(who, community, daughters, rest=rest, days=form.text("days"))
        if form.text("step") == "confirm":
            await service.split(who, community, planned)
            flash(request, _("The new communities are founded, and all members are invited."))
            return see_other(f"{path_of(community.actor)}/succession")
    except (Invalid, Conflict, Forbidden) as error:
        planned = None
        problems.take(error)
    again = None if form.text("step") == "change" else planned
    return await _split_form(request, community, form, problems, again)


@page("GET", "/c/{name}/merge", access=MEMBER)
async def merge_page(request: Request) -> StreamResponse:
    """Ask into which community."""
    community = await _ending(request)
    if await queries.running(community) is not None:
        return see_other(f"{path_of(community.actor)}/succession")
    return await _merge_form(request, community, filled(days=service.USUAL_DAYS), Problems())


async def _merge_form(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "settings")
    return await render(
        request,
        "communities/merge.html",
        status=422 if problems else 200,
        **values,
        form=form,
        problems=problems,
        threads=ngettext("%(count)s discussion", "%(count)s discussions", community.threads_count),
    )


@page("POST", "/c/{name}/merge", access=MEMBER)
async def merge(request: Request) -> StreamResponse:
    """Propose it."""
    community, form, problems, who = await _ending(request), await read_form(request), Problems(), member(request).actor
    heir = await _named(who, form.text("heir"))
    if heir is None:
        problems.add("heir", _("We know no such community here. Write its name, like !soil."))
        return await _merge_form(request, community, form, problems)
    try:
        made = await service.propose_merge(who, community, heir, days=form.text("days"))
    except (Invalid, Conflict, Forbidden) as error:
        problems.take(error)
        return await _merge_form(request, community, form, problems)
    if made.state == "open":
        flash(request, _("All members are invited."))
    else:
        flash(request, _("Proposed. Those who preside over the other community are asked."))
    return see_other(f"{path_of(community.actor)}/succession")


async def _named(who: Actor, text: str) -> Community | None:
    name = text.strip().lstrip("!").partition("@")[0]
    try:
        return await communities.visible_community(who, name) if name else None
    except NotFound:
        return None


@page("GET", "/c/{name}/succession", access=ANYONE)
async def succession_page(request: Request) -> StreamResponse:
    """Show what is about to happen, and what one is asked."""
    community, found = await _under_way(request)
    values = await frame(request, community, "about")
    if not values["readable"]:
        raise NotFound
    heirs = [one.community for one in await queries.heirs(found)]
    standings = [await rules.standing(looker(request), heir) for heir in heirs]
    return await render(
        request,
        "communities/succession.html",
        **values,
        succession=found,
        mother=found.mother,
        mother_path=path_of(found.mother.actor),
        choices=await queries.choices(found, looker(request)),
        of_mother=await communities.is_member(found.mother, looker(request)),
        rules_mother=await _may_change(request, found.mother),
        rules_heir=any(may(one.seats, Act.CHANGE) for one in standings),
    )


async def _may_change(request: Request, community: Community) -> bool:
    return may((await rules.standing(looker(request), community)).seats, Act.CHANGE)


async def _under_way(request: Request) -> tuple[Community, Succession]:
    community = await asked_for(request)
    found = await queries.shown(looker(request), community)
    if found is None:
        raise NotFound
    return community, found


@page("POST", "/c/{name}/succession", access=MEMBER)
async def decide(request: Request) -> StreamResponse:
    """Agree or refuse, end the choice, call it off."""
    community, found = await _under_way(request)
    form, who = await read_form(request), member(request).actor
    acts: dict[str, Any] = {
        "agree": (
            lambda: service.answer_merge(who, found, agreed=True),
            _("Agreed. The members of the other community are invited."),
        ),
        "refuse": (lambda: service.answer_merge(who, found, agreed=False), _("Refused.")),
        "finish": (lambda: service.finish_now(who, found), _("The discussions are on their way.")),
        "off": (lambda: service.call_off(who, found), _("Called off. All stays as it was.")),
    }
    if form.text("do") not in acts:
        raise NotFound
    act, said = acts[form.text("do")]
    try:
        await act()
        flash(request, said)
    except Conflict as error:
        flash(request, error.for_people(), kind="error")
    return see_other(path_of(community.actor))

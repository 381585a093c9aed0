"""The door of a community: the questions it asks, and what somebody who asks to join sees of their request."""

from __future__ import annotations

import json

from aiohttp.web import Request, Response, StreamResponse

from fedcop.communities import rules
from fedcop.communities.admission import consent, exchange, questions, setting, steps, waiting
from fedcop.communities.charter import words
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError, Invalid, NotFound
from fedcop.core.i18n import N_, _
from fedcop.notifications import service as notifications
from web.keys import member
from web.pages.communities import asked_for, frame, usual_delay
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import path_of, render

STATES = {
    "asked": N_("Your request waits for an answer."),
    "waiting": N_("All places are taken. You are on the waiting list and will be told when it is your turn."),
    "invited": N_("You are invited to this community. Nothing starts until you accept."),
    "active": N_("You are a member."),
    "held": N_(
        "The server of this community came back after a long silence without proof that it is the same: you are no member unless you ask again."
    ),
    "none": N_("You are not a member."),
}


@page("GET", "/c/{name}/request", access=MEMBER)
async def request_page(request: Request) -> StreamResponse:
    """Show somebody their own request: where it stands, what was said, and what they can do."""
    community = await asked_for(request)
    await notifications.saw_community(member(request).account, community.id)
    return await _request(request, community, FormData(), Problems())


async def _request(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "join")
    said = await steps.of(community, member(request).actor)
    if not said:
        raise NotFound
    place = values["standing"].membership
    return await render(
        request,
        "communities/request.html",
        status=422 if problems else 200,
        **values,
        said=said,
        kinds=steps.KINDS,
        state=place.state if place is not None else "none",
        states=STATES,
        delay=usual_delay(community),
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/request", access=MEMBER)
async def answer(request: Request) -> StreamResponse:
    """Answer what the moderators asked."""
    community, form, problems = await asked_for(request), await read_form(request), Problems()
    try:
        await exchange.answer(member(request).actor, community, form.text("text"))
    except Invalid as error:
        problems.take(error)
        return await _request(request, community, form, problems)
    flash(request, _("Your answer was sent."))
    return see_other(f"{path_of(community.actor)}/request")


@page("GET", "/c/{name}/request/record", access=MEMBER)
async def record(request: Request) -> StreamResponse:
    """Show the consent record: what was asked, answered and accepted, and when; `?form=json` is the same as a file."""
    community, actor = await asked_for(request), member(request).actor
    values = await frame(request, community, "join")
    found = await consent.of(community, actor, values["standing"].membership)
    if not found["steps"]:
        raise NotFound
    if request.query.get("form") == "json":
        name = f"{community.actor.name}-{actor.name}.json"
        return Response(
            text=json.dumps(found, ensure_ascii=False, indent=1),
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    said = await steps.of(community, actor)
    charters = {one.id: words.Charter(text=one.detail["charter"]) for one in said if one.detail.get("charter")}
    accepted = {step: words.text_html(charter, 4) for step, charter in charters.items()}
    return await render(request, "communities/record.html", **values, said=said, charters=accepted, kinds=steps.KINDS)


@page("GET", "/c/{name}/admission", access=MEMBER)
async def settings_page(request: Request) -> StreamResponse:
    """Show what a community asks at its door."""
    community = await _changeable(request)
    typed = {"maximum": str(waiting.maximum(community))}
    for place, one in enumerate(questions.of(community), 1):
        for code in questions.LANGUAGES:
            typed[f"question-{place}-{code}"] = one.texts.get(code, "")
        if one.required:
            typed[f"required-{place}"] = "1"
    return await _settings(request, community, filled(typed), Problems())


async def _changeable(request: Request) -> Community:
    community = await asked_for(request)
    await rules.may_act(member(request).actor, community, rules.Act.CHANGE)
    if not community.actor.local:
        raise NotFound
    return community


async def _settings(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "settings")
    return await render(
        request,
        "communities/admission.html",
        status=422 if problems else 200,
        **values,
        places=range(1, questions.MOST + 1),
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/admission", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Keep the questions and the maximum."""
    community, form, problems = await _changeable(request), await read_form(request), Problems()
    said = [
        (form.text(f"question-{place}-fr"), form.text(f"question-{place}-en"), form.flag(f"required-{place}"))
        for place in range(1, questions.MOST + 1)
    ]
    try:
        await setting.change_door(member(request).actor, community, said, maximum=form.text("maximum"))
    except FedcopError as error:
        problems.take(error)
        return await _settings(request, community, form, problems)
    flash(request, _("Saved."))
    return see_other(f"{path_of(community.actor)}/admission")

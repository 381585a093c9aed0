"""Who reads a post, chosen again by its author: who is gained and who is lost is said before it is so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.copies import ledger
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, NotFound
from fedcop.core.i18n import N_, _
from fedcop.discussions import queries, rules, service
from fedcop.discussions.models import Post
from web.keys import member
from web.pages.discussions import place_in_thread, post_at
from web.shared.audience import AudienceLine, audience_choices, audience_of, steps_between
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import render


@page("GET", "/p/{id}/audience", access=MEMBER)
async def audience_page(request: Request) -> StreamResponse:
    """Show who reads a post now, and who could."""
    post, community, choices = await _asked_for(request)
    wanted = request.query.get("audience", "")
    return await _choose(request, post, community, choices, filled(audience=wanted or post.audience))


@page("POST", "/p/{id}/audience", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Say who gains and who loses; once that is confirmed, change it."""
    post, community, choices = await _asked_for(request)
    form, problems = await read_form(request), Problems()
    wanted = next((one for one in choices if one.value == form.text("audience")), None)
    if wanted is None:
        problems.add("audience", _("Choose who reads it."))
        return await _choose(request, post, community, choices, form, problems)
    if wanted.value == post.audience:
        flash(request, _("Nothing has changed."))
        return see_other(place_in_thread(post))
    if form.text("step") != "confirmed":
        return await _confirm(request, post, community, wanted)
    try:
        await service.change_audience(member(request).actor, post, wanted.value, seen=form.text("seen"))
    except (Conflict, Forbidden) as error:
        problems.take(error)
        return await _choose(request, post, community, choices, form, problems)
    flash(request, _("Changed: “%(audience)s”. The organisations concerned are told.", audience=_(wanted.name)))
    return see_other(place_in_thread(post))


async def _asked_for(request: Request) -> tuple[Post, Community, list[AudienceLine]]:
    """Load a post of who looks; that of others is not there."""
    who, post = member(request).actor, await post_at(request)
    rules.may_edit(who, post)
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    audiences = await rules.choices_for(who, post)
    if community is None or post.state != "visible":
        raise NotFound
    if len(audiences) < 2:  # nobody is to be let in there, and others have answered
        raise Forbidden(N_("Who reads this post cannot be changed now."), code="no-choice")
    organisation = await service.organisation_for(who, post)
    choices = await audience_choices(who, community, audiences, now=post.audience, organisation=organisation)
    return post, community, choices


async def _choose(
    request: Request,
    post: Post,
    community: Community,
    choices: list[AudienceLine],
    form: FormData,
    problems: Problems | None = None,
) -> StreamResponse:
    return await render(
        request,
        "discussions/audience.html",
        status=422 if problems else 200,
        form=form,
        problems=problems or Problems(),
        options=[(one.value, _(one.name), one.text) for one in choices],
        **await _about(post, community),
    )


async def _confirm(request: Request, post: Post, community: Community, wanted: AudienceLine) -> StreamResponse:
    gains = access.reach(wanted.value) > access.reach(post.audience)
    held = await ledger.of_post(post.id, gone=False)
    organisation = await service.organisation_for(member(request).actor, post)
    after = replace(queries.as_if(post, wanted.value), organisation=organisation)
    losing = [one.host for one in held if one.state == ledger.HOLDS and not await access.host_may_have(one.host, after)]
    low, high = (post.audience, wanted.value) if gains else (wanted.value, post.audience)
    return await render(
        request,
        "discussions/audience_confirm.html",
        wanted=wanted,
        gains=gains,
        losing=losing,
        was_public=post.audience == access.PUBLIC,
        steps=await steps_between(community, low, high, organisation if gains else post.organisation),
        answered=await queries.is_answered_by_others(post),
        **await _about(post, community),
    )


async def _about(post: Post, community: Community) -> dict[str, Any]:
    return {
        "post": post,
        "community": community,
        "now": await audience_of(community, post),
        "back": place_in_thread(post),
    }

"""What one's profile shows beside what one says of oneself: tags, people, communities. Everybody sees it; here one chooses it."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.actors import queries as actors
from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.profiles import queries, service
from fedcop.timelines import lists
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import name_of, render

HERE = "/settings/shown"


@page("GET", "/settings/shown", access=MEMBER)
async def overview(request: Request) -> StreamResponse:
    """Show what one's profile shows, and what it could."""
    return await _show(request, filled(target=request.query.get("target", "")), Problems())


async def _show(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    who = member(request).actor
    chosen = [one.target for one in await queries.recommended(who, who)]
    taken = {actor.id for actor in chosen}
    options = [(actor.id, name_of(actor)) for actor in await lists.candidates(who) if actor.id not in taken]
    return await render(
        request,
        "account/shown.html",
        status=422 if problems else 200,
        form=form,
        problems=problems,
        tags=[one.tag for one in await queries.tags_of(who)],
        suggested=await queries.suggested_tags(who),
        chosen=chosen,
        options=sorted(options, key=lambda pair: pair[1].casefold()),
    )


@page("POST", "/settings/shown/tags", access=MEMBER)
async def choose_tag(request: Request) -> StreamResponse:
    """Show a tag on one's profile, or no longer."""
    form, problems, who = await read_form(request), Problems(), member(request).actor
    if form.flag("back"):
        await service.hide_tag(who, form.text("name"))
        return see_other(f"{HERE}#tags")
    try:
        await service.show_tag(who, form.text("name"))
    except Invalid as error:
        problems.take(error)
        return await _show(request, form, problems)
    return see_other(f"{HERE}#tags")


@page("POST", "/settings/shown/recommended", access=MEMBER)
async def choose(request: Request) -> StreamResponse:
    """Show a person or community on one's profile, or no longer."""
    form, problems, who = await read_form(request), Problems(), member(request).actor
    target = await actors.by_id(read_id(form.text("target")) or 0)
    try:
        if target is None:
            raise Invalid(service.NOT_TIED, errors={"target": service.NOT_TIED})
        if form.flag("back"):
            await service.recommend_no_more(who, target.id)
            flash(request, _("Your profile does not show %(name)s any more.", name=name_of(target)))
        else:
            await service.recommend(who, target)
            flash(request, _("Your profile shows %(name)s now.", name=name_of(target)))
    except Invalid as error:
        problems.take(error)
        return await _show(request, form, problems)
    return see_other(f"{HERE}#recommended")

"""A list that a member made: read, changed, filled and emptied. Of others' lists nobody learns that there are any."""

from __future__ import annotations

from dataclasses import replace

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_, _
from fedcop.core.ids import read_id
from fedcop.discussions import queries
from fedcop.timelines import lists, streams
from fedcop.timelines.models import PersonalList
from fedcop.timelines.streams import Span
from web.keys import member
from web.pages import lists as overview
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.paging import PAGE_SIZE, after_id, paged
from web.shared.routing import MEMBER, page
from web.shared.sifting import sifted
from web.shared.templating import name_of, render

REPLIES = {
    "none": N_("None: how discussions begin, and nothing more"),
    "followed": N_("Of a person, to those whom I follow; of a community, by those whom I follow"),
    "list": N_("Of a person, to others in the list; of a community, all"),
}


async def _asked_for(request: Request) -> PersonalList:
    return await lists.own(member(request).actor, read_id(request.match_info["id"]) or 0)


@page("POST", "/lists", access=MEMBER)
async def make(request: Request) -> StreamResponse:
    """Make a list."""
    form, problems = await read_form(request), Problems()
    try:
        found = await lists.make(member(request).actor, form.text("title"))
    except Invalid as error:
        problems.take(error)
        return await overview.show(request, form, problems)
    flash(request, _("The list is made. Put people and communities into it."))
    return see_other(f"/lists/{found.id}/change")


@page("GET", "/lists/{id}", access=MEMBER)
async def read(request: Request) -> StreamResponse:
    """Show what those in a list wrote, the latest first."""
    who, found = member(request).actor, await _asked_for(request)
    ids = await streams.personal(who, found, Span(limit=PAGE_SIZE + 1, max_id=after_id(request)))
    listed = paged(request, await queries.load_posts(who, ids), lambda view: view.post.id)
    listed = replace(listed, items=sifted(request, listed.items, "home"))
    titles = await queries.titles_of(who, [view.post for view in listed.items])
    held = await lists.inside(found.id) if not ids else None
    empty = held is not None and not held.people and not held.communities
    return await render(request, "home/list.html", found=found, listed=listed, titles=titles, empty=empty)


@page("GET", "/lists/{id}/change", access=MEMBER)
async def change_page(request: Request) -> StreamResponse:
    """Show what a list is called, what it has, and who is in it."""
    found = await _asked_for(request)
    return await _change(request, found, _values(found), Problems())


def _values(found: PersonalList) -> FormData:
    return filled(title=found.title, replies_policy=found.replies, exclusive="1" if found.exclusive else "")


async def _change(request: Request, found: PersonalList, form: FormData, problems: Problems) -> StreamResponse:
    who, held = member(request).actor, await lists.entries(found)
    taken = {one.actor_id for one in held}
    options = [(one.id, name_of(one)) for one in await lists.candidates(who) if one.id not in taken]
    return await render(
        request,
        "home/list_change.html",
        status=422 if problems else 200,
        found=found,
        form=form,
        problems=problems,
        held=held,
        options=sorted(options, key=lambda pair: pair[1].casefold()),
        replies=[(value, _(text)) for value, text in REPLIES.items()],
    )


@page("POST", "/lists/{id}/change", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Keep what a list is called and what it has."""
    found, form, problems = await _asked_for(request), await read_form(request), Problems()
    try:
        await lists.change(
            member(request).actor,
            found.id,
            title=form.text("title"),
            replies=form.text("replies_policy"),
            exclusive=form.flag("exclusive"),
        )
    except Invalid as error:
        problems.take(error)
        return await _change(request, found, form, problems)
    flash(request, _("Saved."))
    return see_other(f"/lists/{found.id}/change")


@page("POST", "/lists/{id}/add", access=MEMBER)
async def add(request: Request) -> StreamResponse:
    """Put somebody, or a community, into a list."""
    found, form, problems = await _asked_for(request), await read_form(request), Problems()
    try:
        await lists.add(member(request).actor, found.id, [read_id(form.text("account_ids")) or 0])
    except Invalid as error:
        problems.take(error)
        return await _change(request, found, _values(found), problems)
    return see_other(f"/lists/{found.id}/change#held")


@page("POST", "/lists/{id}/remove", access=MEMBER)
async def remove(request: Request) -> StreamResponse:
    """Take one out of a list, or all."""
    found, form = await _asked_for(request), await read_form(request)
    chosen = None if form.flag("all") else [read_id(form.text("actor")) or 0]
    await lists.remove(member(request).actor, found.id, chosen)
    return see_other(f"/lists/{found.id}/change#held")


@page("POST", "/lists/{id}/delete", access=MEMBER)
async def delete(request: Request) -> StreamResponse:
    """Delete a list."""
    found = await _asked_for(request)
    await read_form(request)
    await lists.delete(member(request).actor, found.id)
    flash(request, _("The list is deleted."))
    return see_other("/lists")

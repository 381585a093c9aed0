"""What one keeps for later: a private list."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.i18n import _
from fedcop.discussions import bookmarks, queries
from web.keys import member
from web.pages.discussions import back_to, post_at
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.paging import PAGE_SIZE, after_id, paged
from web.shared.routing import MEMBER, page
from web.shared.templating import render


@page("GET", "/saved", access=MEMBER)
async def saved_page(request: Request) -> StreamResponse:
    """Show what one keeps, the latest first."""
    who = member(request).actor
    found = await bookmarks.of(who, limit=PAGE_SIZE + 1, below=after_id(request))
    listed = paged(request, found, lambda one: one.bookmark_id)
    views = await queries.load_posts(who, [one.post_id for one in listed.items])
    titles = await queries.titles_of(who, [view.post for view in views])
    return await render(request, "discussions/saved.html", listed=listed, views=views, titles=titles)


@page("POST", "/p/{id}/keep", access=MEMBER)
async def keep(request: Request) -> StreamResponse:
    """Keep a post for later, or no longer."""
    who, post = member(request).actor, await post_at(request)
    form = await read_form(request)
    if form.flag("back"):
        await bookmarks.let_go(who, post)
    else:
        await bookmarks.keep(who, post)
        flash(request, _("Kept. You find it in your menu, under “Kept for later”."))
    return see_other("/saved" if form.text("from") == "/saved" else back_to(form, post))

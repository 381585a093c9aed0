"""Voting in the poll of a post, and ending one's own."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Conflict, Forbidden, Invalid
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions.polls import service
from web.keys import member
from web.pages.discussions import place_in_thread, post_at
from web.shared.flash import flash, see_other
from web.shared.forms import Problems, read_form
from web.shared.routing import MEMBER, page


@page("POST", "/p/{id}/vote", access=MEMBER)
async def vote(request: Request) -> StreamResponse:
    """Choose in a poll; whatever is wrong is said above the thread."""
    post = await post_at(request)
    form, problems = await read_form(request), Problems()
    chosen = [choice for choice in map(read_id, form.texts("choices")) if choice is not None]
    try:
        await service.vote(member(request).actor, post, chosen)
    except (Invalid, Forbidden, Conflict) as error:
        problems.take(error)
        flash(request, " ".join(text for _field, text in problems.items()), "error")
    else:
        flash(request, _("Your vote counts.") if post.local else _("Your vote is on its way."))
    return see_other(place_in_thread(post))


@page("POST", "/p/{id}/vote/end", access=MEMBER)
async def end(request: Request) -> StreamResponse:
    """End one's own poll."""
    post = await post_at(request)
    await service.close(member(request).actor, post)
    flash(request, _("The poll is over."))
    return see_other(place_in_thread(post))

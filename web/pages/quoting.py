"""Quotes on the pages: where to speak of a post, who quotes it, taking that back, and who may."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import rules
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import policy, queries, service
from fedcop.discussions.quotes import rules as quoting
from web.keys import looker, member
from web.pages.discussions import place_in_thread, post_at
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.paging import PAGE_SIZE, after_id, paged
from web.shared.quoting import policy_options
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import path_of, render, url


@page("GET", "/p/{id}/quote", access=MEMBER)
async def quote_page(request: Request) -> StreamResponse:
    """Ask in which community one wants to speak of a post; where there is only one, go there."""
    who, post = member(request).actor, await _quotable(request)
    places = await _places(request, post)
    if len(places) == 1:
        return see_other(url(f"{path_of(places[0].actor)}/new", quote=str(post.id)))
    return await render(
        request,
        "discussions/quote.html",
        quote=await queries.card(who, post),
        asks=not post.local and await quoting.standing(who, post) != policy.AUTOMATIC,
        places=places,
        post_id=str(post.id),
        back=place_in_thread(post),
    )


async def _quotable(request: Request) -> Post:
    post = await post_at(request)
    if rules.is_gone(post) or post.state != "visible":
        raise NotFound()
    if await quoting.standing(member(request).actor, post) == policy.DENIED:
        raise Forbidden(quoting.NOT_ALLOWED, code="not-quotable")
    return post


async def _places(request: Request, post: Post) -> list[Community]:
    """Name the communities in which who looks may quote a post: its own first."""
    who, found = member(request).actor, []
    home = await communities.by_id(post.community_id) if post.community_id is not None else None
    mine = [one for one in await communities.mine(who) if home is None or one.id != home.id]
    for one in [*([home] if home is not None else []), *mine]:
        if not quoting.is_room_for(post, one.id, access.COMMUNITY if post.audience != access.PUBLIC else access.PUBLIC):
            continue
        try:
            await community_rules.may_publish(who, one, accepting=True)
        except FedcopError:
            continue
        found.append(one)
    return found


@page("GET", "/p/{id}/quotes", access=ANYONE)
async def quotes_page(request: Request) -> StreamResponse:
    """Show who quotes a post, as far as one may read it; to its author also who may."""
    post = await _there(request)
    return await _list(request, post, filled(quote_policy=post.quote_policy or policy.PUBLIC))


async def _there(request: Request) -> Post:
    post = await post_at(request)
    if rules.is_gone(post):
        raise NotFound()
    return post


async def _list(request: Request, post: Post, form: FormData, problems: Problems | None = None) -> StreamResponse:
    who = looker(request)
    found = await queries.quoting(who, post, limit=PAGE_SIZE + 1, below=after_id(request) or None)
    listed = paged(request, await queries.listed(who, found), lambda one: one.quote.id)
    return await render(
        request,
        "discussions/quotes.html",
        status=422 if problems else 200,
        post=post,
        quote=await queries.card(who, post),
        listed=listed,
        mine=who is not None and post.author_id == who.id and post.local,
        policies=policy_options(policy.PUBLIC),
        form=form,
        problems=problems or Problems(),
        back=place_in_thread(post),
    )


@page("POST", "/p/{id}/quotes", access=MEMBER)
async def choose(request: Request) -> StreamResponse:
    """Choose who may quote a post of one's own from now on."""
    post, form, problems = await _there(request), await read_form(request), Problems()
    try:
        await service.change_policy(member(request).actor, post, form.text("quote_policy"))
    except Invalid as error:
        problems.take(error)
        return await _list(request, post, form, problems)
    flash(request, _("Your choice is saved."))
    return see_other(f"/p/{post.id}/quotes")


@page("POST", "/p/{id}/quotes/{quote}/revoke", access=MEMBER)
async def revoke(request: Request) -> StreamResponse:
    """Let somebody quote a post of one's own no more, for good."""
    post = await _there(request)
    await read_form(request)
    number = read_id(request.match_info["quote"])
    quote = await queries.by_id(number) if number is not None else None
    if quote is None or quote.quoted_id != post.id:
        raise NotFound()
    await service.revoke(member(request).actor, quote)
    flash(request, _("Taken back. We ask the organisations that show it to leave the quote out."))
    return see_other(f"/p/{post.id}/quotes")

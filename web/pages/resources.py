"""The library: look through what a community shares, read a resource with its discussion. Depositing it: depositing.py."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities import rules
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import past
from fedcop.discussions import service as posts
from fedcop.notifications import service as notifications
from fedcop.resources import citing, queries
from fedcop.resources.kinds import KINDS, LICENCES, ROLES
from fedcop.resources.queries import Filters, ResourceView
from web.keys import looker, member
from web.pages.communities import frame
from web.pages.composing import waiting_files
from web.pages.discussions import answering, chosen_language, thread_values
from web.shared.forms import filled
from web.shared.languages import LANGUAGES
from web.shared.paging import PAGE_SIZE, after_id, paged
from web.shared.polls import beside_poll
from web.shared.routing import ANYONE, page
from web.shared.templating import render


def filters_of(request: Request) -> Filters:
    """Read from the address what somebody looks for."""
    query = request.query
    return Filters(
        kind=query.get("kind", "") if query.get("kind", "") in KINDS else "",
        language=query.get("language", "") if query.get("language", "") in LANGUAGES else "",
        licence=query.get("licence", "") if query.get("licence", "") in LICENCES else "",
        tag=query.get("tag", "").strip().lstrip("#")[:60].casefold(),
        words=query.get("q", "").strip()[:100],
    )


async def _list(request: Request, community: Community | None) -> dict[str, Any]:
    """What "resources/_list.html" shows."""
    who, filters = looker(request), filters_of(request)
    found = await queries.library(who, community, filters, after=after_id(request), limit=PAGE_SIZE + 1)
    return {
        "resources": paged(request, found, mark=lambda view: view.card.resource.id),
        "total": await queries.count(who, community, filters),
        "filters": filters,
        "search": filled(
            q=filters.words, kind=filters.kind, language=filters.language, licence=filters.licence, tag=filters.tag
        ),
        "kind_options": [("", _("all kinds")), *((code, _(name)) for code, name in KINDS.items())],
        "language_options": [("", _("all languages")), *((code, _(name)) for code, name in LANGUAGES.items())],
        "licence_options": [("", _("all licences")), *((code, licence_name(code)) for code in LICENCES)],
    }


def licence_name(code: str) -> str:
    """What a licence is called."""
    return _("All rights reserved") if code == "all-rights-reserved" else LICENCES[code].name


@page("GET", "/resources", access=ANYONE)
async def library(request: Request) -> StreamResponse:
    """Show all resources that one may read."""
    return await render(request, "resources/library.html", **await _list(request, None))


@page("GET", "/c/{name}/resources", access=ANYONE)
async def community_library(request: Request) -> StreamResponse:
    """Show the library of a community."""
    who = looker(request)
    community = await communities.visible_community(who, request.match_info["name"])
    values = await frame(request, community, "resources")
    if values["readable"]:
        values |= await _list(request, community)
    return await render(
        request, "resources/community.html", may_deposit=await may_deposit(request, community), **values
    )


async def may_deposit(request: Request, community: Community) -> bool:
    """Tell whether to show who looks the way to the form; whoever sends it is judged again."""
    who = looker(request)
    if who is None:
        return False
    try:
        await rules.may_publish(who, community, accepting=True)
    except FedcopError:
        return False
    return True


async def asked_for(request: Request) -> ResourceView:
    """Load the resource that the address names, with the rights of who looks."""
    return await queries.visible_resource(looker(request), _number(request))


def _number(request: Request) -> int:
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound
    return number


@page("GET", "/r/{id}", access=ANYONE)
async def resource_page(request: Request) -> StreamResponse:
    """Show a resource, its versions, and the discussion about it."""
    who = looker(request)
    view, thread = await queries.visible_thread(who, _number(request), chosen=chosen_language(request))
    post = view.post.post
    target, draft, form = await answering(request, thread)
    await past.look_again_if_old(post)
    values = await thread_values(request, thread, target=target, draft=draft)
    if who is not None:
        await notifications.saw_thread(member(request).account, post.root_id)
    answer = await render(
        request,
        "resources/show.html",
        form=form,
        files=await waiting_files(who.id, form) if who is not None and draft is not None else (),
        saved=False,
        view=view,
        card=view.card,
        post=post,
        roles=ROLES,
        kinds=KINDS,
        citation=citing.citation(view),
        private=post.audience != "public",
        **values,
        **beside_poll(form),
    )
    if who is not None:
        await posts.visit(who, post, shown_up_to=thread.newest)
    return answer

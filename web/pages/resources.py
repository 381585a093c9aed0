"""The library: deposit a resource, read it with its discussion, correct it, look through what a community shares."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from aiohttp.web import Request, StreamResponse

from fedcop.communities import access, rules
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import past, sent
from fedcop.discussions import queries as discussions
from fedcop.discussions import rules as post_rules
from fedcop.discussions import service as posts
from fedcop.media import queries as media
from fedcop.notifications import service as notifications
from fedcop.resources import citing, queries, service
from fedcop.resources.kinds import KINDS, LICENCES, ROLES
from fedcop.resources.queries import Filters, ResourceView
from fedcop.resources.service import Card
from web.keys import looker, member
from web.pages.communities import frame
from web.pages.composing import LANGUAGES, language_options, say_published, second_after, second_of, versions_of
from web.pages.discussions import answering, chosen_language, thread_values
from web.shared.attachments import Attachments, let_go, take_attachments
from web.shared.audience import audience_choices, audience_line, audience_of
from web.shared.charter import UNASKED, accept_in_form, beside_form
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.paging import PAGE_SIZE, after_id, paged
from web.shared.routing import ANYONE, MEMBER, UPLOADS, page
from web.shared.sending import form_mark, fresh_once
from web.shared.templating import path_of, render

MOST_FILES = 20
CREDIT_ROWS = 3
MOST_CREDITS = 30


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
        "licence_options": [("", _("all licences")), *((code, _licence_name(code)) for code in LICENCES)],
    }


def _licence_name(code: str) -> str:
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
        request, "resources/community.html", may_deposit=await _may_deposit(request, community), **values
    )


async def _may_deposit(request: Request, community: Community) -> bool:
    who = looker(request)
    if who is None:
        return False
    try:
        await rules.may_publish(who, community, accepting=True)
    except FedcopError:
        return False
    return True


@page("GET", "/resources/new", access=MEMBER)
async def choose_community(request: Request) -> StreamResponse:
    """Ask where a resource is to go."""
    mine = await communities.mine(member(request).actor)
    open_to_me = [community for community in mine if await _may_deposit(request, community)]
    if len(open_to_me) == 1:
        return see_other(f"{path_of(open_to_me[0].actor)}/resources/new")
    return await render(request, "resources/choose.html", communities=open_to_me)


@page("GET", "/c/{name}/resources/new", access=MEMBER)
async def deposit_form(request: Request) -> StreamResponse:
    """Show the form of a deposit."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    await rules.may_publish(who, community, accepting=True)
    form = filled(language=community.language)
    return await _form(request, community, form, Problems(), files=Attachments([]))


@page("POST", "/c/{name}/resources/new", access=MEMBER, limit="upload", max_body=UPLOADS)
async def deposit(request: Request) -> StreamResponse:
    """Deposit, or take files and rows in; what was uploaded is not asked for twice."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    await rules.may_publish(who, community, accepting=True)
    form, problems = await read_form(request), Problems()
    ready, mark = form.text("step", "publish") == "publish", form_mark(request, form)
    if earlier := await sent.find(who, mark):
        return see_other(urlsplit(earlier.uri).path)
    files = await take_attachments(request, who, problems, described=ready, most=MOST_FILES)
    if ready:
        await accept_in_form(request, community, form, problems)
        try:
            service.check(_card_of(form, files), files.files, form.text("title"))
            if not problems:
                made = await service.deposit(
                    who, community, _card_of(form, files), form=mark, **_text_of(form), **_readers_of(form)
                )
                post = await discussions.visible_post(who, made.post_id)
                if post.state == "visible":
                    flash(request, _("Your resource is in the library."))
                else:
                    say_published(request, post)
                return see_other(f"/r/{made.id}")
        except (Invalid, Forbidden, Conflict) as error:
            if earlier := await sent.find(who, mark):  # the other of a double click was faster
                await let_go(who, files)
                return see_other(urlsplit(earlier.uri).path)
            problems.take(error)
    return await _form(request, community, form, problems, files=files)


def _card_of(form: FormData, files: Attachments) -> Card:
    credits = [
        {"name": form.text(f"credit_{row}"), "role": form.text(f"role_{row}", "author")} for row in range(_rows(form))
    ]
    return Card(
        kind=form.text("kind"),
        licence=form.text("licence"),
        link=form.text("link"),
        credits=[credit for credit in credits if credit["name"]],
        third_party=form.flag("third_party"),
        media=files.ids,
    )


def _text_of(form: FormData) -> dict[str, Any]:
    return {
        "title": form.text("title"),
        "source": form.raw("source"),
        "language": form.chosen("language", LANGUAGES),
        "tags": form.text("tags").replace(",", " ").split(),
        "versions": versions_of(form),
    }


def _readers_of(form: FormData) -> dict[str, Any]:
    return {"audience": form.text("audience"), "promised": form.text("promised")}


def _rows(form: FormData) -> int:
    """How many lines for people the form has; one more when that was asked for."""
    present = sum(1 for row in range(MOST_CREDITS) if f"credit_{row}" in form)
    wanted = present + CREDIT_ROWS if form.text("step") == "people" else present
    return min(MOST_CREDITS, max(CREDIT_ROWS, wanted))


async def _form(
    request: Request,
    community: Community,
    form: FormData,
    problems: Problems,
    *,
    files: Attachments,
    view: ResourceView | None = None,
) -> StreamResponse:
    who = member(request).actor
    return await render(
        request,
        "resources/form.html",
        status=422 if problems else 200,
        community=community,
        base=path_of(community.actor),
        form=form,
        problems=problems,
        files=files.files,
        view=view,
        rows=_rows(form),
        once=fresh_once(),
        audience=await (audience_of(community, view.post.post) if view else audience_line(community)),
        audiences=[] if view else await audience_choices(who, community, post_rules.choices_of(community)),
        promised=access.default_of(community),
        kind_options=[("", _("Guess from what I deposit")), *((code, _(name)) for code, name in KINDS.items())],
        licence_options=[
            ("", _("Choose…")),
            *((code, f"{_licence_name(code)} – {_(licence.words)}") for code, licence in LICENCES.items()),
        ],
        role_options=[(code, _(name)) for code, name in ROLES.items()],
        language_options=language_options(community.language),
        second_options=language_options(second_after(form.text("language") or community.language)),
        **(await beside_form(request, community, 2) if view is None else UNASKED),
    )


async def _asked_for(request: Request) -> ResourceView:
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound
    return await queries.visible_resource(looker(request), number)


@page("GET", "/r/{id}", access=ANYONE)
async def resource_page(request: Request) -> StreamResponse:
    """Show a resource, its versions, and the discussion about it."""
    who, view = looker(request), await _asked_for(request)
    post = view.post.post
    thread = await discussions.thread(who, post, chosen=chosen_language(request))
    target, draft, form = await answering(request, thread)
    await past.look_again_if_old(post)
    values = await thread_values(request, thread, target=target, draft=draft)
    if who is not None:
        await notifications.saw_thread(member(request).account, post.root_id)
    answer = await render(
        request,
        "resources/show.html",
        form=form,
        files=(),
        saved=False,
        view=view,
        card=view.card,
        post=post,
        roles=ROLES,
        kinds=KINDS,
        citation=citing.citation(view),
        private=post.audience != "public",
        mine=who is not None and who.id == post.author_id,
        **values,
    )
    if who is not None:
        await posts.visit(who, post, shown_up_to=thread.newest)
    return answer


async def _own(request: Request) -> tuple[ResourceView, Community]:
    """Load a resource of who looks; that of others cannot be changed, even where it can be read."""
    view = await _asked_for(request)
    post_rules.may_edit(member(request).actor, view.post.post)
    community = view.post.community
    if community is None or not await access.may_read(member(request).actor, community):
        raise NotFound
    return view, community


@page("GET", "/r/{id}/edit", access=MEMBER)
async def edit_form(request: Request) -> StreamResponse:
    """Show a resource to be corrected, or to get a new version."""
    view, community = await _own(request)
    post, resource = view.post.post, view.card.resource
    credits = {f"credit_{row}": credit["name"] for row, credit in enumerate(resource.credits)}
    roles = {f"role_{row}": credit["role"] for row, credit in enumerate(resource.credits)}
    form = filled(
        {**credits, **roles, **second_of(post)},
        kind=resource.kind,
        licence=resource.licence,
        link=resource.link,
        third_party=resource.third_party,
        title=post.title,
        source=post.source,
        language=post.language,
        tags=" ".join(post.tags),
    )
    present = (await media.of_posts([post.id]))[post.id]
    return await _form(request, community, form, Problems(), files=Attachments(present), view=view)


@page("POST", "/r/{id}/edit", access=MEMBER, limit="upload", max_body=UPLOADS)
async def edit(request: Request) -> StreamResponse:
    """Keep the correction; other files or another link make a new version."""
    who = member(request).actor
    view, community = await _own(request)
    post, resource = view.post.post, view.card.resource
    form, problems = await read_form(request), Problems()
    ready = form.text("step", "publish") == "publish"
    present = (await media.of_posts([post.id]))[post.id]
    files = await take_attachments(request, who, problems, present=present, described=ready, most=MOST_FILES)
    if ready:
        try:
            service.check(_card_of(form, files), files.files, form.text("title"))
            if not problems:
                before = resource.version
                changed = await service.change(
                    who, resource, _card_of(form, files), note=form.text("note"), **_text_of(form)
                )
                is_new = changed.version != before
                flash(
                    request,
                    _("The new version is in the library. Earlier ones stay readable.") if is_new else _("Saved."),
                )
                return see_other(f"/r/{resource.id}")
        except (Invalid, Forbidden, Conflict) as error:
            problems.take(error)
    return await _form(request, community, form, problems, files=files, view=view)

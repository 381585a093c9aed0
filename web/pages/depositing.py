"""Depositing a resource, now or later, correcting it, adding a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp.web import Request, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import access, rules
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _
from fedcop.discussions import queries as discussions
from fedcop.discussions import rules as post_rules
from fedcop.discussions import scheduling, sent
from fedcop.discussions.models import Draft, Post
from fedcop.discussions.versions import SECOND
from fedcop.media import queries as media
from fedcop.resources import later as deferring
from fedcop.resources import service
from fedcop.resources.kinds import KINDS, LICENCES, ROLES
from fedcop.resources.later import FIELDS
from fedcop.resources.queries import ResourceView
from fedcop.resources.service import Card
from web.keys import member
from web.pages.composing import later_of, say_published, scheduled, waiting_files
from web.pages.resources import asked_for, licence_name, may_deposit
from web.shared.attachments import Attachments, let_go, take_attachments
from web.shared.audience import audience_choices, audience_line, audience_of
from web.shared.charter import UNASKED, accept_in_form, beside_form
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.languages import LANGUAGES, language_options, second_after, second_of, versions_of
from web.shared.moments import read_moment, typed
from web.shared.routing import MEMBER, UPLOADS, page
from web.shared.sending import form_mark, fresh_once
from web.shared.templating import path_of, render

RESOURCE = "resource"
MOST_FILES = 20
CREDIT_ROWS = 3
MOST_CREDITS = 30


@page("GET", "/resources/new", access=MEMBER)
async def choose_community(request: Request) -> StreamResponse:
    """Ask where a resource is to go."""
    mine = await communities.mine(member(request).actor)
    open_to_me = [community for community in mine if await may_deposit(request, community)]
    if len(open_to_me) == 1:
        return see_other(f"{path_of(open_to_me[0].actor)}/resources/new")
    return await render(request, "resources/choose.html", communities=open_to_me)


@page("GET", "/c/{name}/resources/new", access=MEMBER)
async def deposit_form(request: Request) -> StreamResponse:
    """Show the form of a deposit."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    await rules.may_publish(who, community, accepting=True)
    later = await later_of(who, community, request.query.get("later", ""), RESOURCE)
    form = _kept(later) if later is not None else filled(language=community.language)
    files = Attachments(await waiting_files(who.id, form))
    return await _form(request, community, form, Problems(), files=files, later=later)


def _kept(later: Draft) -> FormData:
    """A resource that is or was scheduled, as the form shows it."""
    kept = {name: value for name, value in later.content.items() if name in FIELDS and name != "credits"}
    moment = typed(later.due_at) if later.due_at is not None else {}
    return filled({**moment, **kept, **_rows_of(later.content.get("credits") or ())})


def _rows_of(credits: Sequence[Mapping[str, str]]) -> dict[str, str]:
    names = {f"credit_{row}": credit["name"] for row, credit in enumerate(credits)}
    return {**names, **{f"role_{row}": credit["role"] for row, credit in enumerate(credits)}}


@page("POST", "/c/{name}/resources/new", access=MEMBER, limit="upload", max_body=UPLOADS)
async def deposit(request: Request) -> StreamResponse:
    """Deposit, or schedule, or take files and rows in; what was uploaded is not asked for twice."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    await rules.may_publish(who, community, accepting=True)
    form, problems = await read_form(request), Problems()
    step, mark = form.text("step", "publish"), form_mark(request, form)
    whole = step in ("publish", "schedule")
    if earlier := await sent.find(who, mark):
        return see_other(urlsplit(earlier.uri).path)
    later = await later_of(who, community, form.text("later"), RESOURCE)
    files = await take_attachments(request, who, problems, described=whole, most=MOST_FILES)
    moment = read_moment(form, problems) if step == "schedule" else None
    if whole:
        await accept_in_form(request, community, form, problems)
        try:
            await deferring.check(who, community, _content(form, files))
            if not problems and moment is not None:
                return await _schedule(request, community, form, files, moment, later)
            if not problems:
                return _landed(request, await _deposit(who, community, form, files, later, mark))
        except (Invalid, Forbidden, Conflict) as error:
            if earlier := await sent.find(who, mark):  # the other of a double click was faster
                await let_go(who, files)
                return see_other(urlsplit(earlier.uri).path)
            problems.take(error)
    return await _form(request, community, form, problems, files=files, later=later)


async def _deposit(
    who: Actor, community: Community, form: FormData, files: Attachments, later: Draft | None, mark: str
) -> Post:
    if later is not None:
        return await scheduling.publish(who, later.id, _content(form, files))
    readers: dict[str, Any] = {name: form.text(name) for name in ("audience", "promised")}
    made = await service.deposit(who, community, _card_of(form, files), form=mark, **_text_of(form), **readers)
    return await discussions.visible_post(who, made.post_id)


async def _schedule(
    request: Request, community: Community, form: FormData, files: Attachments, moment: datetime, later: Draft | None
) -> StreamResponse:
    changing = later.id if later is not None else None
    content = _content(form, files)
    await scheduling.schedule(member(request).actor, community, content, moment, changing=changing, kind=RESOURCE)
    return scheduled(request, moment)


def _landed(request: Request, post: Post) -> StreamResponse:
    if post.state == "visible":
        flash(request, _("Your resource is in the library."))
    else:
        say_published(request, post)
    return see_other(urlsplit(post.uri).path)


def _content(form: FormData, files: Attachments) -> dict[str, Any]:
    """What is kept of the form until its moment comes."""
    names = ("title", "source", *SECOND, "tags", "audience", "promised")
    text = {**{name: form.raw(name) for name in names}, "language": form.chosen("language", LANGUAGES)}
    return deferring.content_of(_card_of(form, files), text)


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
    later: Draft | None = None,
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
        later=later,
        rows=_rows(form),
        once=fresh_once(),
        audience=await (audience_of(community, view.post.post) if view else audience_line(community)),
        audiences=[] if view else await audience_choices(who, community, post_rules.choices_of(community)),
        promised=access.default_of(community),
        kind_options=[("", _("Guess from what I deposit")), *((code, _(name)) for code, name in KINDS.items())],
        licence_options=[
            ("", _("Choose…")),
            *((code, f"{licence_name(code)} – {_(licence.words)}") for code, licence in LICENCES.items()),
        ],
        role_options=[(code, _(name)) for code, name in ROLES.items()],
        language_options=language_options(community.language),
        second_options=language_options(second_after(form.text("language") or community.language)),
        **(await beside_form(request, community, 2) if view is None else UNASKED),
    )


async def _own(request: Request) -> tuple[ResourceView, Community]:
    """Load a resource of who looks; that of others cannot be changed, even where it can be read."""
    view = await asked_for(request)
    await post_rules.may_correct(member(request).actor, view.post.post)
    community = view.post.community
    if community is None:
        raise NotFound
    return view, community


@page("GET", "/r/{id}/edit", access=MEMBER)
async def edit_form(request: Request) -> StreamResponse:
    """Show a resource to be corrected, or to get a new version."""
    view, community = await _own(request)
    post, resource = view.post.post, view.card.resource
    form = filled(
        {**_rows_of(resource.credits), **second_of(post)},
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

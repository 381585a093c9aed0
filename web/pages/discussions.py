"""Threads: read them, answer, react. Starting and correcting posts is composing.py, what moderators do is moderating.py."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import lookup
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.core.database import noting
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.discussions import drafts, past, queries, rules, scheduling, sent, service, showings, versions
from fedcop.discussions.answering import PARENT
from fedcop.discussions.kinds import OPENS_REPLY, REACTIONS, REPLY
from fedcop.discussions.models import Post
from fedcop.discussions.polls import asking
from fedcop.discussions.quotes import keeping, policy
from fedcop.discussions.text import quoted
from fedcop.discussions.views import ThreadView
from fedcop.notifications import service as notifications
from web.keys import looker, member
from web.pages.composing import keep, say_published, scheduled, waiting_files
from web.shared.attachments import Attachments, let_go, take_attachments
from web.shared.audience import audience_of
from web.shared.charter import UNASKED, accept_in_form, beside_form
from web.shared.flash import flash, is_local, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.languages import language_options
from web.shared.mentions import WARNED, warn_of_blind
from web.shared.moments import read_moment
from web.shared.polls import beside_poll, kept_of, poll_of
from web.shared.preview import preview_of
from web.shared.quoting import policy_options
from web.shared.routing import ANYONE, MEMBER, UPLOADS, page
from web.shared.sending import form_mark, fresh_once
from web.shared.sifting import sifted_thread
from web.shared.templating import path_of, render, url


def number_of(request: Request) -> int:
    """Read which post the address names."""
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound()
    return number


async def post_at(request: Request) -> Post:
    """Load the post that the address names, with the rights of who looks."""
    return await queries.visible_post(looker(request), number_of(request))


def place_in_thread(post: Post) -> str:
    """The address of a post inside its thread."""
    return f"/p/{post.root_id}#p-{post.id}" if post.depth else f"/p/{post.id}"


@page("GET", "/p/{id}", access=ANYONE, kept=True)
async def thread_page(request: Request) -> StreamResponse:
    """Show a thread; the address of a reply leads to its place there."""
    who, number = looker(request), number_of(request)
    view = await queries.thread_around(who, number, chosen=chosen_language(request))
    post = view.root.post
    if post.id != number:
        return see_other(f"/p/{post.id}#p-{number}")
    if view.root.card is not None:
        return see_other(url(view.root.card.path, **request.query))
    target, draft, form = await answering(request, view)
    await noting(past.look_again_if_old(post))
    if who is not None:
        await noting(notifications.saw_thread(member(request).account, post.root_id))
    files = Attachments(await waiting_files(who.id, form)) if who is not None and draft is not None else None
    answer = await _thread(request, view, form=form, target=target, draft=draft, files=files)
    if who is not None:
        await service.visit(who, post, shown_up_to=view.newest)
        if view.root.community is not None:
            await noting(lookup.freshen(view.root.community))
    return answer


def chosen_language(request: Request) -> tuple[int, str]:
    """Which post of a thread is to be shown in which language, by the address."""
    return read_id(request.query.get("show", "")) or 0, request.query.get("in", "")[:10]


async def answering(request: Request, view: ThreadView) -> tuple[Any, Any, FormData]:
    """Which post the reply box answers, and what was typed for it last time."""
    who, wanted = looker(request), request.query.get("reply", "")
    target = next((one for one in view.replies if str(one.post.id) == wanted and not one.gone), view.root)
    draft = await drafts.find(who, drafts.place_of("reply", target.post.id)) if who else None
    quote = quoted(target.said.content) if "quote" in request.query and not (target.gone or target.hidden) else ""
    if draft is not None:
        said = ("source", "language", "warning", "media", keeping.POLICY, *asking.FIELDS)
        kept = {key: draft.content.get(key) for key in said}
        written = str(kept["source"] or "")
        if quote and quote.strip() not in written:
            kept["source"] = f"{written.rstrip()}\n\n{quote}"
        return target, draft, filled(kept)
    if quote:
        return target, None, filled(source=quote, language=target.said.language)
    opening = request.query.get("with", "")
    begin = _(REACTIONS[opening]) + "\u00a0: " if opening in OPENS_REPLY else ""
    return target, None, filled(source=begin, language=view.root.post.language)


async def _thread(
    request: Request,
    view: ThreadView,
    *,
    form: FormData,
    target: Any,
    draft: Any = None,
    problems: Problems | None = None,
    files: Attachments | None = None,
    saved: bool = False,
) -> StreamResponse:
    values = await thread_values(request, view, target=target, draft=draft)
    return await render(
        request,
        "discussions/thread.html",
        status=422 if problems else 200,
        form=form,
        problems=problems or Problems(),
        files=files.files if files else (),
        saved=saved,
        **values | {"preview": await preview_of(form)},
        **beside_poll(form),
    )


async def thread_values(request: Request, view: ThreadView, *, target: Any, draft: Any = None) -> dict[str, Any]:
    """What "discussions/_replies.html" needs beside a form: for every page that shows a thread."""
    view = sifted_thread(request, view)
    community = view.root.community
    may, shown = (
        await _may(looker(request), community, view),
        await showings.shown_in(view.root.post) if view.is_shown else [],
    )
    return {
        **(await beside_form(request, community, 3) if may["reply"] else UNASKED),
        "thread": view,
        "community": community,
        "community_path": path_of(community.actor) if community else "/",
        "target": target,
        "draft": draft,
        "place": drafts.place_of("reply", target.post.id),
        "audience": await audience_of(community, target.post) if community else None,
        "language_options": language_options(view.root.post.language or "fr"),
        "may": may,
        "reactions": REACTIONS,
        "opens_reply": OPENS_REPLY,
        "once": fresh_once(),
        "warned_of": request.get(WARNED, ""),
        "preview": "",
        "opened": request.query.get("with", ""),
        "policies": policy_options(
            policy.usual(member(request).account.preferences) if looker(request) else policy.PUBLIC
        ),
        "also": shown,
        "unshows": {one.id for one in shown if await queries.moderates(looker(request), one)},
    }


async def _may(who: Any, community: Community | None, view: ThreadView) -> dict[str, Any]:
    """Which buttons to show. What is refused is refused by the services, whatever the page shows."""
    if who is None or community is None:
        nothing = {"reply": False, "moderate": False, "accept": False, "pin": False, "why": ""}
        return {**nothing, "react": who is not None, "correct": await _correctable(who, view)}
    why = ""
    try:
        await rules.may_reply(who, community, view.root.post, view.root.post, accepting=True)
    except FedcopError as error:
        why = error.for_people()
    return {
        "reply": not why,
        "react": await _allowed(community_rules.may_react(who, community)),
        "why": why,
        "correct": await _correctable(who, view),
        "moderate": await queries.moderates(who, community),
        "pin": await _allowed(community_rules.may_pin(who, community)),
        "accept": view.root.post.kind == "question"
        and await _allowed(community_rules.may_accept_answer(who, community, view.root.post)),
    }


async def _correctable(who: Any, view: ThreadView) -> set[int]:
    """Name the posts of who looks that they may correct; of those with the same readers one is asked for."""
    mine = [one.post for one in (view.root, *view.replies) if who and one.author.id == who.id and not one.gone]
    readers = {(post.audience, post.organisation): post for post in mine}
    may = {of: await _allowed(rules.may_correct_in(who, post, view.root.community)) for of, post in readers.items()}
    return {post.id for post in mine if may[post.audience, post.organisation]}


async def _allowed(judged: Awaitable[object]) -> bool:
    try:
        await judged
    except FedcopError:
        return False
    return True


@page("POST", "/p/{id}/reply", access=MEMBER, limit="upload", max_body=UPLOADS)
async def reply(request: Request) -> StreamResponse:
    """Answer a post, at once or at a moment to come."""
    who, parent = member(request).actor, await post_at(request)
    form, problems = await read_form(request), Problems()
    step, mark = form.text("step", "publish"), form_mark(request, form)
    publishing = step in ("publish", "schedule")
    if earlier := await sent.find(who, mark):
        return see_other(place_in_thread(earlier))
    files = await take_attachments(request, who, problems, described=publishing)
    place = drafts.place_of("reply", parent.id)
    home = await communities.by_id(parent.community_id) if parent.community_id is not None else None
    moment = read_moment(form, problems) if step == "schedule" else None
    if step == "schedule" and home is None:
        problems.add("on", _("Only what is said in a community can be published later."))
    if publishing and home is not None:
        await warn_of_blind(request, form, problems, home, parent)
        await accept_in_form(request, home, form, problems)
    if publishing and not problems:
        try:
            if moment is not None and home is not None:
                return await _answer_later(request, home, parent, files, moment)
            answer = await service.reply(
                who,
                parent,
                source=form.raw("source"),
                language=form.text("language")[:10],
                media=files.ids,
                warning=form.text("warning"),
                poll=poll_of(form),
                quote_policy=policy.chosen(form.text(keeping.POLICY)),
                form=mark,
            )
        except (Invalid, Forbidden, Conflict) as error:
            if earlier := await sent.find(who, mark):  # the other of a double click was faster
                await let_go(who, files)
                return see_other(place_in_thread(earlier))
            problems.take(error)
        else:
            await drafts.discard(who, place)
            say_published(request, answer)
            return see_other(place_in_thread(answer))
    draft = await keep(who, place, form, files)
    view = await queries.thread(who, await queries.root_of(parent))
    target = next((one for one in view.replies if one.post.id == parent.id), view.root)
    saved = step == "draft" and not problems
    return await _thread(
        request,
        view,
        form=form,
        target=target,
        draft=draft,
        problems=problems,
        files=files,
        saved=saved,
    )


async def _answer_later(
    request: Request, community: Community, parent: Post, files: Attachments, moment: datetime
) -> StreamResponse:
    who, form = member(request).actor, await read_form(request)
    content: dict[str, object] = {name: form.raw(name) for name in ("source", "language", "warning", keeping.POLICY)}
    content |= {**kept_of(form), PARENT: str(parent.id), "media": [str(number) for number in files.ids]}
    await scheduling.schedule(who, community, content, moment, kind=REPLY)
    await drafts.discard(who, drafts.place_of("reply", parent.id))
    return scheduled(request, moment)


@page("POST", "/p/{id}/react", access=MEMBER)
async def react(request: Request) -> StreamResponse:
    """React, or take a reaction back; some reactions ask for words."""
    who, post = member(request).actor, await post_at(request)
    form = await read_form(request)
    kind = form.text("kind")
    if kind.startswith("-"):
        await service.unreact(who, post, kind[1:])
        return see_other(back_to(form, post))
    await service.react(who, post, kind)
    if kind in OPENS_REPLY:
        return see_other(f"/p/{post.root_id}?reply={post.id}&with={kind}#reply")
    return see_other(back_to(form, post))


def back_to(form: FormData, post: Post) -> str:
    """Where somebody was: in the thread, or in a list."""
    origin = form.text("from")
    if is_local(origin) and len(origin) < 500:
        return f"{origin.partition('#')[0]}#p-{post.id}"
    return place_in_thread(post)


@page("POST", "/p/{id}/share", access=MEMBER)
async def share(request: Request) -> StreamResponse:
    """Share a post with those who follow me, or take that back."""
    who, post = member(request).actor, await post_at(request)
    form = await read_form(request)
    try:
        if form.flag("back"):
            await service.unshare(who, post)
        else:
            await service.share(who, post)
            flash(request, _("Shared with those who follow you."))
    except Invalid as error:
        flash(request, error.for_people(), kind="error")
    return see_other(back_to(form, post))


@page("POST", "/p/{id}/accept", access=MEMBER)
async def accept(request: Request) -> StreamResponse:
    """Say that this reply answered the question, or take that back."""
    who, answer = member(request).actor, await post_at(request)
    form = await read_form(request)
    root = await queries.root_of(answer)
    await service.accept_answer(who, root, None if form.flag("back") else answer)
    return see_other(place_in_thread(answer))


@page("GET", "/p/{id}/history", access=ANYONE)
async def history(request: Request) -> StreamResponse:
    """Show what a post said before it was corrected."""
    post = await post_at(request)
    if rules.is_gone(post):
        raise NotFound()
    views = await queries.load_posts(looker(request), [post.root_id, post.id])
    return await render(
        request,
        "discussions/history.html",
        view=views[-1],
        title=views[0].post.title,  # its own, should the thread be for others only by now
        revisions=await queries.revisions(looker(request), post),
        beside=versions.beside,
        back=place_in_thread(post),
    )


@page("GET", "/p/{id}/delete", access=MEMBER)
async def delete_page(request: Request) -> StreamResponse:
    """Ask before deleting; say what stays."""
    post = await post_at(request)
    rules.may_edit(member(request).actor, post)
    views = await queries.load_posts(looker(request), [post.id])
    return await render(request, "discussions/delete.html", view=views[0], back=place_in_thread(post))


@page("POST", "/p/{id}/delete", access=MEMBER)
async def delete(request: Request) -> StreamResponse:
    """Delete one's own post."""
    who, post = member(request).actor, await post_at(request)
    await service.delete(who, post)
    flash(request, _("Deleted. We ask the organisations that have a copy to delete it too."))
    if post.depth:
        return see_other(place_in_thread(post))
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    return see_other(path_of(community.actor) if community else "/")

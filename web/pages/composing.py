"""Starting a thread and correcting a post, and the drafts of both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import access, lookup
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_, _, format_datetime
from fedcop.core.ids import read_id
from fedcop.discussions import drafts, queries, rules, scheduling, sent, service, showings
from fedcop.discussions.kinds import HINTS, QUESTION, ROOT_KINDS, plugged_kind
from fedcop.discussions.models import Draft, Post
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.polls.models import Poll
from fedcop.discussions.quotes import keeping, policy
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.quotes.keeping import UNCHANGED
from fedcop.discussions.quotes.models import Quote
from fedcop.discussions.service import showing
from fedcop.discussions.versions import SECOND
from fedcop.media import queries as media_queries
from web.keys import member
from web.shared.attachments import Attachments, let_go, take_attachments
from web.shared.audience import audience_choices, audience_line, audience_of
from web.shared.charter import UNASKED, accept_in_form, beside_form
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.languages import LANGUAGES, language_options, second_after, second_of, versions_of
from web.shared.mentions import WARNED, warn_of_blind
from web.shared.moments import read_moment, typed
from web.shared.polls import beside_poll, fields_of, is_fixed, kept_of, poll_of
from web.shared.preview import preview_of
from web.shared.quoting import beside_quote, quoted_of
from web.shared.routing import MEMBER, UPLOADS, page
from web.shared.sending import form_mark, fresh_once
from web.shared.showing import also_of, also_options
from web.shared.templating import path_of, render

POLL = ("poll_multiple", "poll_hides", "poll_days")
SEVERAL = ("media", "also", "option")
KEPT = (
    "kind",
    "title",
    "source",
    "language",
    *SECOND,
    "tags",
    "warning",
    "link",
    "audience",
    "on",
    "at",
    *POLL,
    *keeping.FIELDS,
)


@page("GET", "/c/{name}/new", access=MEMBER)
async def new_page(request: Request) -> StreamResponse:
    """Show the composer, with what was typed last time, or with a text that is scheduled."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    await community_rules.may_publish(who, community, accepting=True)
    await lookup.freshen(community)
    later = await later_of(who, community, request.query.get("later", ""))
    draft = await drafts.find(who, _place(community, later))
    wanted = request.query.get("kind", QUESTION)
    kind = wanted if wanted in ROOT_KINDS else QUESTION
    form = filled(kind=kind, language=community.language)
    if draft or later:
        form = _from_draft(draft or later, later)
    if "quote" in request.query:
        form = quoting_now(form, request.query["quote"])
    files = Attachments(await waiting_files(who.id, form))
    return await _composer(request, community, form, files=files, draft=draft, later=later)


@page("POST", "/c/{name}/new", access=MEMBER, limit="upload", max_body=UPLOADS)
async def new(request: Request) -> StreamResponse:
    """Publish, or schedule, or keep as a draft, or take files in; whatever is wrong is said at its field."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    form, problems = await read_form(request), Problems()
    step, mark = form.text("step", "publish"), form_mark(request, form)
    if earlier := await sent.find(who, mark):
        return see_other(f"/p/{earlier.id}")
    later = await later_of(who, community, form.text("later"))
    whole = step in ("publish", "schedule")
    files = await take_attachments(request, who, problems, described=whole)
    moment = read_moment(form, problems) if step == "schedule" else None
    if whole:
        await warn_of_blind(request, form, problems, community)
        await accept_in_form(request, community, form, problems)
    if not whole or problems:
        draft = await keep(who, _place(community, later), form, files)
        saved = step == "draft" and not problems
        return await _composer(request, community, form, problems, files=files, draft=draft, saved=saved, later=later)
    try:
        if moment is not None:
            return await _schedule(request, community, form, files, moment, later)
        if later is not None:
            post = await scheduling.publish(who, later.id, _content(form, files))
        else:
            quoted = await quoted_of(who, form)
            post = await service.write(who, community, media=files.ids, form=mark, quoted=quoted, **_text_of(form))
    except (Invalid, Forbidden, Conflict) as error:
        if earlier := await sent.find(who, mark):  # the other of a double click was faster
            await let_go(who, files)
            return see_other(f"/p/{earlier.id}")
        problems.take(error)
        await keep(who, _place(community, later), form, files)
        return await _composer(request, community, form, problems, files=files, later=later)
    await drafts.discard(who, _place(community, later))
    say_published(request, post)
    return see_other(f"/p/{post.id}")


async def _schedule(
    request: Request, community: Community, form: FormData, files: Attachments, moment: datetime, later: Draft | None
) -> StreamResponse:
    who, changing = member(request).actor, later.id if later is not None else None
    await scheduling.schedule(who, community, _content(form, files), moment, changing=changing)
    if later is None:
        await drafts.discard(who, _place(community, None))
    return scheduled(request, moment)


def scheduled(request: Request, moment: datetime) -> StreamResponse:
    """Say when it is published, and lead to what waits."""
    flash(request, _("It will be published %(moment)s.", moment=format_datetime(moment, "full")))
    return see_other("/drafts")


async def later_of(who: Actor, community: Community, text: str, kind: str = "") -> Draft | None:
    """The text that is or was scheduled, and is being changed here; `kind`: of a post that is more than a text."""
    number = read_id(text)
    found = await scheduling.find(who, number) if number is not None else None
    if found is None or found.community_id != community.id or scheduling.kind_of(found) != kind:
        return None
    return found


def _place(community: Community, later: Draft | None) -> str:
    """Where what is typed is kept: a change to what is scheduled beside it, as it is not to be published half typed."""
    if later is None:
        return drafts.place_of("community", community.id)
    return drafts.place_of("change", later.id) if later.due_at is not None else later.place


def _text_of(form: FormData) -> dict[str, Any]:
    link = form.text("link")
    return {
        "kind": form.chosen("kind", ROOT_KINDS),
        "title": form.text("title"),
        "source": form.raw("source"),
        "language": form.chosen("language", LANGUAGES),
        "tags": form.text("tags").replace(",", " ").split(),
        "warning": form.text("warning"),
        "links": [{"href": link}] if link else [],
        "versions": versions_of(form),
        "also": also_of(form),
        "audience": form.text("audience"),
        "promised": form.text("promised"),
        "poll": poll_of(form),
        "quote_policy": policy.chosen(form.text(keeping.POLICY)),
    }


WAITS = N_("Sent. A moderator reads it before others do; you see it already.")


def say_published(request: Request, post: Post) -> None:
    """Tell what became of a post."""
    if post.state == "pending":
        flash(request, _("Sent. It will appear to all once the community's organisation has received it."))
    elif post.state == "held":
        flash(request, _(WAITS))
    else:
        flash(request, _("Published."))


async def waiting_files(owner_id: int, form: FormData) -> list[Any]:
    """The files that a draft remembers."""
    ids = [found for found in map(read_id, form.texts("media")) if found is not None]
    return await media_queries.waiting_of(owner_id, ids)


def quoting_now(form: FormData, number: str) -> FormData:
    """Let a form that somebody began quote a post."""
    kept = {name: form.texts(name) for name in (*KEPT, *SEVERAL) if name != keeping.QUOTED}
    return filled({**kept, keeping.QUOTED: number[:20]})


def _from_draft(draft: Draft | None, later: Draft | None = None) -> FormData:
    kept = draft.content if draft is not None else {}
    moment = typed(later.due_at) if later is not None and later.due_at is not None else {}
    return filled({**moment, **{name: value for name, value in kept.items() if name in (*KEPT, *SEVERAL)}})


async def keep(who: Any, place: str, form: FormData, files: Attachments | None) -> Draft | None:
    """Keep what a form holds as the draft of a place."""
    return await drafts.save(who, place, _content(form, files))


def _content(form: FormData, files: Attachments | None) -> dict[str, object]:
    content: dict[str, object] = {name: form.raw(name) for name in (*KEPT, "promised")}
    content["language"] = form.chosen("language", LANGUAGES)
    content["also"] = form.texts("also")[: showing.MOST]
    content |= kept_of(form)
    if files is not None and files.ids:
        content["media"] = [str(media_id) for media_id in files.ids]
    return content


async def _composer(
    request: Request,
    community: Community,
    form: FormData,
    problems: Problems | None = None,
    *,
    files: Attachments,
    draft: Draft | None = None,
    saved: bool = False,
    later: Draft | None = None,
) -> StreamResponse:
    return await render(
        request,
        "discussions/compose.html",
        status=422 if problems else 200,
        warned_of=request.get(WARNED, ""),
        community=community,
        community_path=path_of(community.actor),
        form=form,
        problems=problems or Problems(),
        files=files.files,
        draft=draft,
        saved=saved,
        preview=await preview_of(form),
        place=_place(community, later),
        later=later,
        audience=await audience_line(community),
        audiences=await audience_choices(member(request).actor, community, rules.choices_of(community)),
        promised=access.default_of(community),
        also_options=also_options(await showings.candidates(member(request).actor, community)),
        once=fresh_once(),
        kind_options=[(kind, _(label), _(HINTS[kind])) for kind, label in ROOT_KINDS.items()],
        language_options=language_options(community.language),
        second_options=language_options(second_after(form.text("language") or community.language)),
        post=None,
        asks=True,
        **beside_poll(form),
        **await beside_quote(member(request).actor, form, member(request).account.preferences),
        **await beside_form(request, community, 2),
    )


@page("GET", "/p/{id}/edit", access=MEMBER)
async def edit_page(request: Request) -> StreamResponse:
    """Show one's post to be corrected."""
    post = await own_post(request)
    await rules.may_correct(member(request).actor, post)
    draft = await drafts.find(member(request).actor, drafts.place_of("edit", post.id))
    form = _from_draft(draft) if draft else _filled_with(post, await polls.of_post(post), await quotes.by_post(post))
    files = Attachments((await media_queries.of_posts([post.id])).get(post.id, []))
    return await _editor(request, post, form, files=files, draft=draft)


def _filled_with(post: Post, poll: Poll | None, quote: Quote | None) -> FormData:
    return filled(
        {**second_of(post), **(fields_of(poll) if poll is not None else {})},
        kind=post.kind,
        title=post.title,
        source=post.source,
        language=post.language,
        tags=" ".join(post.tags),
        warning=post.warning,
        link=post.links[0]["href"] if post.links else "",
        quoted=str(quote.quoted_id) if quote is not None and quote.quoted_id is not None else "",
        quote_policy=post.quote_policy or policy.PUBLIC,
    )


async def own_post(request: Request) -> Post:
    """Load a post of who looks; that of others is not there."""
    who = member(request).actor
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound()
    post = await queries.visible_post(who, number)
    rules.may_edit(who, post)
    kind = plugged_kind(post.kind)
    if kind is not None and not kind.is_text:
        raise NotFound  # a resource is corrected at its own page
    return post


@page("POST", "/p/{id}/edit", access=MEMBER, limit="upload", max_body=UPLOADS)
async def edit(request: Request) -> StreamResponse:
    """Correct a post."""
    who, post = member(request).actor, await own_post(request)
    form, problems = await read_form(request), Problems()
    publishing = form.text("step", "publish") == "publish"
    present = (await media_queries.of_posts([post.id])).get(post.id, [])
    files = await take_attachments(request, who, problems, present=present, described=publishing)
    place = drafts.place_of("edit", post.id)
    if not publishing or problems:
        draft = await keep(who, place, form, files)
        saved = form.text("step") == "draft" and not problems
        return await _editor(request, post, form, problems, files=files, draft=draft, saved=saved)
    try:
        text = _text_of(form)
        await service.edit(
            who,
            post,
            source=text["source"],
            title=text["title"] or None if post.depth else text["title"],
            language=text["language"],
            tags=text["tags"],
            warning=text["warning"],
            kind=text["kind"],
            media=files.ids,
            links=text["links"] if post.depth == 0 else None,
            versions=text["versions"] if post.depth == 0 else None,
            poll=text["poll"],
            quoted_id=read_id(form.text(keeping.QUOTED)) if post.has_quote else UNCHANGED,
            quote_policy=text["quote_policy"],
        )
    except (Invalid, Forbidden, Conflict) as error:
        problems.take(error)
        return await _editor(request, post, form, problems, files=files)
    await drafts.discard(who, place)
    flash(request, _("Corrected. Readers can see what it said before."))
    return see_other(f"/p/{post.root_id}#p-{post.id}" if post.depth else f"/p/{post.id}")


async def _editor(
    request: Request,
    post: Post,
    form: FormData,
    problems: Problems | None = None,
    *,
    files: Attachments,
    draft: Draft | None = None,
    saved: bool = False,
) -> StreamResponse:
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if community is None:
        raise NotFound()
    return await render(
        request,
        "discussions/compose.html",
        status=422 if problems else 200,
        community=community,
        community_path=path_of(community.actor),
        form=form,
        problems=problems or Problems(),
        files=files.files,
        draft=draft,
        saved=saved,
        preview=await preview_of(form),
        place=drafts.place_of("edit", post.id),
        audience=await audience_of(community, post),
        audiences=[],
        also_options=[],
        promised="",
        later=None,
        warned_of="",
        kind_options=[(kind, _(label), _(HINTS[kind])) for kind, label in ROOT_KINDS.items()],
        language_options=language_options(post.language),
        second_options=language_options(second_after(form.text("language") or post.language)),
        post=post,
        asks=post.has_poll and not await is_fixed(await polls.of_post(post)),
        is_set=True,
        **beside_poll(form),
        **await beside_quote(member(request).actor, form, {}, post.quote_policy or policy.PUBLIC),
        **UNASKED,
    )

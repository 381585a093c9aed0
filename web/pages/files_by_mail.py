"""The files that came with a letter: its author says what each shows, and whether it is shown there, goes into the library or goes away.

Nothing of it is done before all of it can be: what is wrong is said at its field.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp.web import Request, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import FedcopError, Invalid
from fedcop.core.i18n import _, format_date
from fedcop.discussions import rules
from fedcop.discussions.models import Post
from fedcop.letterbox import bringing
from fedcop.media import service as media
from fedcop.media.models import Media
from fedcop.resources import service as resources
from fedcop.resources.kinds import LICENCES
from fedcop.resources.service import Card
from web.keys import member
from web.pages.discussions import place_in_thread, post_at
from web.pages.resources import licence_name, may_deposit
from web.shared.attachments import lacks_words
from web.shared.audience import audience_line, audience_of
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import render

SHOW, LIBRARY, DROP = "show", "library", "drop"


@page("GET", "/p/{id}/files", access=MEMBER)
async def choose(request: Request) -> StreamResponse:
    """Show what came with one's letter and waits for a decision."""
    post, community = await _asked_for(request)
    files = await bringing.waiting(member(request).actor, post)
    shelved = community is not None and await may_deposit(request, community)
    first = {f"do-{one.id}": SHOW if one.is_picture or not shelved else LIBRARY for one in files}
    titles = {f"title-{one.id}": one.file_name.rpartition(".")[0].replace("_", " ") for one in files}
    return await _page(request, post, community, files, filled({**first, **titles}), Problems())


@page("POST", "/p/{id}/files", access=MEMBER, limit="upload")
async def decide(request: Request) -> StreamResponse:
    """Do with each file what its author says; one that was decided on already is left alone."""
    who, form, problems = member(request).actor, await read_form(request), Problems()
    post, community = await _asked_for(request)
    files = await bringing.waiting(who, post)
    chosen = {one.id: form.chosen(f"do-{one.id}", (SHOW, LIBRARY, DROP)) for one in files}
    if form.text("step") == "drop":
        chosen = dict.fromkeys(chosen, DROP)
    for one in files:
        _check(form, one, chosen[one.id], problems)
    if not problems:
        try:
            await _do(who, post, community, form, [(one, chosen[one.id]) for one in files])
        except FedcopError as error:
            problems.take(error)
            files = await bringing.waiting(who, post)  # what is done is done
    if problems:
        return await _page(request, post, community, files, form, problems)
    flash(request, _("Done. Nothing of this letter waits any more."))
    return see_other(place_in_thread(post))


async def _asked_for(request: Request) -> tuple[Post, Community | None]:
    post = await post_at(request)
    rules.may_edit(member(request).actor, post)
    return post, await communities.by_id(post.community_id) if post.community_id is not None else None


def _check(form: FormData, file: Media, chosen: str, problems: Problems) -> None:
    if not chosen:
        problems.add(f"do-{file.id}", _("Say what becomes of this file."))
    words, decorative = form.text(f"description-{file.id}"), form.flag(f"decorative-{file.id}")
    if chosen in (SHOW, LIBRARY) and (lacking := lacks_words(file, words, decorative=decorative)):
        problems.add(f"description-{file.id}", lacking)
    if chosen == LIBRARY:
        try:
            resources.check(_card(form, file), [file], form.text(f"title-{file.id}"))
        except Invalid as error:
            found = Problems()
            found.take(error)
            for name, text in found.items():
                problems.add(f"{name}-{file.id}" if name in ("title", "licence") else f"do-{file.id}", text)


def _card(form: FormData, file: Media) -> Card:
    return Card(licence=form.text(f"licence-{file.id}"), media=[file.id])


async def _do(
    who: Actor, post: Post, community: Community | None, form: FormData, chosen: Sequence[tuple[Media, str]]
) -> None:
    for file, what in chosen:
        if what != DROP:
            text, decorative = form.text(f"description-{file.id}"), form.flag(f"decorative-{file.id}")
            await media.describe(who, file, text, decorative=decorative)
    for file, what in chosen:
        if what == LIBRARY and community is not None:
            title = form.text(f"title-{file.id}")
            audience = _audience(community, post)
            await resources.deposit(who, community, _card(form, file), title=title, audience=audience)
    shown = [file for file, what in chosen if what == SHOW]
    if shown:
        await bringing.show(who, post, shown)
    for file, what in chosen:
        if what == DROP:
            await media.discard(who, file)
    await bringing.forget_decided(post)


def _audience(community: Community, post: Post) -> str:
    """Who reads what goes from a letter into the library: nobody who does not read what it came with."""
    wanted = access.narrower(post.audience, access.default_of(community))
    return wanted if wanted in rules.choices_of(community) else access.default_of(community)


async def _page(
    request: Request,
    post: Post,
    community: Community | None,
    files: Sequence[Media],
    form: FormData,
    problems: Problems,
) -> StreamResponse:
    shelved = community is not None and await may_deposit(request, community)
    ends = min((one.kept_until for one in files if one.kept_until is not None), default=None)
    ways = [(SHOW, _("Show it with what I wrote")), (LIBRARY, _("Put it into the library")), (DROP, _("Throw it away"))]
    return await render(
        request,
        "discussions/brought.html",
        status=422 if problems else 200,
        post=post,
        back=place_in_thread(post),
        community=community,
        files=files,
        form=form,
        problems=problems,
        shelved=shelved,
        ways=ways if shelved else [way for way in ways if way[0] != LIBRARY],
        until=format_date(ends, "full") if ends is not None else "",
        audience=await audience_of(community, post) if community is not None else None,
        on_shelf=await audience_line(community, _audience(community, post)) if community is not None else None,
        licence_options=[
            ("", _("Choose…")),
            *((code, f"{licence_name(code)} – {_(licence.words)}") for code, licence in LICENCES.items()),
        ],
    )

"""What a member does not want to see or hear for a while, of what they want to hear each time, and what they note for themselves: people, communities, discussions."""

from __future__ import annotations

from datetime import timedelta

from aiohttp.web import Request, StreamResponse

from activitypub.vocab.languages import NAMES
from fedcop.actors.models import Actor
from fedcop.communities import reading, ties
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_, _
from fedcop.notifications import service as notifications
from fedcop.people import notes, queries, service
from web.keys import member
from web.pages.account import refill
from web.pages.communities import asked_for
from web.pages.discussions import back_to, post_at
from web.pages.people import reachable
from web.pages.settings import language_names
from web.shared.flash import flash, is_local, see_other
from web.shared.forms import filled, read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import name_of, path_of, render

ALWAYS = "always"
SPANS = {
    ALWAYS: (N_("Until I take it back"), None),
    "hour": (N_("For an hour"), timedelta(hours=1)),
    "day": (N_("For a day"), timedelta(days=1)),
    "week": (N_("For a week"), timedelta(weeks=1)),
    "month": (N_("For 30 days"), timedelta(days=30)),
}


async def _target(request: Request) -> Actor:
    if request.path.startswith("/c/"):
        return (await asked_for(request)).actor
    return await reachable(request)


@page("GET", "/u/{name}/mute", access=MEMBER)
@page("GET", "/c/{name}/mute", access=MEMBER)
async def mute_page(request: Request) -> StreamResponse:
    """Ask for how long, and whether nothing is to be told either."""
    spans = [(key, _(label)) for key, (label, _span) in SPANS.items()]
    form = filled(lasting=ALWAYS, notifications="1")
    return await render(request, "people/mute.html", actor=await _target(request), spans=spans, form=form)


@page("POST", "/u/{name}/mute", access=MEMBER)
@page("POST", "/c/{name}/mute", access=MEMBER)
async def mute(request: Request) -> StreamResponse:
    """Mute a person or a community."""
    actor, form = await _target(request), await read_form(request)
    _label, lasting = SPANS[form.chosen("lasting", SPANS, ALWAYS)]
    await service.mute(member(request).actor, actor, lasting=lasting, notifications=form.flag("notifications"))
    if actor.kind == "Group":
        flash(
            request, _("%(name)s does not come to your home page any more. You are still in it.", name=name_of(actor))
        )
    else:
        flash(request, _("You will not see %(name)s any more. They do not know.", name=name_of(actor)))
    return see_other(path_of(actor))


@page("POST", "/u/{name}/unmute", access=MEMBER)
@page("POST", "/c/{name}/unmute", access=MEMBER)
async def unmute(request: Request) -> StreamResponse:
    """See a person or a community again, also one that one may not see any more: they stand in the list of whom one muted."""
    try:
        actor = await _target(request)
    except NotFound:
        found = await queries.muted_named(member(request).actor, request.match_info["name"])
        if found is None:
            raise
        actor = found
    await service.unmute(member(request).actor, actor)
    flash(request, _("You see %(name)s again.", name=name_of(actor)))
    back = (await read_form(request)).text("next")
    return see_other(back if is_local(back) else path_of(actor))


@page("GET", "/u/{name}/note", access=MEMBER)
@page("GET", "/c/{name}/note", access=MEMBER)
async def note_page(request: Request) -> StreamResponse:
    """Show what one notes about a person or a community, to be changed."""
    actor = await _target(request)
    tie = await queries.relationship(member(request).actor, actor)
    return await render(request, "people/note.html", actor=actor, form=filled(comment=tie.note))


@page("POST", "/u/{name}/note", access=MEMBER)
@page("POST", "/c/{name}/note", access=MEMBER)
async def note(request: Request) -> StreamResponse:
    """Keep it."""
    actor, form = await _target(request), await read_form(request)
    try:
        await notes.write(member(request).actor, actor, form.text("comment"))
    except Invalid as error:
        return await refill(request, "people/note.html", error, actor=actor)
    flash(request, _("Your note is saved. Only you read it."))
    return see_other(f"{path_of(actor)}/about" if actor.kind == "Group" else path_of(actor))


@page("POST", "/u/{name}/bell", access=MEMBER)
@page("POST", "/c/{name}/bell", access=MEMBER)
async def bell(request: Request) -> StreamResponse:
    """Be told of each new discussion of a community that one belongs to or follows, or of a person whom one follows; or no longer."""
    wanted, who = not (await read_form(request)).flag("back"), member(request).actor
    if request.path.startswith("/c/"):
        community = await asked_for(request)
        actor = community.actor
        await reading.ring(who, community, wanted=wanted)
    else:
        actor = await reachable(request)
        await service.choose(who, actor, bell=wanted)
    if wanted:
        flash(request, _("You will be told of each new discussion: %(name)s.", name=name_of(actor)))
    else:
        flash(request, _("You are not told of each new discussion any more: %(name)s.", name=name_of(actor)))
    return see_other(path_of(actor))


@page("GET", "/u/{name}/languages", access=MEMBER)
@page("GET", "/c/{name}/languages", access=MEMBER)
async def languages_page(request: Request) -> StreamResponse:
    """Ask in which languages one wants to hear of a community, or of a person."""
    actor, who = await _target(request), member(request).actor
    if actor.kind == "Group":
        place = (await ties.places(who)).get((await asked_for(request)).id, ties.NOWHERE)
        tied, wanted = place.belongs or bool(place.follow), place.languages
    else:
        tie = await queries.relationship(who, actor)
        tied, wanted = bool(tie.following), tie.languages
    if not tied:
        raise NotFound
    known = language_names(request)
    others = [(code, NAMES.get(code, code)) for code in wanted if code not in dict(known)]
    return await render(
        request,
        "people/languages.html",
        actor=actor,
        languages_known=[*known, *others],
        form=filled(languages=list(wanted)),
    )


@page("POST", "/u/{name}/languages", access=MEMBER)
@page("POST", "/c/{name}/languages", access=MEMBER)
async def languages(request: Request) -> StreamResponse:
    """Keep them; none is all."""
    actor, form, who = await _target(request), await read_form(request), member(request).actor
    if actor.kind == "Group":
        await reading.choose_languages(who, await asked_for(request), form.texts("languages"))
    else:
        await service.choose(who, actor, languages=form.texts("languages"))
    flash(request, _("Your choice is saved."))
    return see_other(path_of(actor))


@page("POST", "/p/{id}/quiet", access=MEMBER)
async def quiet(request: Request) -> StreamResponse:
    """Hear no more of a discussion, or hear of it again."""
    post, form, account = await post_at(request), await read_form(request), member(request).account
    if form.flag("back"):
        await notifications.unhush(account, post.root_id)
        flash(request, _("You are told again what is said in this discussion."))
    else:
        await notifications.hush(account, post.root_id)
        flash(request, _("You will be told nothing more of this discussion. You can read it as before."))
    return see_other(back_to(form, post))

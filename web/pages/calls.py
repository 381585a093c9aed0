"""Calls to all: written, counted, tried on oneself, confirmed and sent; and refused by the link in a letter."""

from __future__ import annotations

from aiohttp.web import Request, Response, StreamResponse

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.calls import letters, queries, segments, sending, service
from fedcop.calls.queries import Reach
from fedcop.calls.segments import Segment
from fedcop.communities import access, roles
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import _, format_number, ngettext
from fedcop.discussions import sent
from fedcop.discussions.service.checking import MAX_TITLE
from fedcop.discussions.text import prepare
from web.keys import member
from web.pages.communities import asked_for, frame
from web.pages.composing import say_published
from web.shared.audience import audience_line
from web.shared.flash import see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.languages import LANGUAGES, language_options
from web.shared.routing import ANYONE, MEMBER, machine, page
from web.shared.sending import form_mark, fresh_once
from web.shared.templating import name_of, place_called, render


@page("GET", "/c/{name}/call", access=MEMBER)
async def call_page(request: Request) -> StreamResponse:
    """Show the form of a call, with how many it would go to."""
    community = await _callable(request)
    return await _form(request, community, filled(segment=segments.ALL, language=community.language), Problems())


async def _callable(request: Request) -> Community:
    community = await asked_for(request)
    await service.may_call(member(request).actor, community)
    return community


async def _form(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    left = await queries.left(community)
    reach = await queries.reach(community, member(request).actor, segments.read(form.text("segment")) or Segment())
    return await render(
        request,
        "communities/call.html",
        status=422 if problems else 200,
        **await frame(request, community, "call"),
        form=form,
        problems=problems,
        left=left,
        call_said=counted(reach, left),
        segment_options=await _options(community),
        language_options=language_options(community.language),
        audience=await audience_line(community),
    )


async def _options(community: Community) -> list[tuple[str, str]]:
    """Name the segments that one can choose: those that somebody is in."""
    found = [(str(Segment()), _("All members"))]
    present = set(await queries.roles(community)) - {roles.MEMBER}
    found += [
        (str(Segment(role=role)), _("Role: %(role)s", role=_(label)))
        for role, label in roles.ROLES.items()
        if role in present
    ]
    return found + [
        (str(Segment(host=host)), _("Organisation: %(host)s", host=await place_called(host)))
        for host in await queries.organisations(community)
    ]


def counted(reach: Reach, left: int) -> str:
    """Say to how many people one is about to write: "342 people, 118 of them on 6 other organisations (about 290 e-mails)"."""
    people = ngettext("%(count)s person", "%(count)s people", reach.people)
    if reach.elsewhere:
        people = ngettext(
            "%(people)s, %(elsewhere)s of them on %(count)s other organisation",
            "%(people)s, %(elsewhere)s of them on %(count)s other organisations",
            reach.places,
            people=people,
            elsewhere=format_number(reach.elsewhere),
        )
    mails = ngettext("about %(count)s e-mail", "about %(count)s e-mails", reach.letters)
    remaining = ngettext("%(count)s call left this month.", "%(count)s calls left this month.", left)
    if not left:
        remaining = _(service.NO_MORE)
    return f"{_('You are about to write to %(people)s (%(mails)s).', people=people, mails=mails)} {remaining}"


@page("POST", "/c/{name}/call", access=MEMBER)
async def call(request: Request) -> StreamResponse:
    """Show what will be sent to whom; then try it on oneself, change it, or send it."""
    who, community = member(request), await _callable(request)
    form, problems, mark = await read_form(request), Problems(), ""
    step = form.text("step")
    if step == "send":
        mark = form_mark(request, form)
        if earlier := await sent.find(who.actor, mark):
            return see_other(f"/p/{earlier.id}")
    segment = _checked(form, problems)
    if not await queries.left(community):
        problems.add("", _(service.NO_MORE))
    if problems or segment is None or step == "change":
        return await _form(request, community, form, problems)
    if step == "trial":
        account = await Account.get(id=who.account.id).select_related("actor")
        await sending.try_out(account, community, title=form.text("title"), source=form.raw("source"))
        return await _confirm(request, community, form, segment, tried=True)
    if step != "send":
        return await _confirm(request, community, form, segment)
    try:
        post = await service.call(
            who.actor,
            community,
            title=form.text("title"),
            source=form.raw("source"),
            language=form.chosen("language", LANGUAGES),
            segment=segment,
            form=mark,
        )
    except (Invalid, Forbidden, Conflict) as error:
        if earlier := await sent.find(who.actor, mark):  # the other of a double click was faster
            return see_other(f"/p/{earlier.id}")
        problems.take(error)
        return await _form(request, community, form, problems)
    say_published(request, post)
    return see_other(f"/p/{post.id}")


def _checked(form: FormData, problems: Problems) -> Segment | None:
    segment = segments.read(form.text("segment"))
    if segment is None:
        problems.add("segment", _("Choose to whom you write."))
    if not form.text("title"):
        problems.add("title", _("Enter a title."))
    elif len(form.text("title")) > MAX_TITLE:
        problems.add("title", _("This title is too long: 200 characters at most."))
    if not form.text("source"):
        problems.add("source", _("Write something."))
    return segment


async def _confirm(
    request: Request, community: Community, form: FormData, segment: Segment, *, tried: bool = False
) -> StreamResponse:
    reach, left = await queries.reach(community, member(request).actor, segment), await queries.left(community)
    names = dict(await _options(community))
    return await render(
        request,
        "communities/call_confirm.html",
        **await frame(request, community, "call"),
        form=form,
        problems=Problems(),
        tried=tried,
        reach=reach,
        call_said=counted(reach, left),
        segment_name=names.get(str(segment), str(segment)),
        preview=(await prepare(form.raw("source"))).content,
        closed=access.default_of(community) != access.PUBLIC,
        address=member(request).account.email,
        audience=await audience_line(community),
        once=fresh_once(),
    )


@page("GET", "/calls/refuse/{token}", access=ANYONE)
async def ask_to_refuse(request: Request) -> StreamResponse:
    """Show what a link in a letter does, with a button: a program that only follows links refuses nothing."""
    account, community = await _letter(request)
    known = await access.may_find(await actors.by_id(account.actor_id), community)
    answer = await render(
        request,
        "notifications/refuse_calls.html",
        place=name_of(community.actor) if known else _("a community"),
        refused=await queries.refuses(account, community.id),
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


async def _letter(request: Request) -> tuple[Account, Community]:
    account, community_id = await letters.whose(request.match_info["token"])
    community = await communities.by_id(community_id)
    if community is None:
        raise NotFound
    return account, community


@page("POST", "/calls/refuse/{token}/stop", access=ANYONE)
async def refuse(request: Request) -> StreamResponse:
    """Want no more calls, for who pressed the button; the link is enough, nobody has to log in."""
    await read_form(request)
    account, community = await _letter(request)
    await service.refuse(account, community.id)
    return see_other(f"/calls/refuse/{request.match_info['token']}")


@machine("POST", "/calls/refuse/{token}")
async def refuse_at_once(request: Request) -> StreamResponse:
    """Want no more calls, at the word of a mail program (RFC 8058)."""
    account, community = await _letter(request)
    await service.refuse(account, community.id)
    return Response(text="OK")

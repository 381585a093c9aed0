"""Inviting people: one by name, many by a list, anybody by a link; and what came of it. How it looks to the invited is invited.py."""

from __future__ import annotations

import asyncio
import io
from functools import partial

import segno
from aiohttp.web import Request, Response, StreamResponse

from activitypub.errors import BadUri
from activitypub.uris import parse_handle
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import privacy, queries, rules, service
from fedcop.communities.admission import inviting, links, lists, steps, writing
from fedcop.communities.models import Community
from fedcop.communities.roles import Act
from fedcop.core import clock, sheets
from fedcop.core.addresses import absolute
from fedcop.core.errors import FedcopError, Invalid, NotFound
from fedcop.core.i18n import _, ngettext
from fedcop.federation import queries as federation
from web.keys import SITE, member
from web.pages.communities import LOOK_FOR, frame
from web.pages.community_people import mine_to
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import MEMBER, UPLOADS, page
from web.shared.templating import path_of, render
from web.shared.uploads import Upload


@page("GET", "/c/{name}/invite", access=MEMBER)
async def invite_page(request: Request) -> StreamResponse:
    """Ask whom to invite."""
    return await _invite(
        request, await mine_to(request, Act.INVITE), filled(handle=request.query.get("who", "")), Problems()
    )


async def _invite(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "members")
    status = 422 if problems else 200
    return await render(request, "communities/invite.html", status=status, **values, form=form, problems=problems)


@page("POST", "/c/{name}/invite", access=MEMBER, limit="search")
async def invite(request: Request) -> StreamResponse:
    """Invite a person of here or elsewhere."""
    community, form, problems = await mine_to(request, Act.INVITE), await read_form(request), Problems()
    person = await _person_named(request, form.text("handle"), problems)
    if person is not None:
        await _invite_person(request, community, person, form.text("why"), problems)
    if problems:
        return await _invite(request, community, form, problems)
    return see_other(f"{path_of(community.actor)}/invitations")


async def _person_named(request: Request, text: str, problems: Problems) -> Actor | None:
    """Find a person by name or address, asking another server if need be."""
    text = text.strip().removeprefix("@")
    found = await actors.local_by_name(text) if "@" not in text else None
    if "@" in text:
        try:
            handle = parse_handle(text)
        except BadUri:
            problems.add("handle", _("Write a name of this instance, or an address like @lea@coop.example."))
            return None
        found = await actors.by_handle(handle.name, handle.host, "Person")
        if found is None:
            await request.app[SITE].runner.wait_for(await federation.ask_for(str(handle)), LOOK_FOR)
            found = await actors.by_handle(handle.name, handle.host)
    if found is None or found.gone_at is not None or found.suspended_at is not None:
        problems.add("handle", _("We found nobody of this name. Check the spelling."))
        return None
    return found


async def _invite_person(request: Request, community: Community, person: Actor, why: str, problems: Problems) -> None:
    refusal = await privacy.known_refusal(person, community)
    if refusal is not None:
        problems.add(
            "handle",
            _("This person's server cannot keep a private community private, so they cannot be invited from there."),
        )
        return
    name = person.display_name or person.name
    try:
        membership = await service.invite(member(request).actor, community, person, why)
    except FedcopError as error:
        problems.take(error)
        return
    if membership.state == "invited":
        flash(request, _("%(name)s was invited. Nothing starts until they accept.", name=name))
    else:
        flash(request, _("%(name)s is a member now.", name=name))


async def _ours_to_invite(request: Request) -> Community:
    community = await mine_to(request, Act.INVITE)
    if not community.actor.local:
        raise NotFound
    return community


def _fresh_link() -> FormData:
    return filled(kind=links.KNOWN, uses="10", days="14")


@page("GET", "/c/{name}/invitations", access=MEMBER)
async def invitations(request: Request) -> StreamResponse:
    """Show the links, how many came by them, and who was invited and has not answered."""
    return await _invitations(request, await _ours_to_invite(request), _fresh_link(), Problems())


async def _invitations(request: Request, community: Community, form: FormData, problems: Problems) -> StreamResponse:
    values = await frame(request, community, "members")
    invited = await queries.invited(community)
    return await render(
        request,
        "communities/invitations.html",
        status=422 if problems else 200,
        **values,
        links=await links.listed(community),
        link_kinds=links.KINDS,
        letters=await writing.pending(community),
        invited=invited,
        said=await steps.exchanges(community, invited),
        address_of=partial(_address_of, community),
        now=clock.now(),
        form=form,
        problems=problems,
    )


def _address_of(community: Community, code: str) -> str:
    return absolute(f"{path_of(community.actor)}/i/{code}")


@page("POST", "/c/{name}/invitations", access=MEMBER)
async def make_link(request: Request) -> StreamResponse:
    """Make a link that people pass on."""
    community, form, problems = await _ours_to_invite(request), await read_form(request), Problems()
    try:
        await links.make(
            member(request).actor,
            community,
            kind=form.text("kind"),
            why=form.text("why"),
            uses=form.number("uses") or 0,
            days=form.number("days") or 0,
        )
    except FedcopError as error:
        problems.take(error)
        return await _invitations(request, community, form, problems)
    flash(request, _("The link is ready: copy it, or print its code."))
    return see_other(f"{path_of(community.actor)}/invitations")


@page("POST", "/c/{name}/invitations/{invitation}", access=MEMBER, limit="search")
async def change_invitation(request: Request) -> StreamResponse:
    """Take a link or an invitation back, or send an invitation again."""
    community, form, problems = await _ours_to_invite(request), await read_form(request), Problems()
    by, named = member(request).actor, request.match_info["invitation"]
    try:
        if form.text("do") == "again":
            await _again(by, community, form.text("what"), named)
            flash(request, _("The invitation was sent again."))
        else:
            await _back(by, community, form.text("what"), named)
            flash(request, _("The invitation was taken back."))
    except FedcopError as error:
        problems.take(error)
        return await _invitations(request, community, _fresh_link(), problems)
    return see_other(f"{path_of(community.actor)}/invitations")


async def _again(by: Actor, community: Community, what: str, named: str) -> None:
    if what == "person":
        await inviting.remind(by, community, await queries.membership_by_id(community, named))
    else:
        await writing.write_again(by, community, await links.by_id(community, named))


async def _back(by: Actor, community: Community, what: str, named: str) -> None:
    if what == "person":
        await inviting.withdraw(by, community, await queries.membership_by_id(community, named))
    else:
        await links.revoke(by, community, await links.by_id(community, named))


@page("GET", "/c/{name}/invitations/{invitation}/qr", access=MEMBER)
async def qr(request: Request) -> StreamResponse:
    """Draw the address of a link as a code that telephones read."""
    community = await _ours_to_invite(request)
    link = await links.by_id(community, request.match_info["invitation"])
    if link.letters:
        raise NotFound  # a letter's link is its reader's alone
    drawn = io.BytesIO()
    code = segno.make(_address_of(community, link.code), error="m", micro=False)
    code.save(drawn, kind="svg", scale=5, border=4, light="white", xmldecl=False)
    return Response(body=drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


@page("GET", "/c/{name}/invite/list", access=MEMBER)
async def list_page(request: Request) -> StreamResponse:
    """Ask for a list of people to invite."""
    community = await _ours_to_invite(request)
    return await _list(request, community, filled(language=community.language), Problems(), None)


async def _list(
    request: Request, community: Community, form: FormData, problems: Problems, read: list[lists.Line] | None
) -> StreamResponse:
    values = await frame(request, community, "members")
    counts = {state: sum(one.state == state for one in read or ()) for state in (lists.NEW, lists.UNREADABLE)}
    counts["already"] = len(read or ()) - sum(counts.values())
    return await render(
        request,
        "communities/invite_list.html",
        status=422 if problems else 200,
        **values,
        read=read,
        counts=counts,
        room=await writing.room(member(request).actor),
        letters=sum(one.state == lists.NEW and one.person is None for one in read or ()),
        languages=rules.LANGUAGES,
        form=form,
        problems=problems,
    )


@page("POST", "/c/{name}/invite/list", access=MEMBER, limit="search", max_body=UPLOADS)
async def invite_list(request: Request) -> StreamResponse:
    """Show what each line of a list means; once that is confirmed, invite."""
    community, form, problems = await _ours_to_invite(request), await read_form(request), Problems()
    by, text = member(request).actor, form.text("list")
    read: list[lists.Line] | None = None
    try:
        if (upload := form.upload("file")) is not None:
            text = await _told_in(upload)
        if form.text("step") == "send":
            return await _send(request, community, form)
        links.checked_why(form.text("why"))
        read = await lists.read(by, community, text)
        if unknown := lists.to_look_for(read):
            await _look_for(request, unknown)
            read = await lists.read(by, community, text)
    except FedcopError as error:
        problems.take(error)
    # What was in a file stands in the field from now on: a file cannot be chosen for somebody.
    shown = filled(list=text, why=form.text("why"), language=form.text("language"))
    return await _list(request, community, shown, problems, read)


async def _look_for(request: Request, addresses: list[str]) -> None:
    """Ask the servers of people whom we do not know, all at once; who does not answer in time is found by the next look."""
    runner = request.app[SITE].runner
    asked = [await federation.ask_for(one) for one in addresses]
    await asyncio.gather(*(runner.wait_for(one, LOOK_FOR) for one in asked))


async def _send(request: Request, community: Community, form: FormData) -> StreamResponse:
    language = form.chosen("language", rules.LANGUAGES, community.language)
    sent = await lists.send(
        member(request).actor, community, form.text("list"), why=form.text("why"), language=language
    )
    said = ngettext("%(count)s person was invited.", "%(count)s people were invited.", sent.invited)
    if sent.left:
        said += " " + ngettext(
            "%(count)s letter has to wait for tomorrow: send the same list again then.",
            "%(count)s letters have to wait for tomorrow: send the same list again then.",
            sent.left,
        )
    flash(request, said)
    return see_other(f"{path_of(community.actor)}/invitations")


async def _told_in(upload: Upload) -> str:
    """Read a file as spreadsheets write it."""
    if not upload.limit and upload.size > 2 * lists.MAX_TEXT:
        raise Invalid(errors={"file": lists.TOO_LONG})
    return sheets.told_in(b"".join([chunk async for chunk in upload.chunks()]))

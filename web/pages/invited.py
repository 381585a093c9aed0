"""What somebody sees who was given an invitation link: who invites to what, and the ways in from here or from elsewhere.

A link that does not work and a community that does not exist are the same page. The code stands in addresses of our own only:
no other site gets it as Referer, no log and no cache has it.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from aiohttp.web import Request, StreamResponse

from activitypub.errors import BadUri
from activitypub.uris import host_of
from fedcop.communities import access, lookup, queries, rules
from fedcop.communities.admission import writing
from fedcop.communities.models import Community, InvitationLink
from fedcop.core.addresses import absolute
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.digests import rhythms
from web.keys import SITE, looker, viewer
from web.pages.communities import LOOK_FOR, join_form, numbers
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.routing import ANYONE, MEMBER, page
from web.shared.templating import path_of, render


async def _opened(request: Request) -> tuple[Community, InvitationLink]:
    """Find what a link leads to, or raise the one NotFound of all links that lead nowhere."""
    name, code = request.match_info["name"], request.match_info["code"]
    if "@" in name and viewer(request) is None:
        raise NotFound
    community = await queries.visible_community(looker(request), name, code=code)
    link = await access.link_of(community, code)
    if link is None:
        raise NotFound
    return community, link


async def _dead(request: Request) -> StreamResponse:
    response = await render(request, "communities/dead_link.html", status=404, text=_(rules.DEAD_LINK))
    return _kept_secret(response)


def _kept_secret(response: StreamResponse) -> StreamResponse:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@page("GET", "/c/{name}/i/{code}", access=ANYONE)
async def invited(request: Request) -> StreamResponse:
    """Show who invites to what; a member of this instance can join at once."""
    try:
        community, link = await _opened(request)
    except NotFound:
        return await _dead(request)
    if viewer(request) is None:
        return await _ways_in(request, community, link, FormData(), Problems())
    if await queries.is_member(community, looker(request)):
        return see_other(path_of(community.actor))
    return _kept_secret(await join_form(request, community, filled(rhythm=rhythms.BY_DEFAULT), Problems(), link))


async def _ways_in(
    request: Request, community: Community, link: InvitationLink, form: FormData, problems: Problems, onward: str = ""
) -> StreamResponse:
    response = await render(
        request,
        "communities/invited.html",
        status=422 if problems else 200,
        section="communities",
        community=community,
        link=link,
        numbers=numbers(community),
        here=request.path,
        onward=onward,
        form=form,
        problems=problems,
    )
    return _kept_secret(response)


@page("POST", "/c/{name}/i/{code}", access=ANYONE)
async def elsewhere(request: Request) -> StreamResponse:
    """Lead somebody whose account is elsewhere there; or take the no of who got a letter."""
    try:
        community, link = await _opened(request)
    except NotFound:
        return await _dead(request)
    form, problems = await read_form(request), Problems()
    if form.text("do") == "no":
        await writing.refuse(community, link.code)
        flash(request, _("You said no. Your address was erased here."))
        return see_other("/")
    onward = _at_home(form.text("home"), request.path)
    if not onward:
        problems.add(
            "home", _("Write your address, like @lea@coop.example, or that of the server where your account is.")
        )
    return await _ways_in(request, community, link, form, problems, onward)


def _at_home(typed: str, path: str) -> str:
    """Give the address at somebody's own server where the link can be opened; "" if no server can be read in what they typed."""
    link = absolute(path)
    text = re.sub(r"^https?://", "", typed.strip()[:300], flags=re.I).partition("/")[0].rpartition("@")[2]
    scheme = urlsplit(link).scheme
    try:
        host = host_of(f"{scheme}://{text}/")
    except BadUri:
        return ""
    return f"{scheme}://{host}/join?link={quote(link, safe='')}" if "." in host or host.startswith("localhost") else ""


@page("GET", "/join", access=MEMBER)
async def open_page(request: Request) -> StreamResponse:
    """Ask for an invitation link, or for the word to open the one that somebody came with."""
    return await _open_page(request, filled(link=request.query.get("link", "")), Problems())


async def _open_page(request: Request, form: FormData, problems: Problems) -> StreamResponse:
    status, found = 422 if problems else 200, lookup.LINK.fullmatch(form.text("link"))
    host = found["host"] if found is not None else ""
    page_ = "communities/open_link.html"
    response = await render(
        request, page_, status=status, section="communities", host=host, form=form, problems=problems
    )
    return _kept_secret(response)


@page("POST", "/join", access=MEMBER, limit="search")
async def open_link(request: Request) -> StreamResponse:
    """Look at an invitation link of here or of another server, and go where it leads."""
    form, problems = await read_form(request), Problems()
    text = form.text("link")
    text = lookup.spelled(text)
    found = lookup.LINK.fullmatch(text)
    if found is None:
        problems.add("link", _("Paste the whole invitation link, from https:// on."))
        return await _open_page(request, form, problems)
    if found["host"] == request.app[SITE].settings.netloc:
        return see_other(f"/c/{found['name']}/i/{found['code']}")
    done = await request.app[SITE].runner.wait_for(await lookup.ask_for_link(text), LOOK_FOR)
    path = f"/c/{found['name']}@{found['host']}/i/{found['code']}"
    try:
        community = await queries.visible_community(
            looker(request), f"{found['name']}@{found['host']}", code=found["code"]
        )
        if await access.link_of(community, found["code"]) is not None:
            return see_other(path)
    except NotFound:
        pass
    problems.add(
        "link",
        _(rules.DEAD_LINK) if done else _("The other server does not answer. We keep asking: try again in a minute."),
    )
    return await _open_page(request, form, problems)

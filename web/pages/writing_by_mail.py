"""The address at which a member begins discussions of a community by mail: to take, to keep, to replace."""

from __future__ import annotations

import re
from urllib.parse import quote

from aiohttp.web import Request, Response, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.letterbox import posting, rules
from web.keys import member
from web.pages.communities import frame
from web.shared.audience import audience_line
from web.shared.flash import flash, see_other
from web.shared.forms import read_form
from web.shared.routing import MEMBER, page
from web.shared.templating import name_of, path_of, render


async def _asked_for(request: Request) -> Community:
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    await rules.may_begin(who, community)
    return community


@page("GET", "/c/{name}/mail", access=MEMBER)
async def show(request: Request) -> StreamResponse:
    """Show the address, who will read what is sent there, and what becomes of a letter."""
    community, account = await _asked_for(request), member(request).account
    address = await posting.find(account, community)
    return await render(
        request,
        "communities/mail.html",
        **await frame(request, community, "mail"),
        address=address,
        writing=f"mailto:{quote(address, safe='@')}",
        mine=account.email,
        audience_said=await audience_line(community),
    )


@page("POST", "/c/{name}/mail", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Give a member their first address, or another one."""
    form, account = await read_form(request), member(request).account
    community = await _asked_for(request)
    if form.text("do") == "replace":
        await posting.replace(account, community)
        flash(request, _("This is your new address. What comes to the one before is not published any more."))
    else:
        await posting.give(account, community)
    return see_other(f"{path_of(community.actor)}/mail")


@page("GET", "/c/{name}/mail.vcf", access=MEMBER)
async def card(request: Request) -> StreamResponse:
    """Give the address as a card that address books take."""
    community = await _asked_for(request)
    address = await posting.find(member(request).account, community)
    if not address:
        raise NotFound
    name = re.sub(r"([\\,;])", r"\\\1", " ".join(name_of(community.actor).split()))
    lines = ("BEGIN:VCARD", "VERSION:3.0", f"N:;{name};;;", f"FN:{name}", f"EMAIL;TYPE=INTERNET:{address}", "END:VCARD")
    answer = Response(text="".join(f"{line}\r\n" for line in lines), content_type="text/vcard", charset="utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="contact.vcf"'
    return answer

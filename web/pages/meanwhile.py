"""What the scripts of a page ask while one reads or writes: whom one could name, what has come since. Small answers in JSON.

Pages do without: a name can be typed, a page loaded again.
"""

from __future__ import annotations

from datetime import datetime

from aiohttp.web import Request, StreamResponse, json_response

from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _, ngettext
from fedcop.core.ids import read_id
from fedcop.discussions import news, queries, readers
from web.keys import member
from web.shared.routing import MEMBER, page
from web.shared.templating import handle, name_of


@page("GET", "/c/{name}/named", access=MEMBER)
async def named(request: Request) -> StreamResponse:
    """Suggest whom one could name in a community: {"people": [{"handle", "name", "about"}], "said": "2 suggestions"}."""
    who = member(request).actor
    community = await communities.visible_community(who, request.match_info["name"])
    if not await access.may_read(who, community):
        raise NotFound
    found = await readers.suggested(who, community, request.query.get("q", "")[:60])
    people = [{"handle": handle(one), "name": name_of(one), "about": one.profession} for one in found]
    said = ngettext("%(count)s suggestion", "%(count)s suggestions", len(found)) if found else _("No suggestion")
    return json_response({"people": people, "said": said})


@page("GET", "/p/{id}/fresh", access=MEMBER)
async def fresh(request: Request) -> StreamResponse:
    """Count the replies that came to a thread after the moment `since` (ISO 8601): {"count": 2, "said": "2 new replies"}."""
    number = read_id(request.match_info["id"])
    if number is None:
        raise NotFound
    who = member(request).actor
    post = await queries.visible_post(who, number)
    try:
        since = datetime.fromisoformat(request.query.get("since", ""))
    except ValueError:
        raise NotFound from None
    if since.tzinfo is None:
        raise NotFound
    count = await news.replies_since(who, post, since)
    return json_response({"count": count, "said": ngettext("%(count)s new reply", "%(count)s new replies", count)})

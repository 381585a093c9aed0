"""The one search of the house: among what one may read; and, by pasting an address, anything elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from aiohttp.web import Request, StreamResponse

from activitypub.errors import BadUri
from activitypub.uris import parse_handle
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, lookup, ties
from fedcop.communities import queries as communities
from fedcop.core import addresses, budgets
from fedcop.core.errors import NotFound
from fedcop.core.i18n import N_, _
from fedcop.core.ids import read_id
from fedcop.core.site import site
from fedcop.discussions import finding
from fedcop.discussions import queries as discussions
from fedcop.discussions.views import PostView
from fedcop.federation import queries as federation
from fedcop.people import queries as people
from fedcop.people.hiding import unhidden_sql
from fedcop.search import reasons, service
from fedcop.search.reasons import Reason
from fedcop.search.service import Hit
from fedcop.timelines import trends
from web.keys import looker, viewer
from web.middleware.limits import take
from web.shared.flash import is_local, see_other
from web.shared.forms import filled
from web.shared.paging import after, paged
from web.shared.routing import ANYONE, page
from web.shared.templating import path_of, render, url

SEEK_SECONDS = budgets.SEEK_SECONDS
MAX_WORDS = 500
KINDS = {
    "post": N_("Discussions"),
    "resource": N_("Resources"),
    "community": N_("Communities"),
    "person": N_("People"),
}
PLACES = {
    "title": N_("the title"),
    "text": N_("the text"),
    "name": N_("the name"),
    "about": N_("what is said about it"),
    "address": N_("the address %(said)s"),
    "tag": N_("the tag #%(said)s"),
    "file": N_("the file “%(said)s”"),
    "description": N_("the description of a file, “%(said)s”"),
    "spoken": N_("what is said in a film or a sound, “%(said)s”"),
    "link": N_("the link “%(said)s”"),
    "choice": N_("the poll, %(said)s"),
    "credit": N_("the credits, %(said)s"),
}
OF_ACTORS = {reasons.TITLE: "name", reasons.TEXT: "about"}
MOST_REASONS = 4


MOST_OF_WEEK = 10


@dataclass(frozen=True)
class Result:
    """A hit with what it is about."""

    hit: Hit
    path: str
    label: str
    view: PostView | None = None
    actor: Actor | None = None
    thread_title: str = ""
    why: Sequence[Reason] = ()

    @property
    def places(self) -> list[str]:
        """Say where in it the words stand that were looked for."""
        own = OF_ACTORS if self.actor is not None else {}
        return [_(PLACES[own.get(why.part, why.part)], said=why.said) for why in self.why[:MOST_REASONS]]


@page("GET", "/search", access=ANYONE, limit="search")
async def search(request: Request) -> StreamResponse:
    """Find words among what the viewer may read; lead to what an address means."""
    words = " ".join(request.query.get("q", "").split())[:MAX_WORDS]
    if lookup.LINK.fullmatch(words):  # an invitation link is nothing to search for: its code stays out of jobs and logs
        return see_other(url("/join", link=words))
    if not is_address(words):
        return await _results(request, words)
    path = await _known_path(request, words)
    # Another site's link or form must not make our members fetch: only our own pages and the address bar do.
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if path is None and viewer(request) is not None and not elsewhere:
        path = await _seek(request, words)
    if path is not None:
        return see_other(path)
    return await _results(request, words, sought=viewer(request) is not None and not elsewhere, address=True)


def is_address(words: str) -> bool:
    """Tell whether somebody pasted a handle or a web address instead of words."""
    if words.startswith(("https://", "http://")):
        return " " not in words
    if "@" not in words:
        return False
    try:
        parse_handle(words)
    except BadUri:
        return False
    return True


async def _seek(request: Request, text: str) -> str | None:
    """Let a job look for it in the network, and wait a little."""
    found = viewer(request)
    take(request, "search", key=f"account:{found.account.id}" if found else "")
    if text.startswith(("https://", "http://")) and addresses.is_ours(text):
        return None
    # One job for all: whether there is something that the viewer may not see must make no difference here.
    await site().runner.wait_for(await lookup.ask_for(text), SEEK_SECONDS)
    return await _known_path(request, text)


async def _known_path(request: Request, text: str) -> str | None:
    """Give our page of what an address means, if we know it and the viewer may see it."""
    if text.startswith(addresses.origin() + "/"):
        parts = urlsplit(text)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return path if is_local(path) else None
    found = await federation.found(text)
    if found is None or found.ref_id is None:
        return None
    actor = await federation.actor_of(found)
    if actor is not None:
        return await _actor_path(looker(request), actor)
    if found.kind not in ("post", "resource"):
        return None
    try:
        return f"/p/{(await discussions.visible_post(looker(request), found.ref_id)).id}"
    except NotFound:
        return None


async def _actor_path(who: Actor | None, actor: Actor) -> str | None:
    if actor.gone_at is not None or actor.suspended_at is not None or actor.kind == "Application":
        return None
    if actor.kind == "Group":
        community = await communities.by_actor(actor)
        return path_of(actor) if community is not None and await access.may_find(who, community) else None
    return None if who is not None and await people.blocks(actor, who) else path_of(actor)


async def _results(request: Request, words: str, *, sought: bool = False, address: bool = False) -> StreamResponse:
    who = looker(request)
    kind = request.query.get("kind", "")
    kind = kind if kind in KINDS else ""
    tied = await ties.places(who) if who is not None else {}
    mine = {number: place.title for number, place in tied.items() if place.belongs}
    chosen = read_id(request.query.get("community", ""))
    place = chosen if chosen in mine else None
    # The directory is for members; so are people in search.
    open_kinds = [one for one in KINDS if who is not None or one != "person"]
    hits = await service.query(
        words,
        visible=await access.findable_sql("e", who),
        kinds=[kind] if kind in open_kinds else [] if kind else open_kinds,
        community_id=place,
        seen=unhidden_sql("e.author_id", who) if who is not None else ("", []),
        after=after(request),
    )
    listed = paged(request, hits, lambda hit: hit.mark)
    return await render(
        request,
        "search/results.html",
        words=words,
        address=address,
        sought=sought,
        results=await _loaded(who, words, listed.items),
        listed=listed,
        kind=kind,
        kinds=[(one, _(KINDS[one])) for one in open_kinds],
        place=place,
        mine=mine,
        **(await _this_week(who) if not words else {}),
        form=filled(q=words, community=place or ""),
    )


async def _loaded(who: Actor | None, words: str, hits: Sequence[Hit]) -> list[Result]:
    """Load what hits are about, in a fixed number of queries; rights are judged once more on the things themselves."""
    views = {view.post.id: view for view in await discussions.load_posts(who, _ids(hits, "post", "resource"))}
    titles = await discussions.titles_of(who, [view.post for view in views.values()])
    names = await finding.credited([view.post for view in views.values()])
    persons = await actors.many(_ids(hits, "person"))
    places = await communities.many(_ids(hits, "community"))
    found = []
    for hit in hits:
        if hit.kind in ("person", "community"):
            actor = persons.get(hit.id) if hit.kind == "person" else getattr(places.get(hit.id), "actor", None)
            result = _of_actor(hit, actor)
            parts = [("address", f"{actor.name}@{actor.host}")] if actor is not None else []
        else:
            view = views.get(hit.id)
            result = _of_post(words, hit, view, titles.get(view.post.root_id, "")) if view is not None else None
            choices = [one.text for one in view.poll.choices] if view is not None and view.poll is not None else []
            parts = finding.parts_of(view.post, view.files, names.get(hit.id, ()), choices) if view is not None else []
        if result is not None:
            found.append(replace(result, why=reasons.reasons(words, hit, parts)))
    return found


async def _this_week(who: Actor | None) -> dict[str, Any]:
    """What people talk about in public this week: for who does not know yet what to look for."""
    ids = await trends.threads(who, limit=MOST_OF_WEEK)
    views = {view.post.id: view for view in await discussions.load_posts(who, ids)}
    return {
        "week_tags": await trends.tags(who, limit=MOST_OF_WEEK),
        "week_threads": [views[number] for number in ids if number in views],
    }


def _ids(hits: Sequence[Hit], *kinds: str) -> list[int]:
    return [hit.id for hit in hits if hit.kind in kinds]


def _of_actor(hit: Hit, actor: Actor | None) -> Result | None:
    if actor is None or actor.gone_at is not None:
        return None
    return Result(hit, path_of(actor), _("Person") if hit.kind == "person" else _("Community"), actor=actor)


def _of_post(words: str, hit: Hit, view: PostView, thread_title: str) -> Result | None:
    if view.gone:
        return None
    label = _("A reply") if view.post.depth else _(view.label)
    path = f"/p/{view.post.root_id}#p-{view.post.id}" if view.post.depth else f"/p/{view.post.id}"
    return Result(_in_its_language(words, hit, view), path, label, view=view, thread_title=thread_title)


def _in_its_language(words: str, hit: Hit, view: PostView) -> Hit:
    """Show the version in which it was found: the reader's own, if the words stand there."""
    first = [view.said, *view.others] if view.others else []
    told = [
        service.said_as(hit, words, language=one.language, title=one.title, body=finding.body_of(view.post, one))
        for one in first
    ]
    return next((one for one in told if reasons.is_marked(one.title) or reasons.is_marked(one.excerpt)), hit)

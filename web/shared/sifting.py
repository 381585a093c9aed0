"""What the filters of who looks make of posts on pages: some are left out, some folded. Apps are told, and do it themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aiohttp.web import Request

from fedcop.discussions.views import PostView, ThreadView
from fedcop.filters import words
from fedcop.filters.sieve import Match, Sieve, strongest
from web.keys import viewer


def sieve_of(request: Request) -> Sieve:
    """Give the filters of who looks; of a stranger none."""
    who = viewer(request)
    return Sieve(words.read(who.account)) if who is not None else Sieve()


def _marked(request: Request, sieve: Sieve, view: PostView, context: str) -> PostView:
    who = viewer(request)
    if who is None or view.gone or view.post.author_id == who.actor.id:
        return view
    found: tuple[Match, ...] = sieve.matches(view.post.id, lambda: view.words, context)
    titles = ", ".join(match.filter.title for match in found)
    return replace(view, fate=strongest(found), filtered=titles) if found else view


def sifted(request: Request, views: Iterable[PostView], context: str) -> list[PostView]:
    """Mark the posts of a list; what is to be hidden is left out. What one wrote oneself is never filtered."""
    sieve = sieve_of(request)
    if not sieve:
        return list(views)
    marked = (_marked(request, sieve, view, context) for view in views)
    return [view for view in marked if view.fate != "hide"]


def sifted_thread(request: Request, thread: ThreadView) -> ThreadView:
    """Mark the posts of a thread; nothing is left out, since others answer it."""
    sieve = sieve_of(request)
    if not sieve:
        return thread
    return replace(
        thread,
        root=_marked(request, sieve, thread.root, "thread"),
        replies=[_marked(request, sieve, view, "thread") for view in thread.replies],
    )

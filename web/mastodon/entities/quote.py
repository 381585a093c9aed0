"""What a post quotes, as Quote and ShallowQuote, and who may quote a post, as QuoteApproval."""

from __future__ import annotations

from html import escape
from typing import Any

from fedcop.communities import access
from fedcop.discussions.quotes import policy
from fedcop.discussions.quotes.queries import QuoteView
from fedcop.discussions.views import PostView

NAMED = ("accepted", "pending")


def shallow_json(below: tuple[str, int | None] | None) -> dict[str, Any] | None:
    """Write what a post quotes that is quoted itself: no more than which one."""
    if below is None:
        return None
    state, number = below
    return {"state": state, "quoted_status_id": str(number) if number is not None else None}


def approval_json(view: PostView) -> dict[str, Any]:
    """Write who may quote a post, and how who asks stands."""
    post = view.post
    at_once, looked_at = policy.for_apps(post.quote_policy, local=post.local, public=post.audience == access.PUBLIC)
    return {"automatic": list(at_once), "manual": list(looked_at), "current_user": view.quotable}


def fallback(quote: QuoteView | None) -> str:
    """Write the line that stands for a quote in apps that know none; the others leave out what is of this class."""
    if quote is None or quote.state not in NAMED or not quote.uri:
        return ""
    address = quote.uri
    if quote.post is not None:
        address = quote.post.url or quote.post.uri
    elif quote.kept is not None:
        address = str(quote.kept.get("url") or quote.uri)
    shown = escape(address)
    return f'<p class="quote-inline">RE: <a href="{shown}" rel="nofollow noopener noreferrer" target="_blank">{shown}</a></p>'

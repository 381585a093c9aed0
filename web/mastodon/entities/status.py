"""Posts as Status, and the boost by which a community brings a thread home."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from fedcop.communities.models import Community
from fedcop.core.literal import plain_of
from fedcop.core.sanitise import to_text
from fedcop.discussions import spoken
from fedcop.discussions import text as texts
from fedcop.discussions.models import Post, Revision, Share
from fedcop.discussions.quotes.queries import QuoteView
from fedcop.discussions.statuses import Status
from web.mastodon.entities.around import Around
from web.mastodon.entities.card import card_json
from web.mastodon.entities.media import are_shown, media_json
from web.mastodon.entities.plainer import plainer
from web.mastodon.entities.poll import poll_json
from web.mastodon.entities.quote import approval_json, fallback, shallow_json
from web.mastodon.entities.times import stamp, stamp_or_none

TURNED = 1 << 15  # decisions/0022-ids-that-apps-read.md
FAVOURITE = "thanks"
MARKDOWN, PLAIN = TYPES = ("text/markdown", "text/plain")


def turn(status_id: int) -> int:
    """Give the id of the boost of a thread, or the thread's of a boost."""
    return status_id ^ TURNED


def status_json(
    status: Status, around: Around, *, answers: int | None = None, inside: QuoteView | None = None
) -> dict[str, Any]:
    """Write a post. `answers`: what it stands below where that is not what it answered (which is gone); `inside`: the quote in which it is shown."""
    view, post = status.view, status.view.post
    said = view.said
    below = answers or status.below
    return {
        "id": str(post.id),
        "uri": post.uri,
        "url": post.url or post.uri,
        "created_at": stamp(post.published_at),
        "edited_at": stamp_or_none(post.edited_at),
        "account": around.account(view.author),
        "content": content(status),
        "spoiler_text": post.warning,
        "sensitive": post.sensitive,
        "visibility": "public" if post.audience == "public" else "private",
        "language": said.language or None,
        "in_reply_to_id": str(below) if below else None,
        "in_reply_to_account_id": str(status.answers.id) if status.answers and not answers else None,
        "replies_count": post.replies_count,
        "reblogs_count": post.shares_count,
        "favourites_count": post.thanks_count,
        "quotes_count": post.quotes_count,
        "favourited": FAVOURITE in view.mine,
        "reblogged": view.shared,
        "bookmarked": view.kept,
        "muted": view.quiet,
        "pinned": post.pinned_at is not None,
        "filtered": around.filtered(view),
        "media_attachments": [media_json(file, around) for file in view.files if are_shown(file)],
        "mentions": [
            {
                "id": str(actor.id),
                "username": actor.name,
                "acct": actor.name if actor.local else f"{actor.name}@{actor.host}",
                "url": actor.url or actor.uri,
            }
            for actor in status.mentioned
        ],
        "tags": [{"name": tag, "url": f"{around.origin}/tags/{quote(tag)}"} for tag in post.tags],
        "emojis": [],
        "reblog": None,
        "poll": poll_json(view.poll) if view.poll is not None else None,
        "card": card_json(status),
        "quote": shallow_json(inside.below) if inside is not None else _quote_json(status, around),
        "quote_approval": approval_json(view),
        "application": None,
        "fedcop": {"title": said.title, "community": _place(view.community), "state": post.state},
    }


def _quote_json(status: Status, around: Around) -> dict[str, Any] | None:
    quote = status.view.quote
    if quote is None:
        return None
    quoted = status_json(status.quoted, around, inside=quote) if status.quoted is not None else None
    return {"state": quote.state, "quoted_status": quoted}


def _place(community: Community | None) -> dict[str, str] | None:
    if community is None:
        return None
    actor = community.actor
    return {
        "id": str(actor.id),
        "acct": actor.name if actor.local else f"{actor.name}@{actor.host}",
        "display_name": actor.display_name or actor.name,
    }


def content(status: Status) -> str:
    """Write the text as apps show it: the title in bold above it, links below; above all of it what stands for a quote."""
    said, post = status.view.said, status.view.post
    links = (f"<p>{_link(str(link['href']), str(link.get('name') or ''))}</p>" for link in post.links)
    title = said.title if post.depth == 0 and not post.title_derived else ""
    return fallback(status.view.quote) + titled(title, said.content) + "".join(links)


def titled(title: str, text: str) -> str:
    """Put a title above a text: apps show bold words, or plain ones."""
    return (f"<p><strong>{escape(title, quote=False)}</strong></p>" if title else "") + plainer(text)


def titled_before(earlier: Revision) -> str:
    """Write what a text said before: a title that is how it begins was written by nobody."""
    begins_so = texts.derive_title(to_text(earlier.content)) == earlier.title
    return titled("" if begins_so else earlier.title, earlier.content)


def _link(address: str, name: str) -> str:
    return (
        f'<a href="{escape(address)}" rel="nofollow noopener noreferrer" target="_blank">{escape(name or address)}</a>'
    )


def boost_json(status: Status, community: Community, around: Around, *, inside: bool) -> dict[str, Any]:
    """Write a thread as something that its community boosts: who, where from, and once."""
    inner = status_json(status, around)
    return inner | {
        "id": str(turn(status.view.post.id)),
        "uri": f"{status.view.post.uri}#announced",
        "account": around.account(community.actor, community, inside=inside),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "pinned": False,
        "reblog": inner,
    }


def source_json(post: Post) -> dict[str, Any]:
    """Write what an author typed, so that it can be corrected: the title, an empty line, the text."""
    return {"id": str(post.id), "text": source_of(post), "spoiler_text": post.warning, "content_type": type_of(post)}


def type_of(post: Post) -> str:
    """Say whether what an author typed is given back without formatting."""
    return MARKDOWN if plain_of(post.source) is None else PLAIN


def source_of(post: Post) -> str:
    """Give what an author typed, in one box."""
    text = plain_of(post.source) or post.source
    return spoken.whole(post.title if post.depth == 0 else "", text, derived=post.title_derived)


def deleted_json(written: dict[str, Any], post: Post) -> dict[str, Any]:
    """Write a post that is deleted, with what its author typed: apps offer to write it anew, a thread where it was."""
    text, place = source_of(post), written["fedcop"]["community"]
    if (
        place is not None
        and post.depth == 0
        and not re.search(rf"[@!]{re.escape(place['acct'])}(?![\w@]|[.-]\w)", text)
    ):
        text = f"@{place['acct']} {text}"
    return written | {"text": text, "content_type": type_of(post)}


def shared_json(written: dict[str, Any], share: Share, account: dict[str, Any]) -> dict[str, Any]:
    """Write that somebody shared a post."""
    return written | {
        "id": str(share.id),
        "uri": share.uri,
        "created_at": stamp(share.created_at),
        "account": account,
        "reblog": written,
    }


def version_json(now: dict[str, Any], text: str, at: datetime) -> dict[str, Any]:
    """Write what a post said at a time; `now` is the post as it is."""
    kept = ("account", "spoiler_text", "sensitive", "media_attachments", "emojis", "poll", "quote")
    return {name: now[name] for name in kept} | {"content": text, "created_at": stamp(at)}


def context_json(ancestors: list[dict[str, Any]], descendants: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Write what stands above and below a post."""
    return {"ancestors": ancestors, "descendants": descendants}

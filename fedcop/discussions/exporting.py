"""What a copy of one's data says of what one wrote, reacted to and began to write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.discussions.models import Bookmark, Post, Reaction
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.polls.models import Ballot
from fedcop.discussions.polls.queries import PollView
from fedcop.discussions.quotes import queries as quotes

_AT_ONCE = 500


async def written(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give all posts of a person, some hundred in each file, and their reactions (part of the export)."""
    last = number = 0
    while (
        posts := await Post.filter(author_id=actor_id, id__gt=last, deleted_at__isnull=True)
        .order_by("id")
        .limit(_AT_ONCE)
    ):
        number += 1
        asked, quoted = await polls.views(None, posts), await quotes.quoted_by(posts)
        yield f"posts-{number}.json", [_post(post, asked.get(post.id), quoted.get(post.id)) for post in posts]
        last = posts[-1].id
    reactions = await Reaction.filter(actor_id=actor_id).order_by("id").select_related("post")
    yield "reactions.json", [{"post": one.post.uri, "kind": one.kind, "at": one.created_at} for one in reactions]

    kept = await Bookmark.filter(actor_id=actor_id).order_by("id").select_related("post")
    yield "bookmarks.json", [{"post": one.post.uri, "at": one.kept_at} for one in kept]
    ballots = await Ballot.filter(actor_id=actor_id).order_by("id").select_related("poll__post")
    yield "votes.json", [{"post": one.poll.post.uri, "choice": _choice(one), "at": one.cast_at} for one in ballots]


def _choice(ballot: Ballot) -> str:
    options = ballot.poll.options
    return options[ballot.choice] if ballot.choice < len(options) else ""


def _poll(view: PollView) -> dict[str, Any]:
    return {
        "choices": [{"text": one.text, "votes": one.count} for one in view.choices],
        "multiple": view.poll.multiple,
        "ends_at": view.poll.ends_at,
    }


def _post(post: Post, poll: PollView | None, quoted: str | None) -> dict[str, Any]:
    said = (
        "uri",
        "kind",
        "title",
        "source",
        "content",
        "language",
        "versions",
        "warning",
        "audience",
        "tags",
        "quote_policy",
        "parent_uri",
        "published_at",
        "edited_at",
    )
    more = {"poll": _poll(poll)} if poll is not None else {}
    return {name: getattr(post, name) for name in said} | more | ({"quotes": quoted} if quoted else {})

"""Posts for programs: what an app shows of each and no more, in few statements, however many posts. Whoever asks has found the ids with the rights of who looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.discussions import faces, seams
from fedcop.discussions.marks import marks_of
from fedcop.discussions.models import Mention, Post
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.views import PostView


@dataclass(frozen=True)
class Status:
    """A post, whom it names, and whose post it answers (as that one shows it)."""

    view: PostView
    mentioned: tuple[Actor, ...] = ()
    answers: Actor | None = None


async def load(viewer: Actor | None, ids: Sequence[int]) -> list[Status]:
    """Load posts in the order of `ids`; one that was deleted or removed meanwhile is left out."""
    posts = {post.id: post for post in await Post.filter(id__in=list(ids))} if ids else {}
    return await of(viewer, [posts[post_id] for post_id in ids if post_id in posts])


async def of(viewer: Actor | None, posts: Sequence[Post]) -> list[Status]:
    """Load what hangs on posts that are there already."""
    shown = [post for post in posts if post.deleted_at is None and post.removed_at is None]
    ids = [post.id for post in shown]
    parents = {post.parent_id for post in shown} - {None, *ids}
    answered = {one.id: one for one in await Post.filter(id__in=list(parents)).only(*faces.NEEDED)} if parents else {}
    answered |= {post.id: post for post in shown}
    seen = await faces.faces_of(viewer, answered.values())
    places = await communities.many({post.community_id for post in shown if post.community_id is not None})
    files = await seams.media_of(ids)
    mine = await marks_of(viewer, ids)
    named, asked = await _named(ids), await polls.views(viewer, shown)
    return [
        Status(
            PostView(
                post=post,
                author=seen.author_of(post),
                community=places.get(post.community_id or 0),
                files=files.get(post.id, ()),
                mine=mine[post.id].reactions,
                shared=mine[post.id].shared,
                kept=mine[post.id].kept,
                hidden=mine[post.id].hides_author and post.anonymised_at is None,
                poll=asked.get(post.id),
            ),
            tuple(named.get(post.id, ())),
            seen.author_of(answered[post.parent_id]) if post.parent_id in answered else None,
        )
        for post in shown
    ]


async def _named(ids: Sequence[int]) -> dict[int, list[Actor]]:
    found: dict[int, list[Actor]] = {}
    if ids:
        for row in await Mention.filter(post_id__in=list(ids)).order_by("id").select_related("actor"):
            found.setdefault(row.post_id, []).append(row.actor)
    return found

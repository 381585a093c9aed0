"""Whose face a post shows: its author's or, where they took their name from it, that of nobody in particular. The one place that judges it.

Nobody but the author is shown the name, moderators neither: they act on the post, not on the person.
Not for: who may read a post (communities/access.py), or how a name is taken from it (service/anonymity.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.database import rows
from fedcop.core.i18n import _
from fedcop.core.selects import Select
from fedcop.discussions.models import Post

NEEDED = ("id", "author_id", "community_id", "anonymised_at", "deleted_at", "removed_at")
"""What is looked at of a post."""


def former_member(host: str = "") -> Actor:
    """Give the face that stands for anybody who took their name from a post: it has no row and no page."""
    return Actor(id=0, uri="", kind="Person", local=True, name="", host=host, display_name=_("Former member"))


def is_withheld(post: Post, viewer: Actor | None) -> bool:
    """Tell whether a post does not say whose it is, to somebody who looks."""
    return post.anonymised_at is not None and (viewer is None or viewer.id != post.author_id)


@dataclass(frozen=True)
class Faces:
    """Those whom some posts show to one person."""

    viewer: Actor | None
    people: Mapping[int, Actor]
    former: frozenset[tuple[int, int | None]]  # who took their name from what they wrote in which community

    def author_of(self, post: Post) -> Actor:
        """Give whom a post is shown to be by."""
        author = self.people[post.author_id]
        # What was taken away no document tells of any more: there, what else they wrote in the community says how they want it.
        gone = post.deleted_at is not None or post.removed_at is not None
        if is_withheld(post, self.viewer) or (gone and self._left(post.author_id, post.community_id)):
            return former_member(author.host)
        return author

    def somebody_of(self, actor: Actor, community_id: int | None) -> Actor:
        """Give whom somebody is shown to be who did something in a community without writing."""
        return former_member(actor.host) if self._left(actor.id, community_id) else actor

    def _left(self, actor_id: int, community_id: int | None) -> bool:
        is_me = self.viewer is not None and self.viewer.id == actor_id
        return not is_me and (actor_id, community_id) in self.former


async def faces_of(
    viewer: Actor | None,
    posts: Iterable[Post],
    others: Iterable[int] = (),
    *,
    known: Mapping[int, Actor] | None = None,
    load: Select[Actor] = actors.WHOLE,
) -> Faces:
    """Load whom posts show to one person, and `others` who did something in their communities.

    `known`: those who came along with the posts; `load` says what is needed of the rest.
    """
    shown = list(posts)
    asked = {post.author_id for post in shown if post.deleted_at is not None or post.removed_at is not None} | set(
        others
    )
    places = {post.community_id for post in shown} - {None}
    people = dict(known or {})
    people |= await actors.many(({post.author_id for post in shown} | set(others)) - people.keys(), load)
    return Faces(viewer, people, await _former(asked, places))


async def _former(authors: Collection[int], places: Collection[int | None]) -> frozenset[tuple[int, int | None]]:
    if not authors or not places:
        return frozenset()
    found = await rows(
        "SELECT DISTINCT author_id, community_id FROM post WHERE author_id IN (?) AND community_id IN (?)"
        " AND anonymised_at IS NOT NULL",
        list(authors),
        list(places),
    )
    return frozenset((int(row["author_id"]), int(row["community_id"])) for row in found)


async def withheld(viewer: Actor | None, post_ids: Iterable[int | None]) -> set[int]:
    """Name the posts among some that do not say whose they are."""
    wanted = {post_id for post_id in post_ids if post_id is not None}
    found = await Post.filter(id__in=list(wanted), anonymised_at__isnull=False) if wanted else []
    return {post.id for post in found if is_withheld(post, viewer)}

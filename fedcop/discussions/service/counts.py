"""Keeps the numbers and dates that lists show beside a thread. Recounted, not added up: a count cannot drift.

Only what all readers of a thing may see is counted on it: a number tells nobody that there is more for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core.behind import Kind, Said, later
from fedcop.core.database import execute, one_by_one
from fedcop.discussions.models import Post, Reaction, Share

_THERE = "x.state = 'visible' AND x.deleted_at IS NULL AND x.removed_at IS NULL"
COUNTED = ("thanks", "useful", "experience", "disagree")


async def refresh_thread(root_id: int) -> None:
    """Recount the replies of a thread and find its last activity; do the same for its community."""
    replies = f"x.id <> post.id AND x.audience = post.audience AND {_THERE}"
    thread = "FROM post x WHERE x.root_id = post.id"
    # In both: our own words only, values are parameters.
    await execute(
        f"UPDATE post SET replies_count = (SELECT COUNT(*) {thread} AND {replies}),"  # noqa: S608
        f" last_activity_at = (SELECT MAX(x.published_at) {thread} AND (x.id = post.id OR ({replies}))) WHERE id = ?",
        root_id,
    )
    root = await Post.get_or_none(id=root_id).only("id", "community_id")
    if root is not None and root.community_id is not None:
        await refresh_community(root.community_id)


async def count_new(post: Post) -> None:
    """Count a post that was just stored: a new thread, or one reply more. Costs the same however long the thread, and however many there are."""
    if post.depth == 0:
        await refresh_thread(post.root_id)
        return
    if post.state == "visible":
        await later(REPLIES, _Reply(post.root_id, post.parent_id, post.community_id, post.audience, post.published_at))


@dataclass(frozen=True)
class _Reply:
    root_id: int
    parent_id: int | None
    community_id: int | None
    audience: str
    at: datetime


async def _said(replies: Sequence[_Reply]) -> list[Said]:
    threads: dict[tuple[int, int | None, str], list[datetime]] = {}
    answered: dict[tuple[int | None, str], int] = {}
    for one in replies:
        threads.setdefault((one.root_id, one.community_id, one.audience), []).append(one.at)
        if one.parent_id != one.root_id:
            answered[one.parent_id, one.audience] = answered.get((one.parent_id, one.audience), 0) + 1
    threads_said, places_said = list[Said](), list[Said]()
    for (root_id, community_id, audience), moments in threads.items():
        # What all readers of the thread may see is so many more replies of it, and what its date is, one of its community's.
        count, at = len(moments), max(moments)
        query = COUNT.format(f"replies_count + ?, {NEWER}")
        threads_said.append(Said(query, [count, at, at, root_id, audience], _of("post", root_id)))
        if community_id is not None and audience != access.ONLY_ME:
            inside = "" if audience == access.PUBLIC else " AND visibility <> 'public'"
            query = f"UPDATE community SET {NEWER} {SHOWN}{inside}"  # noqa: S608 - our own words
            places_said.append(Said(query, [at, at, community_id, root_id, audience], _of("community", community_id)))
    for (parent_id, audience), count in answered.items():
        query = COUNT.format("replies_count + ?")
        threads_said.append(Said(query, [count, parent_id, audience], _of("post", parent_id)))
    # In one order, whoever locks them: posts by number, then communities.
    return [*sorted(threads_said, key=_place), *sorted(places_said, key=_place)]


def _place(one: Said) -> int:
    return max(int(number) for _table, number in one.touches)


def _of(table: str, row_id: int | None) -> frozenset[tuple[str, int]]:
    return frozenset([(table, row_id or 0)])


NEWER = "last_activity_at = CASE WHEN last_activity_at IS NULL OR last_activity_at < ? THEN ? ELSE last_activity_at END"
COUNT = "UPDATE post SET replies_count = {} WHERE id = ? AND audience = ?"
SHOWN = (
    "WHERE id = ? AND EXISTS (SELECT 1 FROM post x WHERE x.id = ? AND x.audience = ? AND x.state = 'visible'"
    " AND x.deleted_at IS NULL AND x.removed_at IS NULL)"
)
REPLIES = Kind(frozenset({"post", "community"}), 20, one_by_one(_said), _said)


async def refresh_answers(parent_id: int | None, root_id: int) -> None:
    """Recount the direct answers of a reply."""
    if parent_id is None or parent_id == root_id:
        return
    parent = await Post.get_or_none(id=parent_id)
    if parent is None:
        return
    answers = Post.filter(parent_id=parent_id, audience=parent.audience)
    count = await answers.filter(state="visible", deleted_at=None, removed_at=None).count()
    await Post.filter(id=parent_id).update(replies_count=count)


async def refresh_community(community_id: int) -> None:
    """Recount the threads of a community and find its last activity."""
    community = await Community.get_or_none(id=community_id)
    if community is None:
        return
    audiences = access.LADDER[access.reach(access.default_of(community)) :]
    threads = f"FROM post x WHERE x.community_id = community.id AND x.depth = 0 AND x.audience IN (?) AND {_THERE}"
    await execute(
        f"UPDATE community SET threads_count = (SELECT COUNT(*) {threads}),"  # noqa: S608
        f" last_activity_at = (SELECT MAX(x.last_activity_at) {threads}) WHERE id = ?",
        list(audiences),
        list(audiences),
        community_id,
    )


async def refresh_reactions(post_id: int) -> None:
    """Recount the reactions of a post."""
    counts = {kind: await Reaction.filter(post_id=post_id, kind=kind).count() for kind in COUNTED}
    await Post.filter(id=post_id).update(
        thanks_count=counts["thanks"],
        useful_count=counts["useful"],
        experience_count=counts["experience"],
        disagree_count=counts["disagree"],
    )


async def refresh_shares(post_id: int) -> None:
    """Recount the shares of a post."""
    await Post.filter(id=post_id).update(shares_count=await Share.filter(post_id=post_id).count())

"""What ties somebody to posts: their reactions and shares, whether they hide who wrote them, what is new there since their last visit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.core.database import rows
from fedcop.people.hiding import unhidden_sql


@dataclass
class Marks:
    """What one post is to somebody."""

    reactions: frozenset[str] = frozenset()
    shared: bool = False
    kept: bool = False  # for later
    quiet: bool = False  # they want to hear no more of its discussion
    hides_author: bool = False  # blocked by either, or muted
    follows: bool = False  # its author
    followed: bool = False  # by its author
    visited: bool = False
    new_replies: int = 0
    answered: bool = False  # and they may read the accepted answer


# Each gives rows of (post, what, how many).
REACTIONS = "SELECT post_id, kind, 1 AS count FROM reaction WHERE actor_id = ? AND post_id IN (?)"
SHARES = "SELECT post_id, 'shared', 1 FROM share WHERE actor_id = ? AND post_id IN (?)"
KEPT = "SELECT post_id, 'kept', 1 FROM bookmark WHERE actor_id = ? AND post_id IN (?)"
QUIET = (
    "SELECT p.id, 'quiet', 1 FROM quiet_thread q JOIN account a ON a.id = q.account_id JOIN post p ON p.root_id = q.root_id"
    " WHERE a.actor_id = ? AND p.id IN (?)"
)
# To what bears no name nobody stands in any way: else one could try names until something changes.
TIES = (
    "SELECT p.id, 'follows', 1 FROM post p JOIN follow f ON f.target_id = p.author_id AND f.state = 'accepted'"
    " WHERE f.follower_id = ? AND p.id IN (?) AND p.anonymised_at IS NULL UNION ALL SELECT p.id, 'followed', 1 FROM post p"
    " JOIN follow f ON f.follower_id = p.author_id AND f.state = 'accepted' WHERE f.target_id = ? AND p.id IN (?)"
    " AND p.anonymised_at IS NULL"
)
HIDDEN = "SELECT p.id, 'hidden', 1 FROM post p WHERE p.id IN (?) AND p.anonymised_at IS NULL AND NOT {}"


async def marks_of_many(actor_ids: Collection[int], post_id: int) -> dict[int, Marks]:
    """Give what one post is to many people, in one statement: those to whom it is something."""
    found: dict[int, Marks] = {}
    if not actor_ids:
        return found
    asked = (
        "SELECT actor_id, kind FROM reaction WHERE post_id = ? AND actor_id IN (?)"
        " UNION ALL SELECT actor_id, 'shared' FROM share WHERE post_id = ? AND actor_id IN (?)"
        " UNION ALL SELECT actor_id, 'kept' FROM bookmark WHERE post_id = ? AND actor_id IN (?)"
        " UNION ALL SELECT a.actor_id, 'quiet' FROM quiet_thread q JOIN account a ON a.id = q.account_id"
        " JOIN post p ON p.root_id = q.root_id WHERE p.id = ? AND a.actor_id IN (?)"
    )
    for row in await rows(asked, *(post_id, list(actor_ids)) * 4):
        mark = found.setdefault(row["actor_id"], Marks())
        match row["kind"]:
            case "shared":
                mark.shared = True
            case "kept":
                mark.kept = True
            case "quiet":
                mark.quiet = True
            case kind:
                mark.reactions |= {kind}
    return found


def _visits(viewer: Actor, roots: Collection[int]) -> tuple[str, list[Any]]:
    condition, params = access.visible_sql("p", viewer)
    sql = (
        "SELECT v.root_id, 'visited', (SELECT COUNT(*) FROM post p WHERE p.root_id = v.root_id AND p.id <> v.root_id"  # noqa: S608 - our own words only, values are parameters
        " AND p.created_at > v.seen_at AND p.state = 'visible' AND p.deleted_at IS NULL AND p.removed_at IS NULL"
        f" AND p.author_id <> ? AND {condition}) FROM thread_visit v WHERE v.actor_id = ? AND v.root_id IN (?)"
    )
    return sql, [viewer.id, *params, viewer.id, list(roots)]


def _answers(questions: Collection[int], shown: tuple[str, list[Any]]) -> tuple[str, list[Any]]:
    sql = f"SELECT q.id AS post_id, 'answered' AS kind, 1 AS count FROM post q JOIN post p ON p.id = q.accepted_id WHERE q.id IN (?) AND {shown[0]}"  # noqa: S608 - our own words only, values are parameters
    return sql, [list(questions), *shown[1]]


async def marks_of(
    viewer: Actor | None,
    post_ids: list[int],
    *,
    visits_to: Collection[int] = (),
    questions: Collection[int] = (),
    shown: tuple[str, list[Any]] = ("TRUE", []),
    ties_to: Collection[int] = (),
) -> dict[int, Marks]:
    """Give what each post is to somebody, in one statement.

    New replies to those of `visits_to` that are threads they know; for `questions` with an accepted answer, whether they may
    read it: `shown` says which posts `p` they may see. Of `ties_to`, whether they and the authors follow each other.
    """
    found = {post_id: Marks() for post_id in post_ids}
    parts: list[tuple[str, list[Any]]] = [_answers(questions, shown)] if questions else []
    if viewer is not None and post_ids:
        me, (unhidden, of_unhidden) = viewer.id, unhidden_sql("p.author_id", viewer)
        parts += [
            (REACTIONS, [me, post_ids]),
            (SHARES, [me, post_ids]),
            (KEPT, [me, post_ids]),
            (QUIET, [me, post_ids]),
            (HIDDEN.format(unhidden), [post_ids, *of_unhidden]),
        ]
        parts += [_visits(viewer, visits_to)] if visits_to else []
        parts += [(TIES, [me, list(ties_to), me, list(ties_to)])] if ties_to else []
    if not parts:
        return found
    values = (value for _sql, given in parts for value in given)
    for row in await rows(" UNION ALL ".join(sql for sql, _given in parts), *values):
        mark = found[row["post_id"]]
        match row["kind"]:
            case "shared":
                mark.shared = True
            case "kept":
                mark.kept = True
            case "quiet":
                mark.quiet = True
            case "hidden":
                mark.hides_author = True
            case "follows":
                mark.follows = True
            case "followed":
                mark.followed = True
            case "answered":
                mark.answered = True
            case "visited":
                mark.visited, mark.new_replies = True, row["count"]
            case kind:
                mark.reactions |= {kind}
    return found

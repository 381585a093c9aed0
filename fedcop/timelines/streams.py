"""Pages of threads by id, newest first, for programs that merge and page by ids. The same rights as on the pages of people; order is that of publication."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.database import rows
from fedcop.discussions.seeing import shown_sql
from fedcop.federation.peers import limited
from fedcop.timelines import homes, lists
from fedcop.timelines.models import PersonalList
from fedcop.timelines.queries import (
    MERGED,
    among_sql,
    bearing_sql,
    parts_of_home,
    readable_together_sql,
    unmuted_sql,
)

FEW = 4  # communities: so many are merged as quickly as it is seen whether something happened in them lately
LATELY = 400  # threads of all communities, among which a page is looked for first
_ALIVE = ("p.deleted_at IS NULL", "p.removed_at IS NULL")


@dataclass(frozen=True)
class Span:
    """Which page: below `max_id`, above `since_id` (the newest of those), or right above `min_id` (the oldest of those)."""

    limit: int = 20
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None


@dataclass(frozen=True)
class Wish:
    """What else a program wants of a list."""

    local: bool = False
    remote: bool = False
    only_media: bool = False
    any_tags: tuple[str, ...] = ()
    all_tags: tuple[str, ...] = ()
    no_tags: tuple[str, ...] = ()


async def home(viewer: Actor, span: Span, wish: Wish = Wish()) -> list[int]:
    """Threads of the communities and tags that come to one's home."""
    comes = await homes.of(viewer)
    if not comes:
        return []
    spoken = comes.spoken_sql(viewer)
    query = _Query(span, wish).threads().unmuted(viewer).where(*spoken)
    if len(comes.communities) > MERGED:
        return await query.readable(viewer).where(*among_sql(viewer, comes)).run()
    if len(comes.communities) > FEW:
        condition, params = readable_together_sql(viewer, comes)
        lately = _Query(span, wish).threads().unmuted(viewer).near(LATELY).where(*spoken)
        found = await lately.where(condition, *params).run()
        if len(found) == span.limit:
            return found
    return await query.together(parts_of_home(viewer, comes))


async def public(viewer: Actor | None, span: Span, wish: Wish = Wish()) -> list[int]:
    """Threads that everybody may read."""
    query = _Query(span, wish).threads().unmuted(viewer)
    query.where("p.audience = 'public' AND p.state = 'visible'").where(*_flat(await limited.posts_sql("p", viewer)))
    return await query.run()


def _flat(condition: tuple[str, list[Any]]) -> tuple[Any, ...]:
    return condition[0], *condition[1]


async def tagged(viewer: Actor | None, span: Span, wish: Wish) -> list[int]:
    """Threads with a tag, among all that one may read."""
    listed = _flat(await limited.posts_sql("p", viewer))
    query = _Query(span, replace(wish, any_tags=())).threads().unmuted(viewer).readable(viewer).where(*listed)
    if wish.any_tags:
        query.where(*_flat(await bearing_sql(wish.any_tags)))
    return await query.run()


async def community(
    viewer: Actor | None, of: Community, span: Span, wish: Wish = Wish(), *, replies: str = "none"
) -> list[int]:
    """Threads of one community, and those that it shows of others; with its replies too, all or those of whom the viewer follows."""
    condition, params = replies_sql(viewer, replies)
    query = _Query(span, wish).where(condition, *params).unmuted(viewer).readable(viewer)
    query.where(*_flat(await limited.posts_of_sql("p", viewer, of.actor, of.id)))
    shown = "p.id IN (SELECT post_id FROM showing WHERE community_id = ?)"
    return await query.together([("p.community_id = ?", [of.id]), (shown, [of.id])])


async def personal(viewer: Actor, of: PersonalList, span: Span, wish: Wish = Wish()) -> list[int]:
    """What those in a list of one's own write, and what happens in its communities; replies as the list says.

    Of a person "list" has what they reply to others in it, "followed" to whom the viewer follows. Of a community all, or what is
    written by whom the viewer follows.
    """
    held = await lists.inside(of.id)
    follows = "SELECT target_id FROM follow WHERE follower_id = ? AND state = 'accepted'"
    parts: list[tuple[str, list[Any]]] = []
    if held.people:
        named = "p.anonymised_at IS NULL AND p.author_id IN (?)"
        answers, of_answers = {
            "list": ("(q.author_id IN (?) OR q.community_id IN (?))", [list(held.people), list(held.communities)]),
            "followed": (f"q.author_id IN ({follows})", [viewer.id]),
        }.get(of.replies, ("", []))
        above = f"SELECT 1 FROM post q WHERE q.id = p.parent_id AND q.anonymised_at IS NULL AND {answers}"  # noqa: S608 - our own words only, values are parameters
        which = f"(p.depth = 0 OR EXISTS ({above}))" if answers else "p.depth = 0"
        parts.append((f"{named} AND {which}", [list(held.people), *of_answers]))
    if held.communities:
        condition, params = replies_sql(viewer, of.replies)
        parts.append((f"p.community_id IN (?) AND {condition}", [list(held.communities), *params]))
        shown = "p.id IN (SELECT post_id FROM showing WHERE community_id IN (?))"
        parts.append((shown, [list(held.communities)]))
    return await _Query(span, wish).unmuted(viewer).readable(viewer).together(parts) if parts else []


def replies_sql(viewer: Actor | None, which: str) -> tuple[str, list[Any]]:
    """The SQL condition for posts `p` that leaves out replies: all ("none"), or those of whom somebody does not follow ("followed").

    A name that is shown no more is followed by nobody.
    """
    if which == "list":
        return "1 = 1", []
    if which != "followed" or viewer is None:
        return "p.depth = 0", []
    follows = "SELECT target_id FROM follow WHERE follower_id = ? AND state = 'accepted'"
    return f"(p.depth = 0 OR (p.anonymised_at IS NULL AND p.author_id IN ({follows})))", [viewer.id]


async def pinned(viewer: Actor | None, of: Community) -> list[int]:
    """The threads of a community that moderators keep at the top, the newest first."""
    query = _Query(Span(), Wish()).threads().readable(viewer)
    query.where(*_flat(await limited.posts_of_sql("p", viewer, of.actor, of.id)))
    return await query.where("p.community_id = ? AND p.pinned_at IS NOT NULL", of.id).run()


async def by_author(
    viewer: Actor | None, author: Actor, span: Span, wish: Wish = Wish(), *, replies: bool = True
) -> list[int]:
    """What a person wrote under their name."""
    query = _Query(span, wish).readable(viewer)
    if not replies:
        query.threads()
    query.where("p.author_id = ?", author.id)
    if viewer is None or viewer.id != author.id:
        query.where("p.anonymised_at IS NULL")
    return await query.run()


class _Query:
    """One page of posts by id."""

    def __init__(self, span: Span, wish: Wish) -> None:
        self._span = span
        self._up = span.min_id is not None
        self._conditions: list[str] = list(_ALIVE)
        self._params: list[Any] = []
        for border, sign in ((span.max_id, "<"), (span.since_id, ">"), (span.min_id, ">")):
            if border is not None:
                self.where(f"p.id {sign} ?", border)
        self._wish(wish)

    def where(self, condition: str, *params: Any) -> _Query:
        self._conditions.append(condition)
        self._params.extend(params)
        return self

    def threads(self) -> _Query:
        return self.where("p.depth = 0")

    def readable(self, viewer: Actor | None) -> _Query:
        condition, params = shown_sql("p", viewer)
        return self.where(condition, *params)

    def unmuted(self, viewer: Actor | None) -> _Query:
        if viewer is None:
            return self
        condition, params = unmuted_sql(viewer)
        return self.where(condition, *params)

    def near(self, many: int) -> _Query:
        """Look no further than at the next so many threads."""
        sign, order = (">", "ASC") if self._up else ("<", "DESC")
        border = self._span.min_id if self._up else self._span.max_id
        begin, params = (f"AND id {sign} ?", [border]) if border is not None else ("", [])
        last = f"SELECT id FROM post WHERE depth = 0 {begin} ORDER BY id {order} LIMIT 1 OFFSET {many}"  # noqa: S608 - our own words only, values are parameters
        return self.where(
            f"p.id {'<' if self._up else '>'} COALESCE(({last}), {(1 << 63) - 1 if self._up else 0})", *params
        )

    def _wish(self, wish: Wish) -> None:
        if wish.local != wish.remote:
            self.where("p.local = ?", wish.local)
        if wish.only_media:
            self.where("p.id IN (SELECT post_id FROM media WHERE post_id = p.id AND position >= 0)")
        bears = "SELECT 1 FROM post_tag t WHERE t.post_id = p.id AND t.tag"
        if wish.any_tags:
            self.where("p.id IN (SELECT post_id FROM post_tag WHERE tag IN (?))", list(wish.any_tags))
        for tag in wish.all_tags:
            self.where(f"EXISTS ({bears} = ?)", tag)
        if wish.no_tags:
            self.where(f"NOT EXISTS ({bears} IN (?))", list(wish.no_tags))

    async def run(self) -> list[int]:
        return await self.together([("1 = 1", [])])

    async def together(self, parts: list[tuple[str, list[Any]]]) -> list[int]:
        """One page of several parts, each found by its own index; what is in two of them comes once."""
        order = f"ORDER BY id {'ASC' if self._up else 'DESC'} LIMIT {self._span.limit}"
        selects: list[str] = []
        params: list[Any] = []
        for condition, values in parts:
            conditions = " AND ".join([condition, *self._conditions])
            selects.append(f"SELECT * FROM (SELECT p.id AS id FROM post p WHERE {conditions} {order}) AS part")  # noqa: S608 - our own words only, values are parameters
            params += [*values, *self._params]
        found = await rows(f"SELECT id FROM ({' UNION '.join(selects)}) AS parts {order}", *params)  # noqa: S608 - our own words only, values are parameters
        ids = [int(row["id"]) for row in found]
        return ids[::-1] if self._up else ids

"""Pages of thread ids. Computed on reading: rights change and members leave, a copy would lag (the owner's decision 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core.clock import EPOCH
from fedcop.core.database import dialect, moment, row_of, rows
from fedcop.discussions.models import Post
from fedcop.discussions.seeing import shown_sql
from fedcop.discussions.versions import speaks_sql
from fedcop.federation.peers import limited
from fedcop.people.hiding import unhidden_sql
from fedcop.timelines import homes
from fedcop.timelines.homes import Home

PAGE = 20
FEW_TAGGED = 2_000  # posts with a tag: so many are gone through quickly, and of more a page is found soon among the newest threads
MERGED = 100  # more communities than that are scanned together, newest first
WHOSE = ("mine", "all")
ORDERS = ("activity", "published")
_OF_COMMUNITY = "p.community_id = ? AND p.depth = 0 AND p.deleted_at IS NULL AND p.removed_at IS NULL"
_TAGGED = "p.id IN (SELECT post_id FROM post_tag WHERE tag IN (?))"
_KEYS = {"activity": "last_activity_at", "published": "published_at"}


@dataclass(frozen=True)
class Filters:
    """What a person wants to see of a list."""

    kind: str = ""
    tag: str = ""
    language: str = ""
    month: str = ""  # "2026-10"
    unanswered: bool = False

    def __bool__(self) -> bool:
        return bool(self.kind or self.tag or self.language or self.month or self.unanswered)


@dataclass(frozen=True)
class TimelinePage:
    """Ids of one page, their posts, and the cursor of the next."""

    ids: Sequence[int]
    after: str | None = None
    posts: Mapping[int, Post] = field(default_factory=dict)  # of these ids
    pinned: Sequence[int] = ()  # of a community: kept at the top, newest pin first
    months: Sequence[str] = ()  # of a community: "2026-10" and the others in which threads began, newest first


async def home(
    viewer: Actor | None,
    *,
    whose: str = "mine",
    order: str = "activity",
    filters: Filters = Filters(),
    after: str | None = None,
    limit: int = PAGE,
) -> TimelinePage:
    """Threads of the communities and tags that come to one's home ("mine"), or of all one may read ("all")."""
    query = _Query(order, filters, after, limit)
    await query.bear(filters.tag)
    await query.hide_muted(viewer)
    if whose == "mine" and viewer is not None:
        comes = await homes.of(viewer)
        if not comes:
            return TimelinePage(())
        query.where(*comes.spoken_sql(viewer))
        if len(comes.communities) <= MERGED:
            return await query.together(parts_of_home(viewer, comes))
        query.where(*among_sql(viewer, comes))
    else:
        # What is limited is in no list of all that there is; what comes home one chose.
        listed, of_listed = await limited.posts_sql("p", viewer)
        query.where(listed, *of_listed)
    condition, params = shown_sql("p", viewer)
    query.where(condition, *params)
    return await query.run()


async def community(
    viewer: Actor | None,
    community: Community,
    *,
    order: str = "activity",
    filters: Filters = Filters(),
    after: str | None = None,
    limit: int = PAGE,
) -> TimelinePage:
    """Threads of one community and the months of its archives; with its first page come those that moderators keep at the top."""
    query = _Query(order, filters, after, limit)
    await query.bear(filters.tag)
    await query.hide_muted(viewer)
    condition, params = shown_sql("p", viewer)
    listed, of_listed = await limited.posts_of_sql("p", viewer, community.actor, community.id)
    condition, params = f"{condition} AND {listed}", [*params, *of_listed]
    query.where(condition, *params)
    shown = "p.id IN (SELECT post_id FROM showing WHERE community_id = ?)"
    # Of what stands beside the page one sees it all, whomever one mutes: moderators show it, and months name nobody.
    beside = [_months(condition)] if after or filters else [_months(condition), _pinned(condition)]
    return await query.together(
        [("p.community_id = ?", [community.id]), (shown, [community.id])],
        [(sql, [community.id, *params] * sql.count(_OF_COMMUNITY)) for sql in beside],
    )


def _months(condition: str) -> str:
    """Go from the last thread of a month to the last one before that month, by the index: all that lies between is not read."""
    month, named = "substr(month.at, 1, 7)", "group_concat(substr(at, 1, 7), ' ')"
    if dialect() == "postgres":
        month, named = "date_trunc('month', month.at)", "string_agg(to_char(at, 'YYYY-MM'), ' ')"

    def last(before: str) -> str:
        return (
            f"SELECT p.published_at FROM post p WHERE {_OF_COMMUNITY}{before} AND {condition}"  # noqa: S608 - our own words only, values are parameters
            " ORDER BY p.published_at DESC LIMIT 1"
        )

    return (
        f"WITH RECURSIVE month(at) AS (SELECT ({last('')}) UNION ALL"  # noqa: S608 - as above
        f" SELECT ({last(f' AND p.published_at < {month}')}) FROM month WHERE month.at IS NOT NULL)"
        # In one row: each has all columns of a post, and of ten years there are many.
        f" SELECT 0 AS id, MAX(at) AS at, 'months ' || COALESCE({named}, '') AS what FROM (SELECT at FROM month WHERE at IS NOT NULL LIMIT 240) AS those"
    )


def _pinned(condition: str) -> str:
    return (
        "SELECT p.id AS id, p.pinned_at AS at, 'pinned' AS what FROM post p"  # noqa: S608 - our own words only, values are parameters
        f" WHERE {_OF_COMMUNITY} AND p.pinned_at IS NOT NULL AND {condition} ORDER BY p.pinned_at DESC LIMIT {PAGE}"
    )


async def by_author(
    viewer: Actor | None, author: Actor, *, tag: str = "", after: str | None = None, limit: int = PAGE
) -> TimelinePage:
    """Threads that a person started, newest first; with a tag, if one is named."""
    query = _Query("published", Filters(), after, limit)
    if tag:
        query.where(_TAGGED, [tag])
    # No index begins with such a sum: SQLite shall take the author's, and not look for somebody who wrote little among all threads.
    query.conditions[0] = "p.depth + 0 = 0"
    condition, params = shown_sql("p", viewer)
    query.where("p.author_id = ?", author.id)
    if viewer is None or viewer.id != author.id:
        query.where("p.anonymised_at IS NULL")
    query.where(condition, *params)
    return await query.run()


def readable_sql(viewer: Actor, community_id: int, *, is_member: bool) -> tuple[str, list[Any]]:
    """The SQL condition for posts `p` of one of somebody's communities that they may see, where it is known how they belong."""
    condition, params = _readable(viewer, is_member=is_member)
    return f"p.community_id = ? AND {condition}", [community_id, *params]


def readable_together_sql(viewer: Actor, comes: Home) -> tuple[str, list[Any]]:
    """The SQL condition for posts `p` that those of `parts_of_home` find, for all of somebody's communities and tags at once."""
    mine = comes.communities
    parts, params = [f"({SHOWN_BESIDE})"], [list(mine), list(mine)]
    for of_tags, values in comes.tagged_sql(viewer):
        parts.append(f"({of_tags})")
        params += values
    for is_member in (True, False):
        if some := [number for number, belongs in mine.items() if belongs is is_member]:
            condition, of_condition = _readable(viewer, is_member=is_member)
            # The sign keeps databases from reading all of these communities by their index: only what is near is looked for.
            parts.append(f"(+p.community_id IN (?) AND {condition})")
            params += [some, *of_condition]
    return f"({' OR '.join(parts)})", params


def _readable(viewer: Actor, *, is_member: bool) -> tuple[str, list[Any]]:
    audience, of_audience = (access.member_sql("p"), []) if is_member else access.visible_sql("p", viewer)
    return f"(({audience} AND p.state = 'visible') OR p.author_id = ?)", [*of_audience, viewer.id]


def unmuted_sql(viewer: Actor) -> tuple[str, list[Any]]:
    """The SQL condition that leaves out posts `p` of whom the viewer does not see; of what bears no name nobody learns it by muting."""
    unhidden, params = unhidden_sql("p.author_id", viewer)
    return f"(p.anonymised_at IS NOT NULL OR {unhidden})", params


# What communities show of others is for everybody; what lives in one of these is there already. Twice their ids.
SHOWN_BESIDE = (
    "p.id IN (SELECT post_id FROM showing WHERE community_id IN (?)) AND p.community_id NOT IN (?)"
    " AND p.audience = 'public' AND p.state = 'visible'"
)


def parts_of_home(viewer: Actor, comes: Home) -> list[tuple[str, list[Any]]]:
    """The SQL conditions for posts `p` of each part of a home, merged: fast also for somebody whose communities are quiet on a busy server."""
    mine = list(comes.communities)
    parts = [readable_sql(viewer, number, is_member=is_member) for number, is_member in comes.communities.items()]
    return [*parts, *([(SHOWN_BESIDE, [mine, mine])] if mine else []), *comes.tagged_sql(viewer)]


def among_sql(viewer: Actor, comes: Home) -> tuple[Any, ...]:
    """The SQL condition for posts `p` of a home of very many communities, among those that the viewer may see."""
    mine = list(comes.communities)
    parts = ["p.community_id IN (?)", "p.id IN (SELECT post_id FROM showing WHERE community_id IN (?))"]
    params: list[Any] = [mine, mine]
    for condition, values in comes.tagged_sql(viewer):
        parts.append(f"({condition})")
        params += values
    return f"({' OR '.join(parts)})", *params


async def bearing_sql(tags: Sequence[str]) -> tuple[str, list[Any]]:
    """The SQL condition for posts `p` that bear one of some tags: looked for among all that do where these are few, else one by one in what is listed."""
    some = "SELECT COUNT(*) AS many FROM (SELECT 1 AS one FROM post_tag WHERE tag IN (?) LIMIT ?) AS few"
    if (await rows(some, list(tags), FEW_TAGGED + 1))[0]["many"] <= FEW_TAGGED:
        return _TAGGED, [list(tags)]
    return "EXISTS (SELECT 1 FROM post_tag t WHERE t.post_id = p.id + 0 AND t.tag IN (?))", [list(tags)]


class _Query:
    """One page of roots, newest first by the chosen date, then by id."""

    def __init__(self, order: str, filters: Filters, after: str | None, limit: int) -> None:
        self.key = f"p.{_KEYS.get(order, 'last_activity_at')}"
        self.limit = limit
        self.conditions = ["p.depth = 0", "p.deleted_at IS NULL", "p.removed_at IS NULL"]
        self.params: list[Any] = []
        self._filter(filters)
        border = read_cursor(after)
        if border is not None:
            # The first condition says nothing new; it lets the index begin at the right place.
            self.where(f"{self.key} <= ? AND ({self.key} < ? OR p.id < ?)", border[0], border[0], border[1])

    def where(self, condition: str, *params: Any) -> None:
        self.conditions.append(condition)
        self.params.extend(params)

    def _filter(self, filters: Filters) -> None:
        if filters.kind:
            self.where("p.kind = ?", filters.kind)
        if filters.unanswered:
            self.where("p.kind = 'question' AND p.accepted_id IS NULL AND p.replies_count = 0")
        if filters.language:
            condition, params = speaks_sql("p", filters.language)
            self.where(condition, *params)
        if (span := month_span(filters.month)) is not None:
            self.where("p.published_at >= ? AND p.published_at < ?", *span)

    async def bear(self, tag: str) -> None:
        """Leave out what does not bear a tag."""
        if tag:
            condition, params = await bearing_sql([tag])
            self.where(condition, *params)

    async def hide_muted(self, viewer: Actor | None) -> None:
        """Leave out what `unmuted_sql` leaves out."""
        if viewer is not None:
            condition, params = unmuted_sql(viewer)
            self.where(condition, *params)

    def _sql(self) -> str:
        return (
            f"SELECT p.*, {self.key} AS at FROM post p WHERE {' AND '.join(self.conditions)}"  # noqa: S608 - our own words only, values are parameters
            f" ORDER BY {self.key} DESC, p.id DESC LIMIT {self.limit + 1}"
        )

    async def run(self) -> TimelinePage:
        return self._page(await rows(self._sql(), *self.params))

    async def together(
        self, parts: list[tuple[str, list[Any]]], beside: Sequence[tuple[str, list[Any]]] = ()
    ) -> TimelinePage:
        """The newest of several parts, each found by its own index, what is in two of them once; in the same statement what stands beside."""
        selects: list[str] = []
        params: list[Any] = []
        for condition, values in parts:
            conditions = " AND ".join([condition, *self.conditions])
            selects.append(
                f"SELECT * FROM (SELECT p.id AS id, {self.key} AS at FROM post p WHERE {conditions}"  # noqa: S608 - our own words only, values are parameters
                f" ORDER BY {self.key} DESC, p.id DESC LIMIT {self.limit + 1}) AS part"
            )
            params += [*values, *self.params]
        page = (
            f"SELECT id, at, '' AS what FROM ({' UNION '.join(selects)}) AS parts"  # noqa: S608 - our own words only, values are parameters
            f" ORDER BY at DESC, id DESC LIMIT {self.limit + 1}"
        )
        whole = " UNION ALL ".join(
            f"SELECT * FROM ({sql}) AS part"  # noqa: S608
            for sql in (page, *(sql for sql, _params in beside))
        )
        found = await rows(
            f"SELECT p.*, listed.at AS at, listed.what AS what FROM ({whole}) AS listed"  # noqa: S608
            " LEFT JOIN post p ON p.id = listed.id AND listed.id <> 0 ORDER BY what, at DESC, listed.id DESC",
            *params,
            *(value for _sql, values in beside for value in values),
        )
        return self._page(found)

    def _page(self, found: list[dict[str, Any]]) -> TimelinePage:
        kinds: dict[str, list[dict[str, Any]]] = {}
        months: list[str] = []
        for row in found:
            what, *said = (row.get("what") or "").split(" ")
            kinds.setdefault(what, []).append(row)
            months += filter(None, said)
        threads = kinds.get("", [])
        shown = threads[: self.limit]
        return TimelinePage(
            ids=tuple(row["id"] for row in shown),
            after=write_cursor(moment(shown[-1]["at"]), shown[-1]["id"]) if len(threads) > self.limit else None,
            posts={row["id"]: row_of(Post, row) for row in (*shown, *kinds.get("pinned", []))},
            pinned=tuple(row["id"] for row in kinds.get("pinned", [])),
            months=tuple(sorted(months, reverse=True)),
        )


def write_cursor(at: datetime | None, post_id: int) -> str:
    """Spell the place where a page ends."""
    micros = (at - EPOCH) // timedelta(microseconds=1) if at else 0
    return f"{micros}-{post_id}"


def read_cursor(text: str | None) -> tuple[datetime, int] | None:
    """Read a place; nonsense is the beginning."""
    micros, _, post_id = (text or "").partition("-")
    if not (micros.isdecimal() and post_id.isdecimal() and len(micros) <= 17 and int(post_id) < 1 << 63):
        return None
    try:
        return EPOCH + timedelta(microseconds=int(micros)), int(post_id)
    except OverflowError:
        return None


def month_span(text: str) -> tuple[datetime, datetime] | None:
    """The first moments of a month "2026-10" and of the next one."""
    year, _, month = text.partition("-")
    if not (
        len(year) == 4 and year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12 and 1 <= int(year) < 9999
    ):
        return None
    begin = datetime(int(year), int(month), 1, tzinfo=UTC)
    return begin, (begin + timedelta(days=32)).replace(day=1)

"""Quotes as one person sees them: what is quoted is judged anew for each reader. One statement for many posts, and none where no post quotes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.database import from_json, row_of, rows
from fedcop.core.sanitise import excerpt
from fedcop.discussions import faces, seeing, versions
from fedcop.discussions.marks import Marks
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import policy
from fedcop.discussions.quotes.models import Quote
from fedcop.discussions.versions import Version
from fedcop.people.hiding import server_blocked_sql

DELETED, UNAUTHORIZED = "deleted", "unauthorized"
PAGE = 20


@dataclass(frozen=True)
class QuoteView:
    """What a post quotes, as who looks may see it."""

    quote_id: int
    state: str  # pending, accepted, rejected, revoked, deleted, unauthorized, blocked_account, muted_account, blocked_domain
    uri: str  # of what is quoted; "" where who looks may not know it
    post: Post | None = None  # only where it may be shown
    author: Actor | None = None  # whom it is shown to be by
    author_id: int | None = None
    kept: Mapping[str, Any] | None = None  # what a post says that is not kept here: title, text, warning, url
    below: tuple[str, int | None] | None = None  # what it quotes itself: the state, and which post

    @property
    def is_shown(self) -> bool:
        """Whether what is quoted may be shown."""
        return self.post is not None or self.kept is not None

    @property
    def said(self) -> Version:
        """What it says, in the reader's language if there is a version."""
        if self.post is not None:
            return versions.best(self.post, "")
        kept = self.kept or {}
        return Version(str(kept.get("language") or ""), str(kept.get("title") or ""), "", "")

    @property
    def warning(self) -> str:
        """Its warning, instead of its words."""
        return self.post.warning if self.post is not None else str((self.kept or {}).get("warning") or "")

    @property
    def text(self) -> str:
        """Its first words."""
        return excerpt(self.said.content) if self.post is not None else str((self.kept or {}).get("text") or "")

    @property
    def address(self) -> str:
        """Where it is read: here, or on its own server."""
        if self.post is not None:
            return f"/p/{self.post.id}"
        return str((self.kept or {}).get("url") or self.uri)


# Why who looks does not see the author: what is said of it to apps.
_HIDES = (
    "CASE WHEN {who} IN (SELECT target_id FROM block WHERE actor_id = ?) THEN 'blocked_account'"
    " WHEN {who} IN (SELECT actor_id FROM block WHERE target_id = ?) THEN 'unauthorized'"
    " WHEN {who} IN (SELECT target_id FROM mute WHERE actor_id = ?) THEN 'muted_account'"
    " WHEN {server} THEN 'blocked_domain' ELSE '' END"
)


async def of(viewer: Actor | None, posts: Iterable[Post]) -> dict[int, QuoteView]:
    """Give what posts quote, by post, as somebody sees it; without its authors."""
    ids = [post.id for post in posts if post.has_quote]
    if not ids:
        return {}
    seen, for_seen = seeing.shown_sql("p", viewer)
    seen_below, for_below = seeing.shown_sql("b", viewer)
    hides, for_hides = (
        ("''", [])
        if viewer is None
        else (_HIDES.format(who="p.author_id", server=server_blocked_sql("p.author_id")), [viewer.id] * 4)
    )
    hides_kept, for_kept = (
        ("''", [])
        if viewer is None
        else (_HIDES.format(who="q.quoted_author_id", server=server_blocked_sql("q.quoted_author_id")), [viewer.id] * 4)
    )
    found = await rows(
        "SELECT p.*, q.id AS quote_id, q.post_id AS by_post, q.state AS quote_state, q.quoted_uri AS quote_uri,"  # noqa: S608 - our own words only, values are parameters
        " q.excerpt AS quote_excerpt, q.quoted_author_id AS quote_author, a.suspended_at AS author_suspended, a.gone_at AS author_gone, r.state AS below_state, b.id AS below_id,"
        f" CASE WHEN {seen} THEN 1 ELSE 0 END AS is_seen, CASE WHEN {seen_below} THEN 1 ELSE 0 END AS below_seen,"
        f" {hides} AS hides, {hides_kept} AS hides_kept"
        " FROM quote q LEFT JOIN post p ON p.id = q.quoted_id LEFT JOIN actor a ON a.id = q.quoted_author_id"
        " LEFT JOIN quote r ON r.post_id = p.id LEFT JOIN post b ON b.id = r.quoted_id WHERE q.post_id IN (?)",
        *for_seen,
        *for_below,
        *for_hides,
        *for_kept,
        ids,
    )
    return {row["by_post"]: _view(row) for row in found}


def _view(row: Mapping[str, Any]) -> QuoteView:
    number, said, uri = int(row["quote_id"]), str(row["quote_state"]), str(row["quote_uri"])
    if row["id"] is None:
        return _view_elsewhere(row, number, said, uri)
    quoted = row_of(Post, row)
    if not row["is_seen"]:
        return QuoteView(number, said if said != "accepted" else UNAUTHORIZED, "")
    if said != "accepted":
        return QuoteView(number, said, uri)
    if quoted.deleted_at is not None or quoted.removed_at is not None:
        return QuoteView(number, DELETED, uri)
    hides = str(row["hides"]) if quoted.anonymised_at is None else ""
    if hides or row["author_suspended"] is not None:
        return QuoteView(number, hides or UNAUTHORIZED, "" if hides == UNAUTHORIZED else uri)
    return QuoteView(number, said, uri, quoted, below=_below(row))


def _view_elsewhere(row: Mapping[str, Any], number: int, said: str, uri: str) -> QuoteView:
    kept = from_json(row["quote_excerpt"]) if row["quote_excerpt"] is not None else None
    if said != "accepted":
        return QuoteView(number, said, uri)
    if row["hides_kept"] or row["author_suspended"] is not None or row["author_gone"] is not None:
        return QuoteView(number, str(row["hides_kept"]) or UNAUTHORIZED, uri)
    return QuoteView(number, said if kept else UNAUTHORIZED, uri, author_id=row["quote_author"], kept=kept)


def _below(row: Mapping[str, Any]) -> tuple[str, int | None] | None:
    state = row["below_state"]
    if state is None:
        return None
    if state != "accepted" or not row["below_seen"]:
        return (str(state) if state != "accepted" else UNAUTHORIZED), None
    return str(state), int(row["below_id"])


async def views(viewer: Actor | None, posts: Iterable[Post]) -> dict[int, QuoteView]:
    """Give what posts quote, with whom each is shown to be by."""
    found = await of(viewer, posts)
    quoted = [one.post for one in found.values() if one.post is not None]
    elsewhere = [one.author_id for one in found.values() if one.author_id is not None]
    if not quoted and not elsewhere:
        return found
    shown = await faces.faces_of(viewer, quoted, elsewhere)
    return {number: _faced(one, shown) for number, one in found.items()}


def _faced(one: QuoteView, shown: faces.Faces) -> QuoteView:
    if one.post is not None:
        return replace(one, author=shown.author_of(one.post))
    return replace(one, author=shown.people.get(one.author_id)) if one.author_id is not None else one


async def card(viewer: Actor | None, post: Post) -> QuoteView:
    """Give a post that somebody may see as a quote would show it."""
    shown = await faces.faces_of(viewer, [post])
    return QuoteView(0, "accepted", post.uri, post, shown.author_of(post))


def standing(viewer: Actor | None, post: Post, mark: Marks) -> str:
    """Tell whether somebody may quote a post, as rules.standing does, for many posts at once; a stranger stands as anybody."""
    if viewer is not None and viewer.id == post.author_id:
        return policy.AUTOMATIC
    if post.state != "visible" or mark.hides_author:
        return policy.DENIED
    found = policy.stand(post.quote_policy, local=post.local, follows=mark.follows, followed=mark.followed)
    return (
        policy.UNKNOWN
        if viewer is None and found == policy.DENIED and policy.asks_for_ties(post.quote_policy)
        else found
    )


def asking_for_ties(posts: Iterable[Post]) -> list[int]:
    """Name the posts of which it matters who follows their authors."""
    return [post.id for post in posts if policy.asks_for_ties(post.quote_policy)]


@dataclass(frozen=True)
class Quoting:
    """One quote of a post, for the list of those: by whom, and where it is read."""

    quote: Quote
    author: Actor
    post: Post | None  # where it is kept here

    @property
    def address(self) -> str:
        """Where it is read."""
        return f"/p/{self.post.id}" if self.post is not None else self.quote.uri


async def quoting(
    viewer: Actor | None, post: Post, *, limit: int = PAGE, below: int | None = None, kept: bool = False
) -> Sequence[Quote]:
    """List the quotes of a post which somebody may read, the latest first; with `kept` those alone that are kept here.

    What is kept elsewhere for a few only is told to who is quoted, and to nobody else.
    """
    elsewhere = (
        "p.id IS NULL" if viewer is not None and viewer.id == post.author_id else "(p.id IS NULL AND q.is_public)"
    )
    condition, params = seeing.shown_sql("p", viewer)
    hidden = (
        " AND (p.anonymised_at IS NOT NULL OR q.author_id NOT IN (SELECT target_id FROM block WHERE actor_id = ?"  # noqa: S608 - our own words only
        f" UNION ALL SELECT actor_id FROM block WHERE target_id = ?) AND NOT {server_blocked_sql('q.author_id')})"
        if viewer is not None
        else ""
    )
    found = await rows(
        "SELECT q.id FROM quote q JOIN actor a ON a.id = q.author_id LEFT JOIN post p ON p.id = q.post_id"  # noqa: S608 - our own words only, values are parameters
        " WHERE q.quoted_id = ? AND q.state = 'accepted' AND q.id < ? AND a.suspended_at IS NULL"
        f" AND ({'' if kept else elsewhere + ' OR '}(p.deleted_at IS NULL AND p.removed_at IS NULL AND {condition})){hidden}"
        f" ORDER BY q.id DESC LIMIT {int(limit)}",
        post.id,
        below if below is not None else 1 << 62,
        *params,
        *([viewer.id] * 3 if viewer is not None else []),
    )
    return await Quote.filter(id__in=[row["id"] for row in found] or [0]).order_by("-id")


async def listed(viewer: Actor | None, found: Sequence[Quote]) -> list[Quoting]:
    """Give by whom quotes are, as their posts show it."""
    posts = {one.id: one for one in await Post.filter(id__in=[one.post_id for one in found if one.post_id] or [0])}
    people = await actors.many(one.author_id for one in found)
    shown = await faces.faces_of(viewer, posts.values(), known=people)
    return [
        Quoting(
            one,
            shown.author_of(posts[one.post_id]) if one.post_id in posts else people[one.author_id],
            posts.get(one.post_id or 0),
        )
        for one in found
        if one.author_id in people
    ]


async def hiding(actor_ids: Collection[int], post: Post) -> set[int]:
    """Name those, of some people, who do not see whose post this is that something quotes: by a block of either, or a mute."""
    if post.anonymised_at is not None or not actor_ids:
        return set()
    found = await rows(
        "SELECT actor_id AS who FROM block WHERE target_id = ? AND actor_id IN (?)"
        " UNION SELECT target_id FROM block WHERE actor_id = ? AND target_id IN (?)"
        " UNION SELECT actor_id FROM mute WHERE target_id = ? AND actor_id IN (?)"
        " UNION SELECT d.actor_id FROM domain_block d JOIN actor a ON a.host = d.host WHERE a.id = ? AND d.actor_id IN (?)",
        *(post.author_id, list(actor_ids)) * 4,
    )
    return {int(row["who"]) for row in found}


async def by_id(quote_id: int) -> Quote | None:
    """Find a quote by its row, without rights."""
    return await Quote.get_or_none(id=quote_id)


async def by_post(post: Post) -> Quote | None:
    """Find what a post quotes, without rights."""
    return await Quote.get_or_none(post_id=post.id) if post.has_quote else None


async def quoted_by(posts: Iterable[Post]) -> dict[int, str]:
    """Name what posts quote, by post, without rights: for the copy that their author gets of their own words."""
    ids = [post.id for post in posts if post.has_quote]
    found = await Quote.filter(post_id__in=ids) if ids else []
    return {one.post_id: one.quoted_uri for one in found if one.post_id is not None}


async def concerned(post: Post, *, limit: int = 500) -> list[Actor]:
    """Name people elsewhere whose servers may show a post of ours beside theirs: who quotes it, and who is quoted in it."""
    found = await Quote.filter(quoted_id=post.id, state="accepted", author__local=False).order_by("id").limit(limit)
    own = await by_post(post)
    wanted = {one.author_id for one in found} | ({own.quoted_author_id} if own is not None else set())
    people = await actors.many(one for one in wanted if one is not None)
    return [actor for actor in people.values() if not actor.local]

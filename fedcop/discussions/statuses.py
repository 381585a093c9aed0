"""Posts for programs: what an app shows of each and no more, in few statements, however many posts. Whoever asks has found the ids with the rights of who looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.core.selects import Select
from fedcop.discussions import faces, seams
from fedcop.discussions.marks import marks_of
from fedcop.discussions.models import Mention, Post
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.quotes.queries import QuoteView
from fedcop.discussions.seeing import shown_sql
from fedcop.discussions.views import PostView

_OF_ACTORS = (
    "id uri url kind local name host display_name summary profession organisation region links icon_media_id header_media_id"
    " approves_followers discoverable indexable hides_follows published created_at gone_at suspended_at"
)


def _of(relation: str) -> str:
    return "".join(f" {relation}__{name}" for name in _OF_ACTORS.split())


PEOPLE = Select(Actor, only=_OF_ACTORS)
PLACES = Select(
    Community,
    "actor",
    only="id actor_id visibility join_policy charter_version questions purpose members_count threads_count last_activity_at"
    + _of("actor"),
)
NAMED = Select(Mention, "actor", only="id post_id actor__id actor__uri actor__url actor__local actor__name actor__host")
POSTS = Select(
    Post,
    "author",
    only="id uri url local author_id community_id root_id parent_id depth title title_derived source content language versions"
    " sensitive warning audience anonymised_at state tags links published_at edited_at deleted_at removed_at pinned_at"
    " replies_count thanks_count shares_count has_poll has_quote quotes_count quote_policy" + _of("author"),
)


@dataclass(frozen=True)
class Status:
    """A post, whom it names, and whose post it answers (as that one shows it)."""

    view: PostView
    mentioned: tuple[Actor, ...] = ()
    answers: Actor | None = None
    below: int | None = None  # what it stands below: what it answers, or the beginning of its thread where that is gone
    quoted: Status | None = None  # what it quotes, where that is kept here and may be shown


async def load(viewer: Actor | None, ids: Sequence[int]) -> list[Status]:
    """Load posts in the order of `ids`; one that was deleted or removed meanwhile is left out."""
    posts = {post.id: post for post in await POSTS.where("post.id IN (?)", list(ids))} if ids else {}
    authors = {post.author_id: post.author for post in posts.values()}
    return await of(viewer, [posts[post_id] for post_id in ids if post_id in posts], authors)


async def thread(viewer: Actor | None, root_id: int) -> tuple[dict[int, int | None], list[Status]]:
    """Load a whole thread: what each post of it that somebody may see answers, those that are gone too, and the others."""
    condition, params = shown_sql("post", viewer)
    posts = await POSTS.where(f"post.root_id = ? AND {condition}", root_id, *params)
    found = {post.id: post.parent_id for post in posts}
    if root_id not in found:
        raise NotFound
    return found, await of(viewer, posts, {post.author_id: post.author for post in posts})


async def of(viewer: Actor | None, posts: Sequence[Post], authors: Mapping[int, Actor] | None = None) -> list[Status]:
    """Load what hangs on posts that are there already, maybe with their authors; what they quote comes along in the same statements."""
    shown = [post for post in posts if post.deleted_at is None and post.removed_at is None]
    quoted = await quotes.of(viewer, shown)
    together = {post.id: post for post in shown}
    together = {one.post.id: one.post for one in quoted.values() if one.post is not None} | together
    found = await _all_of(viewer, list(together.values()), authors)
    return [_quoting(found[post.id], quoted.get(post.id), found) for post in shown]


def _quoting(status: Status, quote: QuoteView | None, found: Mapping[int, Status]) -> Status:
    """Give a post with what it quotes."""
    if quote is None:
        return status
    quoted = found.get(quote.post.id) if quote.post is not None else None
    seen = replace(quote, author=quoted.view.author) if quoted is not None else quote
    return replace(status, view=replace(status.view, quote=seen), quoted=quoted)


async def _all_of(
    viewer: Actor | None, shown: Sequence[Post], authors: Mapping[int, Actor] | None
) -> dict[int, Status]:
    """Load what hangs on posts. Who wrote one reads it as they wrote it first: that is what apps correct."""
    ids = [post.id for post in shown]
    parents = {number for post in shown for number in (post.parent_id, post.root_id)} - {None, *ids}
    answered = {one.id: one for one in await Post.filter(id__in=list(parents)).only(*faces.NEEDED)} if parents else {}
    answered |= {post.id: post for post in shown}
    below = {post.id: _below(post, answered) for post in shown}
    seen = await faces.faces_of(viewer, answered.values(), known=authors, load=PEOPLE)
    places = await communities.many({post.community_id for post in shown if post.community_id is not None}, PLACES)
    files = await seams.media_of(ids)
    mine = await marks_of(viewer, ids, ties_to=quotes.asking_for_ties(shown))
    named, asked = await _named(ids), await polls.views(viewer, shown)
    return {
        post.id: Status(
            PostView(
                post=post,
                author=seen.author_of(post),
                community=places.get(post.community_id or 0),
                files=files.get(post.id, ()),
                mine=mine[post.id].reactions,
                shared=mine[post.id].shared,
                kept=mine[post.id].kept,
                quiet=mine[post.id].quiet,
                hidden=mine[post.id].hides_author,
                poll=asked.get(post.id),
                quotable=quotes.standing(viewer, post, mine[post.id]),
                chosen=post.language if viewer is not None and post.author_id == viewer.id else "",
            ),
            tuple(named.get(post.id, ())),
            seen.author_of(one) if (one := below[post.id]) is not None else None,
            one.id if one is not None else None,
        )
        for post in shown
    }


def _below(post: Post, known: Mapping[int, Post]) -> Post | None:
    """Give what a post answers, where that is there still, else what its thread begins with, if that is."""
    found = (known.get(number) for number in (post.parent_id, post.root_id) if number not in (None, post.id))
    return next((one for one in found if one is not None and one.deleted_at is None and one.removed_at is None), None)


async def _named(ids: Sequence[int]) -> dict[int, list[Actor]]:
    found: dict[int, list[Actor]] = {}
    if ids:
        for row in await NAMED.where("mention.post_id IN (?) ORDER BY mention.id", list(ids)):
            found.setdefault(row.post_id, []).append(row.actor)
    return found

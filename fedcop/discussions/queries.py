"""Reads posts with the rights of who looks. A fixed number of queries, however many posts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.charter.models import CharterVersion
from fedcop.communities.models import Community
from fedcop.communities.roles import MODERATE, seated_sql
from fedcop.core import asked
from fedcop.core.asked import once
from fedcop.core.database import fetch, row_of, rows
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.selects import Select
from fedcop.discussions import faces, seams, versions
from fedcop.discussions.kinds import plugged
from fedcop.discussions.marks import marks_of
from fedcop.discussions.models import Post, Revision, Share, ThreadVisit
from fedcop.discussions.order import in_reading_order
from fedcop.discussions.polls import queries as polls
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.seeing import shown_sql
from fedcop.discussions.views import PostView, ThreadView, words_of

WHOLE = Select(Post)
FACES = Select(
    Actor, only="id uri url kind local name host display_name icon_media_id gone_at suspended_at"
)  # in lists


async def by_uri(uri: str) -> Post | None:
    """Find a post by its id on the network, without rights: for activities, not for pages."""
    return next(iter(await WHOLE.where("uri = ?", uri)), None)


async def answered(uri: str) -> Post | None:
    """Find what a post answers, as `by_uri` does; of many answers in one round of activities, once."""
    if (found := asked.recall(answered, uri)) is None and uri and (found := await by_uri(uri)) is not None:
        asked.tell(answered, found, uri)  # not that it is missing: it may come in this very round
    return found


async def many(ids: Iterable[int]) -> dict[int, Post]:
    """Find posts by their rows, without rights: for jobs, not for pages."""
    wanted = sorted(set(ids))
    return {post.id: post for post in await WHOLE.where("id IN (?)", wanted)} if wanted else {}


async def by_id(post_id: int) -> Post | None:
    """Find a post by its row, without rights: for jobs, not for pages."""
    return next(iter(await WHOLE.where("id = ?", post_id)), None)


async def shared_by(actor: Actor, share_uri: str) -> Post | None:
    """Find the post that somebody's share is of."""
    share = await Share.get_or_none(uri=share_uri, actor_id=actor.id)
    return await by_id(share.post_id) if share else None


async def root_of(post: Post) -> Post:
    """Give the root of a post's thread."""
    return post if post.id == post.root_id else await _root(post.root_id)


@once
async def _root(root_id: int) -> Post:
    return await Post.get(id=root_id)


async def visible_post(viewer: Actor | None, post_id: int) -> Post:
    """Load a post that this person may see. What is not there and what is not for them look alike."""
    condition, params = shown_sql("p", viewer)
    found = await fetch(Post, f"SELECT p.* FROM post p WHERE p.id = ? AND {condition}", post_id, *params)  # noqa: S608 - our own words only, values are parameters
    if not found:
        raise NotFound()
    return found[0]


async def shown_to(actor_ids: Iterable[int], thing: access.Thing, state: str) -> set[int]:
    """Name those, of some people of ours, who may see a post: `shown_sql` for many at once, of a post as it is, was or would be."""
    asked = set(actor_ids)
    seen = await access.readers_among(asked, thing) if state in ("visible", "held") else set()
    if state == "held" and seen:
        moderate = (
            f"SELECT actor_id FROM membership WHERE community_id = ? AND {seated_sql(MODERATE)} AND actor_id IN (?)"  # noqa: S608 - our own words
        )
        seen = {row["actor_id"] for row in await rows(moderate, thing.community_id, list(seen))}
    return seen | ({thing.author_id} & asked)


OURS = "p.local AND p.deleted_at IS NULL AND p.state = 'visible'"
"""Of a thread, what our people wrote there: by an index of just that, since each answer asks, and a thread may have thousands."""


async def concerning_somebody(ids: Collection[int]) -> set[int]:
    """Keep the posts, of these, of which somebody of ours may have to be told: threads, what waits, what names or answers one of ours."""
    named = "SELECT 1 FROM mention m JOIN actor a ON a.id = m.actor_id WHERE m.post_id = p.id AND a.local"
    found = await rows(
        "SELECT p.id, p.root_id, CASE WHEN p.depth = 0 OR p.state = 'held'"  # noqa: S608 - our own words
        f" OR EXISTS ({named}) THEN 1 ELSE 0 END AS certain FROM post p WHERE p.id IN (?)",
        list(ids),
    )
    roots = {row["root_id"] for row in found if not row["certain"]}
    query = f"SELECT DISTINCT p.root_id FROM post p WHERE p.root_id IN (?) AND {OURS}"  # noqa: S608 - our own words
    ours = await rows(query, list(roots)) if roots else []
    written = {row["root_id"] for row in ours}
    return {row["id"] for row in found if row["certain"] or row["root_id"] in written}


async def visible_ids(viewer: Actor | None, ids: Iterable[int]) -> set[int]:
    """Keep the ids of posts that this person may see."""
    wanted = list(set(ids))
    if not wanted:
        return set()
    condition, params = shown_sql("p", viewer)
    found = await rows(f"SELECT p.id FROM post p WHERE p.id IN (?) AND {condition}", wanted, *params)  # noqa: S608 - our own words only, values are parameters
    return {row["id"] for row in found}


async def titles_of(viewer: Actor | None, posts: Iterable[Post]) -> dict[int, str]:
    """Name the threads in which answers stand, by their roots: those that this person may see, and of what is gone none."""
    roots = list({post.root_id for post in posts if post.depth})
    if not roots:
        return {}
    condition, params = shown_sql("p", viewer)
    sql = f"SELECT p.id, p.title FROM post p WHERE p.id IN (?) AND p.deleted_at IS NULL AND p.removed_at IS NULL AND {condition}"  # noqa: S608 - our own words only, values are parameters
    return {row["id"]: row["title"] for row in await rows(sql, roots, *params)}


async def load_posts(
    viewer: Actor | None, ids: Sequence[int], *, judged: Mapping[int, Post] | None = None
) -> list[PostView]:
    """Load posts with all that a list shows, in the order of `ids`; leaves out what the person may not see.

    `judged`: the posts, where they were found with `shown_sql` for this very person a moment ago, to be listed; of their authors there is what a list shows.
    """
    posts = judged
    if posts is None and ids:
        condition, params = shown_sql("p", viewer)
        found = await fetch(Post, f"SELECT p.* FROM post p WHERE p.id IN (?) AND {condition}", list(set(ids)), *params)  # noqa: S608 - our own words only, values are parameters
        posts = {post.id: post for post in found}
    listed = [posts[post_id] for post_id in ids if post_id in posts] if posts else []
    return await _views(viewer, listed, news=True, load=actors.WHOLE if judged is None else FACES)


async def _views(
    viewer: Actor | None, posts: Sequence[Post], *, news: bool = False, load: Select[Actor] = actors.WHOLE
) -> list[PostView]:
    answered = await _answered(posts)
    shown = await faces.faces_of(viewer, [*posts, *answered.values()], load=load)
    return await _views_of(viewer, posts, answered, shown, news=news)


async def _answered(posts: Collection[Post]) -> dict[int, Post]:
    """The posts that some answer, but for roots: those among them, and the others with what faces look at."""
    parents = {post.parent_id for post in posts if post.parent_id is not None and post.depth > 1}
    known = {post.id: post for post in posts if post.id in parents}
    missing = list(parents - known.keys())
    return known | {one.id: one for one in (await Post.filter(id__in=missing).only(*faces.NEEDED) if missing else [])}


async def _views_of(
    viewer: Actor | None, posts: Sequence[Post], answered: Mapping[int, Post], shown: faces.Faces, *, news: bool = False
) -> list[PostView]:
    if not posts:
        return []
    ids = [post.id for post in posts]
    homes = await communities.many({post.community_id for post in posts if post.community_id is not None})
    files = await seams.media_of(ids)
    questions = [post.id for post in posts if post.accepted_id is not None]
    marks = await marks_of(
        viewer,
        ids,
        visits_to=ids if news else (),
        questions=questions,
        shown=shown_sql("p", viewer),
        ties_to=quotes.asking_for_ties(posts),
    )
    for post in posts:
        if not marks[post.id].answered:
            # That a question is answered is told to those who may read the answer (on this row only, nothing is saved).
            post.accepted_id = None
    cards, asked = await _cards(posts), await polls.views(viewer, posts)
    quoted = await quotes.views(viewer, posts)
    return [
        PostView(
            post=post,
            author=shown.author_of(post),
            community=homes.get(post.community_id or 0),
            files=files.get(post.id, ()),
            mine=marks[post.id].reactions,
            shared=marks[post.id].shared,
            kept=marks[post.id].kept,
            quiet=marks[post.id].quiet,
            visited=marks[post.id].visited,
            new_replies=marks[post.id].new_replies,
            card=cards.get(post.id, (None, ""))[0],
            card_template=cards.get(post.id, (None, ""))[1],
            parent_author=shown.author_of(answered[post.parent_id]) if post.parent_id in answered else None,
            hidden=marks[post.id].hides_author,
            poll=asked.get(post.id),
            quote=quoted.get(post.id),
            quotable=quotes.standing(viewer, post, marks[post.id]),
        )
        for post in posts
    ]


async def _cards(posts: Sequence[Post]) -> dict[int, tuple[Any, str]]:
    found: dict[int, tuple[Any, str]] = {}
    for name, kind in plugged().items():
        ids = [post.id for post in posts if post.kind == name]
        if kind.cards is not None and ids:
            for post_id, card in (await kind.cards(ids)).items():
                found[post_id] = (card, kind.card)
    return found


async def thread(viewer: Actor | None, root: Post, *, chosen: tuple[int, str] = (0, "")) -> ThreadView:
    """Load the whole thread of a post, as `thread_around` does."""
    return await thread_around(viewer, root.root_id, chosen=chosen)


async def thread_around(viewer: Actor | None, post_id: int, *, chosen: tuple[int, str] = (0, "")) -> ThreadView:
    """Load the whole thread in which a post stands, one post of it in a `chosen` language; NotFound where somebody may not see both.

    The order is the same on every instance: by date, then by uri; answers below what they answer.
    """
    condition, params = shown_sql("p", viewer)
    found = await rows(
        "SELECT p.*, v.id AS visit, v.seen_at AS seen_at, EXISTS (SELECT 1 FROM showing s WHERE s.post_id = p.id) AS shown"  # noqa: S608 - our own words only, values are parameters
        " FROM post p LEFT JOIN thread_visit v ON v.root_id = p.id AND v.actor_id = ?"
        f" WHERE p.root_id = (SELECT x.root_id FROM post x WHERE x.id = ?) AND {condition}",
        *(viewer.id if viewer else 0, post_id),
        *params,
    )
    posts = {row["id"]: row_of(Post, row) for row in found}
    root_id = posts[post_id].root_id if post_id in posts else 0
    if root_id not in posts:
        raise NotFound()
    by, answered = posts[root_id].accepted_by_id, await _answered(posts.values())
    seen = await faces.faces_of(viewer, [*posts.values(), *answered.values()], [] if by is None else [by])
    views = {view.post.id: view for view in await _views_of(viewer, list(posts.values()), answered, seen)}
    if chosen[0] in views:
        views[chosen[0]] = replace(views[chosen[0]], chosen=chosen[1])
    seen_at = _last_visit(viewer, root_id, found)
    top = views.pop(root_id)
    ordered = sorted(views.values(), key=lambda view: (view.post.published_at, view.post.uri))
    numbers = {view.post.id: number for number, view in enumerate(ordered, 1)}
    told = [
        replace(
            view,
            number=numbers[view.post.id],
            parent_number=numbers.get(view.post.parent_id or 0, 0),
            unread=_is_unread(view, viewer, seen_at),
            accepted=view.post.id == top.post.accepted_id,
        )
        for view in ordered
    ]
    replies = in_reading_order(top.post.id, told)
    unread = [view for view in told if view.unread]
    return ThreadView(
        root=top,
        replies=replies,
        first_unread=next((view for view in replies if view.unread), None),
        unread=len(unread),
        accepted=next((view for view in replies if view.accepted and not view.gone), None),
        accepted_by=_accepted_by(top.post, seen),
        newest=max(post.created_at for post in posts.values()),
        is_shown=any(row["shown"] for row in found),
    )


async def texts_of(viewer: Actor, ids: Iterable[int]) -> dict[int, str]:
    """Give what posts say that were found with the rights of somebody; what they wrote themselves is left out."""
    found = await Post.filter(id__in=[*ids, 0]).exclude(author_id=viewer.id)
    return {post.id: words_of(post, versions.best(post, "")) for post in found}


def _last_visit(viewer: Actor | None, root_id: int, found: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Tell when somebody was last in a thread, by what came with its rows; whoever asks for the visit need not look again."""
    if viewer is None:
        return None
    row = next(one for one in found if one["id"] == root_id)
    visit = None
    if row["visit"] is not None:
        known = {"id": row["visit"], "actor_id": viewer.id, "root_id": root_id, "seen_at": row["seen_at"]}
        visit = row_of(ThreadVisit, known)
    asked.tell(last_visit, visit, viewer, root_id)
    return visit.seen_at if visit else None


@once
async def last_visit(viewer: Actor, root_id: int) -> ThreadVisit | None:
    """Find when somebody was last in a thread."""
    return await ThreadVisit.get_or_none(actor_id=viewer.id, root_id=root_id)


def _accepted_by(root: Post, shown: faces.Faces) -> Actor | None:
    by = shown.people.get(root.accepted_by_id or 0)
    return shown.somebody_of(by, root.community_id) if by is not None else None


def _is_unread(view: PostView, viewer: Actor | None, seen_at: datetime | None) -> bool:
    if viewer is None or seen_at is None or view.gone or view.post.author_id == viewer.id:
        return False
    return view.post.created_at > seen_at


async def revisions(viewer: Actor | None, post: Post) -> list[Revision]:
    """What a post said before, newest first: each for those who may read it both then and now."""
    found = await Revision.filter(post_id=post.id).order_by("-written_at", "-id")
    narrower = {one.audience for one in found if access.reach(one.audience) < access.reach(post.audience)}
    closed = {one for one in narrower if not await access.may_see(viewer, as_if(post, one))}
    return [one for one in found if one.audience not in closed]


def as_if(post: Post, audience: str) -> access.Thing:
    """Give a post as it was, or would be, with another audience."""
    return access.Thing(audience, post.organisation, post.community_id, post.author_id)


async def is_answered_by_others(post: Post) -> bool:
    """Tell whether somebody else than its author answered a post."""
    return await Post.filter(parent_id=post.id).exclude(author_id=post.author_id).exists()


async def mentioned_in(post: Post) -> list[Actor]:
    """Whom a post names."""
    return await Actor.filter(mentions__post_id=post.id).order_by("id")


async def moderates(actor: Actor | None, community: Community) -> bool:
    """Tell whether somebody may remove posts of a community: for showing buttons, not for deciding."""
    if actor is None:
        return False
    try:
        await community_rules.may_moderate(actor, community)
    except (Forbidden, NotFound):
        return False
    return True


async def charter_for_newcomers(author: Actor, community: Community) -> CharterVersion | None:
    """Give the charter that holds in a community to somebody who has never written there, in one statement."""
    written = "SELECT 1 FROM post p WHERE p.author_id = ? AND p.community_id = v.community_id"
    found = await rows(
        f"SELECT v.* FROM charter_version v WHERE v.community_id = ? AND v.number = ? AND NOT EXISTS ({written})",  # noqa: S608 - our own words only, values are parameters
        *(community.id, community.charter_version, author.id),
    )
    return row_of(CharterVersion, found[0]) if found else None


async def held(community: Community) -> list[Post]:
    """Posts that wait for a moderator, oldest first."""
    # The state is no parameter, so that both databases see that the index of what is held says it all.
    return await fetch(
        Post, "SELECT * FROM post WHERE community_id = ? AND state = 'held' ORDER BY id LIMIT 100", community.id
    )

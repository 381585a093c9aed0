"""Reads posts with the rights of who looks. A fixed number of queries, however many posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.communities.roles import MODERATE, seated_sql
from fedcop.core.asked import once
from fedcop.core.database import fetch, row_of, rows
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.sanitise import excerpt
from fedcop.discussions import faces, seams, versions
from fedcop.discussions.kinds import LABELS, plugged
from fedcop.discussions.marks import marks_of
from fedcop.discussions.models import Post, Revision, Share, ThreadVisit
from fedcop.discussions.versions import Version


@dataclass(frozen=True)
class PostView:
    """A post and all that a page needs to show it."""

    post: Post
    author: Actor  # whom it is shown to be by (faces.py)
    community: Community | None = None
    files: Sequence[Any] = ()
    mine: frozenset[str] = frozenset()  # my reactions
    shared: bool = False  # by me
    card: Any = None  # what the feature of its kind adds
    card_template: str = ""
    parent_author: Actor | None = None
    parent_number: int = 0
    number: int = 0  # in the thread, 0 is the root
    level: int = 0
    unread: bool = False
    new_replies: int = 0  # root in a list: since my last visit
    visited: bool = False  # root in a list: whether I was ever there
    hidden: bool = False  # the viewer blocks or mutes the author
    accepted: bool = False
    chosen: str = ""  # the language in which who looks asked to read it

    @property
    def said(self) -> Version:
        """What it says in the language that was chosen, else in the reader's own, else as its author wrote it first."""
        return versions.best(self.post, self.chosen)

    @property
    def others(self) -> list[Version]:
        """What it says in other languages than in that one."""
        return [one for one in versions.all_of(self.post) if one.language != self.said.language]

    @property
    def label(self) -> str:
        """What this kind of post is called (a msgid)."""
        return LABELS.get(self.post.kind, LABELS["discussion"])

    @property
    def excerpt(self) -> str:
        """The beginning of the text, for lists; nothing of what was taken away."""
        return "" if self.gone else excerpt(self.said.content)

    @property
    def gone(self) -> bool:
        """Whether a tombstone is shown instead of the text."""
        return self.post.deleted_at is not None or self.post.removed_at is not None


@dataclass(frozen=True)
class ThreadView:
    """A whole thread in reading order."""

    root: PostView
    replies: Sequence[PostView]
    first_unread: PostView | None = None
    unread: int = 0
    accepted: PostView | None = None
    accepted_by: Actor | None = None
    newest: datetime | None = None  # when the last of these was stored here
    is_shown: bool = False  # in other communities too (showings.py)

    @property
    def count(self) -> int:
        """How many answers this person may read; what is counted on the root is for all its readers alike."""
        return sum(1 for view in self.replies if view.post.state == "visible" and not view.gone)

    @property
    def branches(self) -> list[tuple[PostView, list[PostView]]]:
        """Each answer to the root with all that is below it."""
        found: list[tuple[PostView, list[PostView]]] = []
        for view in self.replies:
            if view.level == 1 or not found:
                found.append((view, []))
            else:
                found[-1][1].append(view)
        return found


def shown_sql(alias: str, viewer: Actor | None) -> tuple[str, list[Any]]:
    """The SQL condition for posts that a person may see: audience, and whether they are published."""
    condition, params = access.visible_sql(alias, viewer)
    if viewer is None:
        return f"({condition} AND {alias}.state = 'visible')", params
    moderated = f"SELECT community_id FROM membership WHERE actor_id = ? AND {seated_sql(MODERATE)}"  # noqa: S608 - our own words
    return (
        f"(({condition} AND ({alias}.state = 'visible' OR ({alias}.state = 'held' AND {alias}.community_id IN ({moderated}))))"
        f" OR {alias}.author_id = ?)",
        [*params, viewer.id, viewer.id],
    )


async def by_uri(uri: str) -> Post | None:
    """Find a post by its id on the network, without rights: for activities, not for pages."""
    return await Post.get_or_none(uri=uri)


async def by_id(post_id: int) -> Post | None:
    """Find a post by its row, without rights: for jobs, not for pages."""
    return await Post.get_or_none(id=post_id)


async def shared_by(actor: Actor, share_uri: str) -> Post | None:
    """Find the post that somebody's share is of."""
    share = await Share.get_or_none(uri=share_uri, actor_id=actor.id)
    return await by_id(share.post_id) if share else None


async def root_of(post: Post) -> Post:
    """Give the root of a post's thread."""
    return post if post.id == post.root_id else await Post.get(id=post.root_id)


async def visible_post(viewer: Actor | None, post_id: int) -> Post:
    """Load a post that this person may see. What is not there and what is not for them look alike."""
    condition, params = shown_sql("p", viewer)
    found = await fetch(Post, f"SELECT p.* FROM post p WHERE p.id = ? AND {condition}", post_id, *params)  # noqa: S608 - our own words only, values are parameters
    if not found:
        raise NotFound()
    return found[0]


async def visible_ids(viewer: Actor | None, ids: Iterable[int]) -> set[int]:
    """Keep the ids of posts that this person may see."""
    wanted = list(set(ids))
    if not wanted:
        return set()
    condition, params = shown_sql("p", viewer)
    found = await rows(f"SELECT p.id FROM post p WHERE p.id IN (?) AND {condition}", wanted, *params)  # noqa: S608 - our own words only, values are parameters
    return {row["id"] for row in found}


async def load_posts(viewer: Actor | None, ids: Sequence[int], *, judged: bool = False) -> list[PostView]:
    """Load posts with all that a list shows, in the order of `ids`; leaves out what the person may not see.

    `judged`: the ids were found with `shown_sql` for this very person a moment ago.
    """
    if not ids:
        return []
    condition, params = ("TRUE", []) if judged else shown_sql("p", viewer)
    found = await fetch(Post, f"SELECT p.* FROM post p WHERE p.id IN (?) AND {condition}", list(set(ids)), *params)  # noqa: S608 - our own words only, values are parameters
    posts = {post.id: post for post in found}
    return await _views(viewer, [posts[post_id] for post_id in ids if post_id in posts], news=True)


async def _views(viewer: Actor | None, posts: Sequence[Post], *, news: bool = False) -> list[PostView]:
    if not posts:
        return []
    ids = [post.id for post in posts]
    parents = {post.parent_id for post in posts if post.parent_id is not None and post.depth > 1}
    answered = {one.id: one for one in await Post.filter(id__in=list(parents)).only(*faces.NEEDED)} if parents else {}
    shown = await faces.faces_of(viewer, [*posts, *answered.values()])
    homes = await communities.many({post.community_id for post in posts if post.community_id is not None})
    files = await seams.media_of(ids)
    marks = await marks_of(viewer, ids, visits_to=ids if news else ())
    await _keep_answers_from(viewer, posts)
    cards = await _cards(posts)
    return [
        PostView(
            post=post,
            author=shown.author_of(post),
            community=homes.get(post.community_id or 0),
            files=files.get(post.id, ()),
            mine=marks[post.id].reactions,
            shared=marks[post.id].shared,
            visited=marks[post.id].visited,
            new_replies=marks[post.id].new_replies,
            card=cards.get(post.id, (None, ""))[0],
            card_template=cards.get(post.id, (None, ""))[1],
            parent_author=shown.author_of(answered[post.parent_id]) if post.parent_id in answered else None,
            hidden=marks[post.id].hides_author and post.anonymised_at is None,
        )
        for post in posts
    ]


async def _keep_answers_from(viewer: Actor | None, posts: Sequence[Post]) -> None:
    """That a question is answered is told to those who may read the answer (on these rows only, nothing is saved)."""
    answers = {post.accepted_id for post in posts if post.accepted_id is not None}
    allowed = await visible_ids(viewer, answers)
    for post in posts:
        if post.accepted_id is not None and post.accepted_id not in allowed:
            post.accepted_id = None


async def _cards(posts: Sequence[Post]) -> dict[int, tuple[Any, str]]:
    found: dict[int, tuple[Any, str]] = {}
    for name, kind in plugged().items():
        ids = [post.id for post in posts if post.kind == name]
        if kind.cards is not None and ids:
            for post_id, card in (await kind.cards(ids)).items():
                found[post_id] = (card, kind.card)
    return found


async def thread(viewer: Actor | None, root: Post, *, chosen: tuple[int, str] = (0, "")) -> ThreadView:
    """Load a whole thread, one post of it in a `chosen` language. The order is the same on every instance: by date, then by uri; answers below what they answer."""
    condition, params = shown_sql("p", viewer)
    shown = "EXISTS (SELECT 1 FROM showing s WHERE s.post_id = p.id) AS shown"
    found = await rows(f"SELECT p.*, {shown} FROM post p WHERE p.root_id = ? AND {condition}", root.root_id, *params)  # noqa: S608 - our own words only, values are parameters
    posts = [row_of(Post, row) for row in found]
    views = {view.post.id: view for view in await _views(viewer, posts)}
    if chosen[0] in views:
        views[chosen[0]] = replace(views[chosen[0]], chosen=chosen[1])
    if root.root_id not in views:
        raise NotFound()
    visit = await last_visit(viewer, root.root_id) if viewer else None
    top = views.pop(root.root_id)
    ordered = sorted(views.values(), key=lambda view: (view.post.published_at, view.post.uri))
    numbers = {view.post.id: number for number, view in enumerate(ordered, 1)}
    seen_at = visit.seen_at if visit else None
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
        accepted_by=await _accepted_by(viewer, top.post),
        newest=max(post.created_at for post in posts),
        is_shown=any(row["shown"] for row in found),
    )


@once
async def last_visit(viewer: Actor, root_id: int) -> ThreadVisit | None:
    """Find when somebody was last in a thread."""
    return await ThreadVisit.get_or_none(actor_id=viewer.id, root_id=root_id)


async def _accepted_by(viewer: Actor | None, root: Post) -> Actor | None:
    by = await actors.by_id(root.accepted_by_id) if root.accepted_by_id is not None else None
    return (await faces.faces_of(viewer, [root], [by.id])).somebody_of(by, root.community_id) if by else None


def _is_unread(view: PostView, viewer: Actor | None, seen_at: datetime | None) -> bool:
    if viewer is None or seen_at is None or view.gone or view.post.author_id == viewer.id:
        return False
    return view.post.created_at > seen_at


def in_reading_order(root_id: int, ordered: Sequence[PostView]) -> list[PostView]:
    """Put answers below what they answer: level 1 answers the root, level 2 is everything below, flattened by date."""
    ids = {view.post.id for view in ordered}
    parents = {view.post.id: view.post.parent_id for view in ordered}
    below: dict[int, list[PostView]] = {}
    tops: list[PostView] = []
    for view in ordered:
        top, hops = view.post.id, 0
        while (parent := parents.get(top)) is not None and parent != root_id and parent in ids and hops < len(ids):
            top, hops = parent, hops + 1
        # A circle cannot be stored; should one be, its posts stand by themselves rather than vanish.
        if top == view.post.id or hops == len(ids):
            tops.append(replace(view, level=1))
        else:
            below.setdefault(top, []).append(replace(view, level=2))
    return [view for top in tops for view in (top, *below.get(top.post.id, ()))]


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


async def has_written(author: Actor, community: Community) -> bool:
    """Tell whether somebody has ever written in a community."""
    return await Post.filter(author_id=author.id, community_id=community.id).exists()


async def held(community: Community) -> list[Post]:
    """Posts that wait for a moderator, oldest first."""
    return await Post.filter(community_id=community.id, state="held").order_by("id").limit(100)

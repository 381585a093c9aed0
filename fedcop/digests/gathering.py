"""What of a community is worth a line to one member: judged by the rights that they have at this moment, as pages do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community, Membership
from fedcop.core.database import rows
from fedcop.core.errors import FedcopError
from fedcop.digests import queries
from fedcop.discussions import faces, rules
from fedcop.discussions import queries as discussions
from fedcop.discussions.models import Post
from fedcop.discussions.seeing import shown_sql
from fedcop.discussions.views import PostView
from fedcop.notifications import queries as notifications
from fedcop.notifications import topics
from fedcop.notifications.models import Notification
from fedcop.people import queries as people

MOST = 10  # lines of a letter
OF_A_KIND = 3  # questions, discussions, resources, thanks
WORTH = {"useful": 3, "thanks": 2, "experience": 1}
OF_ONE_SERVER = 5  # reactions of each kind
LOOKED_AT = 60  # newest threads of a period; whoever missed more finds the rest on the page


@dataclass(frozen=True)
class Thanks:
    """Somebody thanked somebody."""

    giver: Actor
    receiver: Actor
    post: Post


@dataclass
class News:
    """What a letter says of a community, at most ten things."""

    about_me: list[Notification] = field(default_factory=list)  # that they wanted with the summary
    best: PostView | None = None
    questions: list[PostView] = field(default_factory=list)
    discussions: list[PostView] = field(default_factory=list)
    resources: list[PostView] = field(default_factory=list)
    thanks: list[Thanks] = field(default_factory=list)
    newcomers: list[Actor] = field(default_factory=list)

    @property
    def posts(self) -> list[PostView]:
        """The threads that it tells of."""
        best = [self.best] if self.best is not None else []
        return [*best, *self.questions, *self.discussions, *self.resources]

    def __bool__(self) -> bool:
        return bool(
            self.about_me or self.posts or self.thanks
        )  # that somebody came is told with other news, not by a letter of its own


async def gather(account: Account, community: Community, since: datetime) -> News:
    """Find what happened in a community since then that its member has neither seen nor been sent."""
    viewer = await actors.by_id(account.actor_id)
    news = News()
    if viewer is None or not await access.may_read(viewer, community):
        return news
    news.about_me = await _about_me(account, viewer, community, since)
    told = {one.post_id for one in news.about_me}
    views = [view for view in await _threads(account, viewer, community, since) if view.post.id not in told]
    if worth := await _worth(views):
        news.best = max(views, key=lambda view: worth.get(view.post.id, 0))
        views.remove(news.best)
    room = max(MOST - len(news.about_me) - (news.best is not None), 0)
    resources = [view for view in views if view.post.kind == "resource"][: min(OF_A_KIND, room)]
    talks = [view for view in views if view.post.kind != "resource"]
    for view in talks:
        open_to = len(news.questions) < min(OF_A_KIND, room - len(resources)) and await _can_answer(
            viewer, view.community or community, view.post
        )
        (news.questions if open_to else news.discussions).append(view)
    news.resources, room = resources, room - len(resources)
    room -= len(news.questions)
    news.thanks = (await _thanks(viewer, community, since))[: min(OF_A_KIND, room)]
    news.discussions = news.discussions[: min(OF_A_KIND, room - len(news.thanks))]
    if room - len(news.thanks) - len(news.discussions) > 0:
        news.newcomers = await _newcomers(viewer, community, since)
    return news


async def _about_me(account: Account, viewer: Actor, community: Community, since: datetime) -> list[Notification]:
    """What a member was told of themselves, has not seen and may still read."""
    found = [
        one
        for one in await notifications.waiting(account, topics.DIGEST, since)
        if one.community_id == community.id and one.post_id is not None
    ]
    allowed = await discussions.visible_ids(viewer, [one.post_id for one in found if one.post_id is not None])
    return [one for one in found if one.post_id in allowed][: MOST - 1]


async def _threads(account: Account, viewer: Actor, community: Community, since: datetime) -> list[PostView]:
    """Threads of a time, or shown since then, that this person may read, has not written, not opened and not been sent, newest first."""
    condition, params = shown_sql("p", viewer)
    found = await rows(
        "SELECT p.id FROM post p WHERE ((p.community_id = ? AND p.published_at >= ?)"  # noqa: S608 - our own words only, values are parameters
        " OR p.id IN (SELECT post_id FROM showing WHERE community_id = ? AND shown_at >= ?)) AND p.depth = 0"
        " AND p.deleted_at IS NULL AND p.removed_at IS NULL AND p.state = 'visible' AND p.author_id <> ?"
        " AND NOT EXISTS (SELECT 1 FROM thread_visit v WHERE v.actor_id = ? AND v.root_id = p.id AND v.seen_at >= p.created_at)"
        f" AND {condition} ORDER BY p.published_at DESC, p.id DESC LIMIT {LOOKED_AT}",
        community.id,
        since,
        community.id,
        since,
        viewer.id,
        viewer.id,
        *params,
    )
    ids = [row["id"] for row in found]
    told = await queries.mailed_posts(account, ids)
    views = await discussions.load_posts(viewer, [post_id for post_id in ids if post_id not in told])
    elsewhere = await queries.told_words(account, since)
    return [view for view in views if not view.hidden and queries.words_of(view.post) not in elsewhere]


async def _worth(views: Sequence[PostView]) -> dict[int, int]:
    """Say what is thought of those that somebody reacted to. Of one other server a few count: it can invent as many people as it likes."""
    asked = [one.post.id for one in views if one.post.useful_count + one.post.thanks_count + one.post.experience_count]
    if not asked:
        return {}
    found = await rows(
        "SELECT r.post_id, r.kind, a.local, COUNT(*) AS number FROM reaction r JOIN actor a ON a.id = r.actor_id"
        " WHERE r.post_id IN (?) GROUP BY r.post_id, r.kind, a.local, a.host",
        asked,
    )
    worth: dict[int, int] = {}
    for row in found:
        number = row["number"] if row["local"] else min(row["number"], OF_ONE_SERVER)
        worth[row["post_id"]] = worth.get(row["post_id"], 0) + WORTH.get(row["kind"], 0) * number
    return {post_id: value for post_id, value in worth.items() if value}


async def _can_answer(viewer: Actor, community: Community, post: Post) -> bool:
    if post.kind != "question" or post.accepted_id is not None or post.replies_count:
        return False
    try:
        await rules.may_reply(viewer, community, post, post)
    except FedcopError:
        return False
    return True


async def _thanks(viewer: Actor, community: Community, since: datetime) -> list[Thanks]:
    condition, params = shown_sql("p", viewer)
    found = await rows(
        "SELECT p.id AS post_id, r.actor_id AS giver, p.author_id AS receiver FROM reaction r JOIN post p ON p.id = r.post_id"  # noqa: S608 - our own words only, values are parameters
        " WHERE r.created_at >= ? AND r.kind = 'thanks' AND p.community_id = ? AND ? NOT IN (r.actor_id, p.author_id)"
        " AND r.actor_id <> p.author_id"
        f" AND p.deleted_at IS NULL AND p.removed_at IS NULL AND {condition} ORDER BY r.created_at DESC, r.id DESC LIMIT 40",
        since,
        community.id,
        viewer.id,
        *params,
    )
    pairs = {(row["giver"], row["receiver"]): row["post_id"] for row in reversed(found)}
    hidden = await people.hidden_among(viewer, [one for pair in pairs for one in pair])
    posts = {post.id: post for post in await Post.filter(id__in=list(pairs.values()) or [0])}
    shown = await faces.faces_of(viewer, posts.values(), {giver for giver, _receiver in pairs})
    told = [
        Thanks(shown.somebody_of(shown.people[giver], community.id), shown.author_of(posts[post_id]), posts[post_id])
        for (giver, _receiver), post_id in reversed(list(pairs.items()))
        if giver in shown.people and post_id in posts
    ]
    return [
        one for one in told if not {one.giver.id, one.receiver.id} & hidden
    ]  # whose name is not shown is not hidden


async def _newcomers(viewer: Actor, community: Community, since: datetime) -> list[Actor]:
    found = (
        await Membership.filter(community_id=community.id, state="active", decided_at__gte=since)
        .exclude(actor_id=viewer.id)
        .order_by("-decided_at", "-id")
        .select_related("actor")
    )
    hidden = await people.hidden_among(viewer, [one.actor_id for one in found])
    return [one.actor for one in found if one.actor_id not in hidden and one.actor.suspended_at is None]

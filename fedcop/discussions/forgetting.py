"""Erases all posts of a community of another server, or one thread of it: that community asked for it (communities/copies/obeying.py).

What people here wrote in it stays theirs, as do the empty places of what they answered: whoever joins again finds the threads whole.
"""

from __future__ import annotations

from tortoise.queryset import QuerySet

from fedcop.actors import known
from fedcop.communities import queries as communities
from fedcop.communities.copies import obeying
from fedcop.communities.copies.facts import ErasureAsked
from fedcop.core.database import atomic
from fedcop.core.jobs import ordered
from fedcop.discussions.facts import ThreadGone
from fedcop.discussions.models import Backfill, Mention, Post, PostTag, Reaction, Revision, ThreadActivity, ThreadVisit
from fedcop.discussions.polls import service as polls
from fedcop.discussions.quotes import service as quotes
from fedcop.discussions.service.write import save_text
from fedcop.federation.models import HeldCopy
from fedcop.media import service as media
from fedcop.media.facts import FilesDropped
from fedcop.media.models import Media
from fedcop.notifications import service as notifications
from fedcop.search import service as search

BATCH = 100


@ordered
async def erase_community(fact: ErasureAsked) -> None:
    """Erase posts, files, previews, search entries and notifications of a community elsewhere; then answer that it is done."""
    community = await communities.by_id(fact.community_id)
    if community is None or community.actor.local:
        return
    await _erase(Post.filter(community_id=community.id))
    await Backfill.filter(community_id=community.id).delete()
    await obeying.erase_rest(community)
    await obeying.confirm(community, fact)


@ordered
async def erase_thread(fact: ThreadGone) -> None:
    """Erase one thread that a community elsewhere moved to where nobody here may read it; then answer that it is done."""
    origin = await communities.by_id(fact.origin_id)
    root = await Post.get_or_none(id=fact.root_id, community_id=None)
    if origin is None or root is None:
        return
    ours = [post.id for post in await Post.filter(root_id=root.id, local=True)]
    await _erase(Post.filter(root_id=root.id))
    for post_id in ours:  # their words stay their author's, and are found by nobody
        await search.forget(post_id)
        await notifications.forget_post(post_id)
    await ThreadActivity.filter(root_id=root.id).exclude(post_id__in=ours or [0]).delete()
    await obeying.confirm_thread(origin, root.uri, fact.uri, fact.activity_id)


async def _erase(posts: QuerySet[Post]) -> None:
    """Erase what others wrote in some threads, all but the empty places of what people here answered."""
    keeping, theirs = await _places_of_ours(posts), posts.filter(local=False)
    for place in await theirs.filter(id__in=list(keeping) or [0]):
        await _erase_files(await _empty(place))
    while found := await theirs.exclude(id__in=list(keeping) or [0]).order_by("-depth", "-id").limit(BATCH):
        await _erase_files(await _delete(found))


async def _places_of_ours(posts: QuerySet[Post]) -> set[int]:
    """Name what people here answered, up to the roots of those threads."""
    wanted: set[int] = set()
    ours = await posts.filter(local=True).values_list("root_id", "parent_id")
    above = {int(one) for pair in ours for one in pair if one is not None}
    while above := above - wanted:
        wanted |= above
        parents = await Post.filter(id__in=list(above)).values_list("parent_id", flat=True)
        above = {int(str(one)) for one in parents if one is not None}
    return wanted


@atomic
async def _empty(post: Post) -> list[str]:
    """Take every word out of a post, but not its place; a newer copy of it may fill it again."""
    keys = await _forget([post])
    post.title = post.source = post.content = post.warning = post.removed_reason = ""
    post.tags, post.links, post.versions, post.edited_at, post.fetched_at = [], [], None, None, None
    post.has_poll = False
    await save_text(post, "removed_reason", "fetched_at", "has_poll")
    await polls.drop(post)
    await quotes.drop(post)
    for part in (Revision, Mention, PostTag, Reaction):
        await part.filter(post_id=post.id).delete()
    return keys


@atomic
async def _delete(found: list[Post]) -> list[str]:
    keys = await _forget(found)
    for post in found:
        await known.forget(post.uri)
    ids = [post.id for post in found]
    for post in found:
        await quotes.drop(post)
    await ThreadVisit.filter(root_id__in=ids).delete()
    await Post.filter(id__in=ids).delete()
    return keys


async def _forget(found: list[Post]) -> list[str]:
    """Forget what hangs on posts in other rooms; gives the names of their files."""
    ids = [post.id for post in found]
    files = await Media.filter(post_id__in=ids)
    for post in found:
        await media.drop_of(post.id)
        await search.forget(post.id)
        await notifications.forget_post(post.id)
    await HeldCopy.filter(post_id__in=ids).delete()
    return [key for file in files for key in (file.key, file.preview_key) if key]


async def _erase_files(keys: list[str]) -> None:
    """Erase the bytes now, not sometime: what we sign next says that they are gone."""
    if keys:
        await media.erase(FilesDropped(keys=tuple(keys)))

"""Erases all posts of a community of another server: that community asked for it (communities/copies/obeying.py).

What people here wrote in it stays theirs, as do the empty places of what they answered: whoever joins again finds the threads whole.
"""

from __future__ import annotations

from fedcop.actors import known
from fedcop.communities import queries as communities
from fedcop.communities.copies import obeying
from fedcop.communities.copies.facts import ErasureAsked
from fedcop.core.database import atomic
from fedcop.core.jobs import ordered
from fedcop.discussions.models import Backfill, Mention, Post, PostTag, Reaction, Revision, ThreadVisit
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
    keeping = await _places_of_ours(community.id)
    theirs = Post.filter(community_id=community.id, local=False)
    for place in await theirs.filter(id__in=list(keeping) or [0]):
        await _erase_files(await _empty(place))
    while found := await theirs.exclude(id__in=list(keeping) or [0]).order_by("-depth", "-id").limit(BATCH):
        await _erase_files(await _delete(found))
    await Backfill.filter(community_id=community.id).delete()
    await obeying.erase_rest(community)
    await obeying.confirm(community, fact)


async def _places_of_ours(community_id: int) -> set[int]:
    """Name what people here answered, up to the roots of those threads."""
    wanted: set[int] = set()
    ours = await Post.filter(community_id=community_id, local=True).values_list("root_id", "parent_id")
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
    post.tags, post.links, post.edited_at, post.fetched_at = [], [], None, None
    await save_text(post, "removed_reason", "fetched_at")
    for part in (Revision, Mention, PostTag, Reaction):
        await part.filter(post_id=post.id).delete()
    return keys


@atomic
async def _delete(found: list[Post]) -> list[str]:
    keys = await _forget(found)
    for post in found:
        await known.forget(post.uri)
    ids = [post.id for post in found]
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

"""Which files somebody may have: the audience that stands on the file, and whether the post it hangs on is still shown."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core.errors import NotFound
from fedcop.discussions import queries, rules
from fedcop.discussions.models import Post
from fedcop.media import queries as media
from fedcop.media.models import Media


async def visible_file(viewer: Actor | None, token: str) -> Media:
    """Load the file that an address names; absent, not here yet and not for this person are one answer: NotFound."""
    found = await media.by_token(token)
    if not await _may_have(viewer, found):
        raise NotFound()
    return found


async def copy_of(viewer: Actor | None, community: Community, sha256: str) -> Media:
    """Load the copy of a file that a community keeps, by its digest: for servers of members whom the author's does not know."""
    for found in await Media.filter(community_id=community.id, sha256=sha256).order_by("-id").limit(10):
        if await _may_have(viewer, found):
            return found
    raise NotFound()


async def _may_have(viewer: Actor | None, file: Media) -> bool:
    if not file.may_be_opened or not await access.may_see(viewer, file):
        return False
    if file.post_id is None:
        return True
    post = await Post.get_or_none(id=file.post_id)
    if post is None or rules.is_gone(post):
        return False
    # A pending post waits for its group, whose server fetches its files to pass them on.
    return post.state in ("visible", "pending") or bool(await queries.visible_ids(viewer, [post.id]))

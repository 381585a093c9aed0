"""Takes threads from one community to another of the same server: one by a moderator, or many at once. Their addresses stay.

A thread moves as a whole: every post in whatever state, what was signed of it, its files. Only its pin stays behind.
"""

from __future__ import annotations

from collections.abc import Sequence

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community, ThreadActivity
from fedcop.communities.records import log_act
from fedcop.core import addresses, facts
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.discussions import rules, seams
from fedcop.discussions.facts import ThreadGone, ThreadMoved
from fedcop.discussions.models import Post
from fedcop.discussions.service.beside import hold_threads
from fedcop.discussions.service.counts import refresh_community
from fedcop.discussions.service.moderate import MAX_REASON
from fedcop.discussions.service.showing import arrive


@atomic
async def move(
    by: Actor, root: Post, target: Community, reason: str, *, proven: bool = False, stored_id: int | None = None
) -> None:
    """Take a thread to another community, with a reason that both and the author can read.

    `proven`: the community's own server says so. `stored_id`: of the activity of a moderator elsewhere.
    """
    root = await Post.filter(id=root.root_id).select_for_update().get()
    origin = await communities.by_id(root.community_id) if root.community_id is not None else None
    if not proven:
        await rules.may_move(by, origin, target)
        if not await access.may_see(by, root):
            raise NotFound
        if not reason.strip():
            raise Invalid(errors={"reason": N_("Give a reason: the author and both communities will read it.")})
        if rules.is_gone(root) or root.state != "visible":
            raise Conflict(N_("Only a discussion that everybody here can read is moved."), code="not-there")
    if origin is None or origin.id == target.id:
        return
    reason = reason.strip()[:MAX_REASON]
    await rehome([root.id], target.id)
    author = await actors.by_id(root.author_id)
    for community, act in ((origin, "move_out"), (target, "move_in")):
        await log_act(community, by, act, target=author, post_id=root.id, reason=reason)
        await refresh_community(community.id)
    await facts.record(
        ThreadMoved(
            post_id=root.id,
            root_id=root.id,
            origin_id=origin.id,
            target_id=target.id,
            by_id=by.id,
            reason=reason,
            stored_id=stored_id,
        )
    )


@atomic
async def move_all(roots: Sequence[Post], origin: Community, target: Community) -> None:
    """Take many threads over because their community ends: it moves them itself, and no author is told of each.

    Whoever calls counts the threads of both communities once it has done.
    """
    await rehome([root.id for root in roots], target.id)
    for root in roots:
        await facts.record(ThreadMoved(post_id=root.id, root_id=root.id, origin_id=origin.id, target_id=target.id))


@atomic
async def record_taken_over(root: Post, target: Community) -> None:
    """A community elsewhere moved one of its threads, with many others, to another one of its server."""
    origin = await communities.by_id(root.community_id) if root.community_id is not None else None
    if origin is None or origin.id == target.id:
        return
    await move_all([root], origin, target)
    await refresh_community(origin.id)
    await refresh_community(target.id)


@atomic
async def record_gone(root: Post, uri: str, *, many: bool = False) -> None:
    """The community of a private thread says that nobody here may read it any more: nobody does, from now on.

    `many`: its community ends, and no author is told of each thread.
    """
    if root.community_id is None:
        return
    origin_id = root.community_id
    await rehome([root.id], None)
    await refresh_community(origin_id)
    await facts.record(ThreadGone(post_id=root.id, root_id=root.id, origin_id=origin_id, uri=uri, many=many))


@atomic
async def record_back(root: Post, community: Community) -> bool:
    """What is left here of a thread that had gone is in a community again that somebody here may read: one of the same server."""
    if root.community_id is None and addresses.is_context_at(community.actor.uri, root.context_uri):
        await rehome([root.id], community.id)
        await refresh_community(community.id)
        return True
    return False


async def rehome(root_ids: Sequence[int], community_id: int | None) -> None:
    """Write on all rows of some threads where they are now (inside a transaction)."""
    ids = list(root_ids)
    await hold_threads(ids)
    await Post.filter(root_id__in=ids).update(community_id=community_id)
    await Post.filter(id__in=ids).update(pinned_at=None)
    await ThreadActivity.filter(root_id__in=ids).update(community_id=community_id)
    await ThreadActivity.filter(post_id__in=ids).update(community_id=community_id)
    await arrive(ids, community_id)
    await seams.take_along(ids, community_id)

"""What moderators do to posts, and the accepted answer. `proven`: the caller has judged the authority (an activity of the group's host).

What changes nothing gives False: of two who act at once one act counts, everywhere the one that the community's own server heard of first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.communities.records import correct_act, log_act
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid
from fedcop.core.i18n import N_
from fedcop.discussions import rules, seams
from fedcop.discussions.facts import (
    AnswerAccepted,
    Locked,
    Pinned,
    PostAppeared,
    PostRefused,
    PostRemoved,
    PostRestored,
    Retitled,
    Unlocked,
    Unpinned,
)
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service as polls
from fedcop.discussions.service.beside import hold_threads
from fedcop.discussions.service.checking import check_text
from fedcop.discussions.service.counts import refresh_answers, refresh_thread
from fedcop.discussions.service.showing import stop_all
from fedcop.discussions.text import clean_title

MAX_PINNED = 20
MAX_REASON = 2_000
SEEN = ("removed_at", "removed_reason", "deleted_at", "pinned_at", "locked_at", "accepted_id", "state", "state_reason")
Judge = Callable[[Actor, Community | None], Awaitable[None]]


async def _community_of(post: Post) -> Community | None:
    return None if post.community_id is None else await communities.by_id(post.community_id)


async def _authorise(by: Actor, post: Post, proven: bool, judge: Judge = rules.may_moderate) -> None:
    if not proven:
        await judge(by, await _community_of(post))


async def _log(act: str, by: Actor, post: Post, reason: str) -> None:
    community = await _community_of(post)
    if community is not None:
        target = await actors.by_id(post.author_id)
        await log_act(community, by, act, target=target, post_id=post.id, reason=reason)


async def _see(post: Post) -> Post:
    """Let nobody else act on a post until this transaction ends, and see what was done meanwhile: of two at once, one counts."""
    await hold_threads([post.root_id])
    await Post.filter(id=post.id).select_for_update().first()
    await post.refresh_from_db(fields=SEEN)
    return post


async def _root_of(post: Post) -> Post:
    return await _see(post if post.id == post.root_id else await Post.get(id=post.root_id))


async def _yield(act: str, by: Actor, post: Post, reason: str, *, proven: bool) -> bool:
    """Whether the community's own server says that somebody else did what was done here: its journal is the one that holds."""
    community = await _community_of(post)
    if not proven or community is None or community.actor.local:
        return False
    return await correct_act(community, by, act, post_id=post.id, reason=reason)


@atomic
async def remove(moderator: Actor, post: Post, reason: str, *, proven: bool = False) -> bool:
    """Take a post away from all readers, with a reason that the community can read. It can be restored."""
    await _authorise(moderator, post, proven)
    if not reason.strip() and not proven:
        raise Invalid(errors={"reason": N_("Give a reason: the author and the community will read it.")})
    await _see(post)
    if post.removed_at is not None:
        if await _yield("remove_post", moderator, post, reason, proven=proven):
            post.removed_reason = reason.strip()[:MAX_REASON]
            await post.save(update_fields=["removed_reason"])
        return False
    if post.deleted_at is not None:
        return False
    post.removed_at, post.removed_reason = now(), reason.strip()[:MAX_REASON]
    await post.save(update_fields=["removed_at", "removed_reason"])
    await seams.hide_media(post)
    await stop_all(post)
    await _log("remove_post", moderator, post, reason)
    await refresh_thread(post.root_id)
    await refresh_answers(post.parent_id, post.root_id)
    await facts.record(
        PostRemoved(post_id=post.id, root_id=post.root_id, by_id=moderator.id, reason=post.removed_reason)
    )
    return True


@atomic
async def restore(moderator: Actor, post: Post, *, proven: bool = False) -> bool:
    """Bring a removed post back."""
    await _authorise(moderator, post, proven)
    await _see(post)
    if post.removed_at is None:
        await _yield("restore_post", moderator, post, "", proven=proven)
        return False
    post.removed_at, post.removed_reason = None, ""
    await post.save(update_fields=["removed_at", "removed_reason"])
    await seams.show_media(post)
    await _log("restore_post", moderator, post, "")
    await refresh_thread(post.root_id)
    await refresh_answers(post.parent_id, post.root_id)
    await facts.record(PostRestored(post_id=post.id, root_id=post.root_id, by_id=moderator.id))
    return True


@atomic
async def pin(by: Actor, post: Post, reason: str = "", *, proven: bool = False) -> bool:
    """Keep a thread at the top of its community."""
    await _authorise(by, post, proven, rules.may_pin)
    root = await _root_of(post)
    if root.pinned_at is not None:
        await _yield("pin", by, root, reason, proven=proven)
    if root.pinned_at is not None or rules.is_gone(root):
        return False
    if await Post.filter(community_id=root.community_id, depth=0).exclude(pinned_at=None).count() >= MAX_PINNED:
        if proven:
            return False
        raise Conflict(N_("There are already 20 pinned discussions. Unpin one first."), code="too-many-pinned")
    root.pinned_at = now()
    await root.save(update_fields=["pinned_at"])
    await _log("pin", by, root, reason)
    await facts.record(Pinned(post_id=root.id, root_id=root.id, by_id=by.id, reason=reason))
    return True


@atomic
async def unpin(by: Actor, post: Post, reason: str = "", *, proven: bool = False) -> bool:
    """Let a thread move down again."""
    await _authorise(by, post, proven, rules.may_pin)
    root = await _root_of(post)
    if root.pinned_at is None:
        await _yield("unpin", by, root, reason, proven=proven)
        return False
    root.pinned_at = None
    await root.save(update_fields=["pinned_at"])
    await _log("unpin", by, root, reason)
    await facts.record(Unpinned(post_id=root.id, root_id=root.id, by_id=by.id, reason=reason))
    return True


@atomic
async def lock(by: Actor, post: Post, reason: str = "", *, proven: bool = False) -> bool:
    """Take no more replies in a thread."""
    await _authorise(by, post, proven, rules.may_lock)
    root = await _root_of(post)
    if root.locked_at is not None:
        await _yield("lock", by, root, reason, proven=proven)
        return False
    root.locked_at = now()
    await root.save(update_fields=["locked_at"])
    await _log("lock", by, root, reason)
    await facts.record(Locked(post_id=root.id, root_id=root.id, by_id=by.id, reason=reason))
    return True


@atomic
async def unlock(by: Actor, post: Post, reason: str = "", *, proven: bool = False) -> bool:
    """Take replies again."""
    await _authorise(by, post, proven, rules.may_lock)
    root = await _root_of(post)
    if root.locked_at is None:
        await _yield("unlock", by, root, reason, proven=proven)
        return False
    root.locked_at = None
    await root.save(update_fields=["locked_at"])
    await _log("unlock", by, root, reason)
    await facts.record(Unlocked(post_id=root.id, root_id=root.id, by_id=by.id, reason=reason))
    return True


@atomic
async def retitle(moderator: Actor, post: Post, title: str) -> None:
    """Give a better title to what was written elsewhere without one. It stays here: the document is its author's."""
    await _authorise(moderator, post, proven=False)
    if not post.title_derived or rules.is_gone(post):
        raise Conflict(N_("Its author gave this discussion its title."), code="not-derived")
    post.title = clean_title(title)
    check_text(post.title, post.content, is_root=True)
    post.title_derived = False
    await post.save(update_fields=["title", "title_derived"])
    await facts.record(Retitled(post_id=post.id, root_id=post.root_id, by_id=moderator.id))


@atomic
async def accept_answer(by: Actor, root: Post, reply: Post | None, *, proven: bool = False) -> None:
    """Say which reply answered the question; None takes that back."""
    root = await _root_of(root)
    if not proven:
        await rules.may_accept_answer(by, await _community_of(root), root)
    if reply is not None and (reply.root_id != root.id or reply.id == root.id or rules.is_gone(reply)):
        raise Conflict(N_("Only a reply of this discussion can be its accepted answer."), code="not-a-reply")
    wanted = reply.id if reply is not None else None
    if root.accepted_id == wanted:
        return
    previous = root.accepted_id
    root.accepted_id, root.accepted_by_id = wanted, by.id if wanted else None
    await root.save(update_fields=["accepted_id", "accepted_by_id"])
    await facts.record(
        AnswerAccepted(post_id=root.id, root_id=root.id, reply_id=wanted, previous_id=previous, by_id=by.id)
    )


@atomic
async def publish_held(moderator: Actor, post: Post) -> None:
    """Let everybody see a post that waited for a moderator."""
    await _authorise(moderator, post, proven=False)
    await _see(post)
    if post.state != "held":
        return
    post.state, post.state_reason = "visible", ""
    await post.save(update_fields=["state", "state_reason"])
    await polls.begin_again(post)
    await refresh_thread(post.root_id)
    await refresh_answers(post.parent_id, post.root_id)
    await facts.record(PostAppeared(post_id=post.id, root_id=post.root_id))


@atomic
async def refuse_held(moderator: Actor, post: Post, reason: str) -> None:
    """Refuse a post that waited for a moderator; only its author reads why."""
    await _authorise(moderator, post, proven=False)
    await _see(post)
    if post.state != "held":
        return
    post.state, post.state_reason = "refused", reason.strip()[:MAX_REASON]
    await post.save(update_fields=["state", "state_reason"])
    await facts.record(PostRefused(post_id=post.id, root_id=post.root_id, reason=post.state_reason, by_id=moderator.id))

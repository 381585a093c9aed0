"""Jobs of polls: their numbers told from time to time, and their end."""

from __future__ import annotations

from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.jobs import enqueue
from fedcop.discussions.models import Post
from fedcop.discussions.polls.facts import PollClosed, PollCounted
from fedcop.discussions.polls.models import Poll


@atomic
async def tell(poll_id: int) -> None:
    """Job: tell those who hold a poll of ours how it stands; what came meanwhile is told together."""
    poll = await Poll.get_or_none(id=poll_id).select_related("post")
    if poll is not None and poll.closed_at is None and not poll.hides_totals:
        await facts.record(PollCounted(post_id=poll.post_id, root_id=poll.post.root_id, poll_id=poll.id))


@atomic
async def close_due(poll_id: int) -> None:
    """Job: end a poll whose time has come; one whose end was put off, or before whose end the clock was set back, later."""
    poll = await Poll.filter(id=poll_id).select_for_update().first()
    if poll is None or poll.closed_at is not None or poll.ends_at is None:
        return
    if poll.ends_at > now():
        await enqueue(close_due, {"poll_id": poll.id}, due=poll.ends_at, unique=f"close:{poll.id}")
        return
    await end(poll, await Post.get(id=poll.post_id))


async def end(poll: Poll, post: Post) -> None:
    """Note that a poll is over (inside a transaction)."""
    poll.closed_at = now()
    await poll.save(update_fields=["closed_at"])
    await facts.record(PollClosed(post_id=post.id, root_id=post.root_id, poll_id=poll.id))

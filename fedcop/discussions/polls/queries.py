"""Polls as one person sees them. One statement for many posts, and none where no post has one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.sanitise import plain
from fedcop.discussions.models import Post
from fedcop.discussions.polls.models import Ballot, Poll


@dataclass(frozen=True)
class Choice:
    """One option, with what may be told of it."""

    index: int
    text: str
    count: int | None  # None: not told (yet)
    share: int  # of those who voted, in percent
    mine: bool


@dataclass(frozen=True)
class PollView:
    """A poll, and what who looks chose in it."""

    poll: Poll
    mine: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_over(self) -> bool:
        """Whether nobody votes any more."""
        return is_over(self.poll)

    @property
    def has_voted(self) -> bool:
        """Whether who looks chose something."""
        return bool(self.mine)

    @property
    def is_told(self) -> bool:
        """Whether the numbers may be told, to anybody."""
        return bool(self.poll.counts) and (not self.poll.hides_totals or self.is_over)

    @property
    def total(self) -> int:
        """How many choices were made."""
        return sum(self.poll.counts)

    @property
    def voters(self) -> int:
        """How many people voted, as far as is known."""
        return self.poll.voters_count if self.poll.voters_count is not None else self.total

    @property
    def choices(self) -> list[Choice]:
        """The options in their order."""
        counts = self.poll.counts if self.is_told else []
        of = max(self.voters, 1) if self.poll.multiple else max(self.total, 1)
        return [
            Choice(
                index,
                plain(text),
                counts[index] if index < len(counts) else None,
                min(100, round(100 * counts[index] / of)) if index < len(counts) else 0,
                index in self.mine,
            )
            for index, text in enumerate(self.poll.options)
        ]


def is_over(poll: Poll) -> bool:
    """Tell whether nobody votes in a poll any more."""
    return poll.closed_at is not None or (poll.ends_at is not None and poll.ends_at <= now())


async def of_post(post: Post) -> Poll | None:
    """Find the poll of a post."""
    return await Poll.get_or_none(post_id=post.id) if post.has_poll else None


async def views(viewer: Actor | None, posts: Iterable[Post]) -> dict[int, PollView]:
    """Give the polls of posts that were judged already, by post, as somebody sees them."""
    ids = [post.id for post in posts if post.has_poll]
    if not ids:
        return {}
    polls = await Poll.filter(post_id__in=ids)
    mine: dict[int, set[int]] = {}
    if viewer is not None:
        for ballot in await Ballot.filter(poll_id__in=[poll.id for poll in polls], actor_id=viewer.id):
            mine.setdefault(ballot.poll_id, set()).add(ballot.choice)
    return {poll.post_id: PollView(poll, frozenset(mine.get(poll.id, ()))) for poll in polls}


async def chosen_by(actor_ids: Collection[int], poll: Poll) -> dict[int, frozenset[int]]:
    """Give what many people chose in a poll: those who did."""
    found: dict[int, frozenset[int]] = {}
    for ballot in await Ballot.filter(poll_id=poll.id, actor_id__in=list(actor_ids)):
        found[ballot.actor_id] = found.get(ballot.actor_id, frozenset()) | {ballot.choice}
    return found


async def options_of(posts: Iterable[Post]) -> dict[int, Sequence[str]]:
    """Give between what the polls of posts let choose, by post."""
    ids = [post.id for post in posts if post.has_poll]
    return {
        poll.post_id: [plain(text) for text in poll.options]
        for poll in (await Poll.filter(post_id__in=ids) if ids else [])
    }

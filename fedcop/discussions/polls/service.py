"""Asking, voting, ending. A vote counts once: the poll is locked while it is cast, and no two ballots fit into one slot.

The numbers of a poll of ours are recounted from its ballots; those of others come from their author's server only, and never shrink.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.core.jobs import enqueue
from fedcop.discussions import rules
from fedcop.discussions.models import Post
from fedcop.discussions.polls import ending
from fedcop.discussions.polls.asking import Asked, check
from fedcop.discussions.polls.facts import PollVoted
from fedcop.discussions.polls.models import Ballot, Poll
from fedcop.discussions.polls.queries import is_over

TELL_AFTER = timedelta(minutes=3)  # as often as Mastodon tells
OVER = N_("This poll is over: nobody can vote any more.")
VOTED = N_("You have already voted in this poll. A vote cannot be changed.")


async def ask(post: Post, asked: Asked) -> Poll:
    """Hang a poll on a post of ours (inside the transaction that stores it). It lasts from when the post is published."""
    poll = await Poll.create(
        post_id=post.id,
        options=list(asked.options),
        multiple=asked.multiple,
        hides_totals=asked.hides_totals,
        counts=[0] * len(asked.options),
        voters_count=0,
        ends_at=post.published_at + asked.lasts,
    )
    await _promise_end(poll)
    return poll


async def begin_again(post: Post) -> None:
    """Let a poll last from now on as long as it was to last: its post waited for a moderator until now (inside that transaction)."""
    poll = await Poll.filter(post_id=post.id).select_for_update().first()
    if poll is not None and poll.ends_at is not None and post.local:
        poll.ends_at, poll.closed_at = now() + (poll.ends_at - post.published_at), None
        await poll.save(update_fields=["ends_at", "closed_at"])
        await _promise_end(poll)


async def change(post: Post, asked: Asked | None) -> bool:
    """Correct between what a poll of ours lets choose (inside the transaction of the correction); not once somebody voted."""
    poll = await Poll.filter(post_id=post.id).select_for_update().first()
    if poll is None or asked is None:
        return False
    if (list(asked.options), asked.multiple) == (poll.options, poll.multiple):
        return False
    check(asked)
    if is_over(poll) or await Ballot.filter(poll_id=poll.id).exists():
        raise Invalid(errors={"option": N_("Somebody has voted: the choices cannot be changed any more.")})
    poll.options, poll.multiple, poll.counts = list(asked.options), asked.multiple, [0] * len(asked.options)
    await poll.save(update_fields=["options", "multiple", "counts"])
    return True


@atomic
async def vote(actor: Actor, post: Post, choices: Collection[int]) -> Poll:
    """Choose in a poll, for good. The very same once more is once; where several things may be chosen, more may follow."""
    community = None if post.community_id is None else await communities.by_id(post.community_id)
    await rules.may_vote(actor, community, post)
    poll = await _open(post)
    chosen = set(choices)
    if not chosen:
        raise Invalid(errors={"choices": N_("Choose an answer.")})
    if not all(0 <= choice < len(poll.options) for choice in chosen):
        raise Invalid(errors={"choices": N_("The chosen answer does not exist.")})
    if len(chosen) > 1 and not poll.multiple:
        raise Invalid(errors={"choices": N_("Choose one answer only.")})
    mine = await _choices_of(actor, poll)
    if mine and not poll.multiple and chosen != mine:
        raise Conflict(VOTED, code="voted")
    await _cast(actor, post, poll, sorted(chosen - mine))
    return poll


@atomic
async def record_vote(actor: Actor, post: Post, name: str, uri: str) -> bool:
    """Count the vote of somebody elsewhere in a poll of ours; False if it was counted already. Raises as `vote` does."""
    poll = await _open(post)
    if name not in poll.options:
        raise Invalid(errors={"choices": N_("The chosen answer does not exist.")})
    choice, mine = poll.options.index(name), await _choices_of(actor, poll)
    if choice in mine or await Ballot.exists(uri=uri):
        return False
    if mine and not poll.multiple:
        raise Conflict(VOTED, code="voted")
    await _cast(actor, post, poll, [choice], uri=uri)
    return True


async def _open(post: Post) -> Poll:
    """The poll of a post, held until the transaction ends; of two votes at once one waits for the other."""
    poll = await Poll.filter(post_id=post.id).select_for_update().first()
    if poll is None:
        raise NotFound()
    if is_over(poll):
        raise Forbidden(OVER, code="over")
    return poll


async def _choices_of(actor: Actor, poll: Poll) -> set[int]:
    return {ballot.choice for ballot in await Ballot.filter(poll_id=poll.id, actor_id=actor.id)}


async def _cast(actor: Actor, post: Post, poll: Poll, choices: Collection[int], *, uri: str = "") -> None:
    cast: list[int] = []
    for choice in choices:
        number = new_id()
        ballot = await Ballot.create(
            id=number,
            uri=uri or f"{actor.uri}#votes/{number}",
            poll_id=poll.id,
            actor_id=actor.id,
            slot=choice if poll.multiple else 0,
            choice=choice,
            cast_at=now(),
        )
        cast.append(ballot.id)
    if not cast:
        return
    if post.local:
        await recount(poll)
        await enqueue(ending.tell, {"poll_id": poll.id}, due=now() + TELL_AFTER, unique=f"poll:{poll.id}")
    await facts.record(
        PollVoted(post_id=post.id, root_id=post.root_id, poll_id=poll.id, actor_id=actor.id, ballots=tuple(cast))
    )


async def recount(poll: Poll) -> None:
    """Count the ballots of a poll of ours (inside a transaction)."""
    ballots = await Ballot.filter(poll_id=poll.id).values_list("choice", "actor_id")
    choices = [int(str(choice)) for choice, _voter in ballots]
    poll.counts = [choices.count(index) for index in range(len(poll.options))]
    poll.voters_count = len({voter for _choice, voter in ballots})
    await poll.save(update_fields=["counts", "voters_count"])


@atomic
async def close(actor: Actor, post: Post) -> None:
    """End one's own poll before its time. Twice is once."""
    rules.may_edit(actor, post)
    poll = await Poll.filter(post_id=post.id).select_for_update().first()
    if poll is None or not post.local:
        raise NotFound()
    if not is_over(poll):
        poll.ends_at = now()
        await poll.save(update_fields=["ends_at"])
        await ending.end(poll, post)


@dataclass(frozen=True, kw_only=True)
class FoundPoll:
    """A poll as its author's server tells it."""

    options: tuple[str, ...]
    multiple: bool = False
    counts: tuple[int, ...] = ()  # empty: they are not told
    voters_count: int | None = None
    ends_at: datetime | None = None
    closed_at: datetime | None = None


async def record(post: Post, found: FoundPoll | None, *, newer: bool = False) -> bool:
    """Take what the author's server says of a poll (inside a transaction): what is asked when the post is new or newer, else numbers that grew and its end."""
    poll = await Poll.filter(post_id=post.id).select_for_update().first()
    if found is None:
        return False
    if poll is None:
        poll = Poll(post_id=post.id)
        _take(poll, found)
        poll.closed_at = _ended_at(poll, found)
        await poll.save(force_create=True)
        await Post.filter(id=post.id).update(has_poll=True)
        post.has_poll = True
        await _promise_end(poll)
        return True
    if (poll.options, poll.multiple) != (list(found.options), found.multiple):
        if not newer:
            return False
        await Ballot.filter(
            poll_id=poll.id
        ).delete()  # they were for what is not asked any more; so it is at its author's
    elif not newer and _puts_end_off(poll, found):
        return False  # older than its end, and late: an end is put off by a correction
    elif sum(found.counts) < sum(poll.counts) or (found.voters_count or 0) < (poll.voters_count or 0):
        return False
    before = _said(poll)
    _take(poll, found)
    if poll.closed_at is None and found.closed_at is not None:
        await ending.end(poll, post)
    elif _puts_end_off(poll, found):
        poll.closed_at = None  # its author put the end off
    if before == _said(poll):
        return False
    await poll.save()
    await _promise_end(poll)
    return True


def _ended_at(poll: Poll, found: FoundPoll) -> datetime | None:
    """When a poll ended of which nothing was known here; its author may have ended it before its time."""
    if found.closed_at is not None and found.closed_at <= now():
        return found.closed_at
    return poll.ends_at if is_over(poll) else None


def _puts_end_off(poll: Poll, found: FoundPoll) -> bool:
    until = found.ends_at
    return poll.closed_at is not None and found.closed_at is None and until is not None and until > now()


def _said(poll: Poll) -> tuple[object, ...]:
    return poll.options, poll.multiple, poll.counts, poll.voters_count, poll.ends_at, poll.closed_at


def _take(poll: Poll, found: FoundPoll) -> None:
    poll.options, poll.multiple = list(found.options), found.multiple
    poll.counts = list(found.counts)
    poll.hides_totals = not found.counts
    poll.voters_count = found.voters_count if found.voters_count is not None else poll.voters_count
    poll.ends_at = found.ends_at or found.closed_at


async def _promise_end(poll: Poll) -> None:
    if poll.ends_at is not None and not is_over(poll):
        await enqueue(ending.close_due, {"poll_id": poll.id}, due=poll.ends_at)


async def drop(post: Post) -> None:
    """Forget the poll of a post that is deleted (inside its transaction): what was asked, and who chose what."""
    poll = await Poll.get_or_none(post_id=post.id)
    if poll is not None:
        for uri in await Ballot.filter(poll_id=poll.id).values_list("uri", flat=True):
            await known.forget(str(uri))
        await poll.delete()


@atomic
async def forget_voter(actor: Actor) -> None:
    """Forget what somebody chose who is gone: it counts no more where one can still vote; what has ended stays as it was counted."""
    for poll_id in sorted({ballot.poll_id for ballot in await Ballot.filter(actor_id=actor.id)}):
        # Held as by a vote: whoever votes at this moment would be left out of the numbers.
        poll = await Poll.filter(id=poll_id).select_for_update().first()
        if poll is None:
            continue
        await Ballot.filter(poll_id=poll.id, actor_id=actor.id).delete()
        if not is_over(poll) and await Post.exists(id=poll.post_id, local=True):
            await recount(poll)

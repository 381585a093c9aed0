"""What happened to a poll."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.discussions.facts import ThreadFact


@dataclass(frozen=True, kw_only=True)
class PollVoted(ThreadFact):
    """Somebody chose in a poll; each ballot is one choice of theirs."""

    poll_id: int
    actor_id: int
    ballots: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PollCounted(ThreadFact):
    """It is time to tell the numbers of a poll of ours, for the first time since they changed."""

    poll_id: int


@dataclass(frozen=True, kw_only=True)
class PollClosed(ThreadFact):
    """A poll is over: nobody votes any more, and everybody sees the result."""

    poll_id: int

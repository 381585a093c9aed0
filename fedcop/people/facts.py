"""What can happen between actors, and to a profile. Each fact that leads to an activity carries the id it is published under,
so that a reaction that runs twice sends the same activity."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


def follow_lane(follower_id: int, target_id: int) -> str:
    """Name the lane of what happens between two."""
    return f"follow:{follower_id}:{target_id}"


@dataclass(frozen=True)
class FollowAsked(Fact):
    """Somebody asks to follow. Local persons who approve nobody have accepted already; for Groups, `communities` decides."""

    follow_id: int
    follower_id: int
    target_id: int
    target_kind: str
    target_local: bool
    follower_local: bool | None = None  # None: an earlier version wrote it, and did not say
    accepted: bool = False  # already, by a local person who approves nobody

    @property
    def lane(self) -> str:
        """Keep asking, accepting and ending of one pair in order."""
        return follow_lane(self.follower_id, self.target_id)


@dataclass(frozen=True)
class FollowAccepted(Fact):
    """A follow holds. `again`: the follower asked once more and is told once more; nothing else is new."""

    follow_id: int
    follower_id: int
    target_id: int
    activity_id: int
    again: bool = False
    answered: bool = False  # with the very transaction in which it came
    follower_local: bool | None = None  # None: not known; so below
    target_local: bool | None = None
    target_kind: str = ""

    @property
    def lane(self) -> str:
        """Keep asking, accepting and ending of one pair in order."""
        return follow_lane(self.follower_id, self.target_id)


@dataclass(frozen=True)
class FollowEnded(Fact):
    """A follow, or the wish for one, is no more. `by_target`: refused or removed; else the follower left."""

    follow_uri: str
    follower_id: int
    target_id: int
    was_accepted: bool
    by_target: bool
    activity_id: int

    @property
    def lane(self) -> str:
        """Keep asking, accepting and ending of one pair in order."""
        return follow_lane(self.follower_id, self.target_id)


@dataclass(frozen=True)
class Blocked(Fact):
    """`actor` blocked `target`."""

    block_id: int
    actor_id: int
    target_id: int

    @property
    def lane(self) -> str:
        """Keep blocking and unblocking of one pair in order."""
        return f"block:{self.actor_id}:{self.target_id}"


@dataclass(frozen=True)
class Unblocked(Fact):
    """`actor` took the block of `target` back."""

    block_uri: str
    actor_id: int
    target_id: int
    activity_id: int

    @property
    def lane(self) -> str:
        """Keep blocking and unblocking of one pair in order."""
        return f"block:{self.actor_id}:{self.target_id}"


@dataclass(frozen=True)
class ProfileChanged(Fact):
    """One of our people says something new of themselves."""

    actor_id: int
    activity_id: int

    @property
    def lane(self) -> str:
        """Keep the versions of one profile in order."""
        return f"profile:{self.actor_id}"


@dataclass(frozen=True)
class PersonMoved(Fact):
    """A person went to another server; their followers here follow the new actor."""

    old_id: int
    new_id: int


@dataclass(frozen=True)
class MoveAsked(Fact):
    """One of our people wants to live at another account; that account must name this one first."""

    actor_id: int
    target: str  # a handle or an address, as typed


@dataclass(frozen=True)
class PersonLeft(Fact):
    """One of our people lives elsewhere now; the new address stands in their row."""

    actor_id: int
    activity_id: int


@dataclass(frozen=True)
class AccountDeleted(Fact):
    """One of our people deleted their account. Features delete what the person wrote; peers get a Delete of the actor."""

    actor_id: int
    activity_id: int

    @property
    def lane(self) -> str:
        """The last word on a profile."""
        return f"profile:{self.actor_id}"

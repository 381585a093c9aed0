"""What can happen to a community and the people in it. Ids and plain values only; feature.py says who reacts."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True)
class CommunityFact(Fact):
    """Anything about one community; its facts are reacted to in the order in which they happened."""

    community_id: int

    @property
    def lane(self) -> str | None:
        """Keep the order within one community: a Leave may not overtake its Join."""
        return f"community:{self.community_id}"


@dataclass(frozen=True)
class CommunityFounded(CommunityFact):
    """A community of ours began."""


@dataclass(frozen=True)
class CommunityKnown(CommunityFact):
    """A community of another server was met for the first time."""


@dataclass(frozen=True)
class CommunityChanged(CommunityFact):
    """Its card, its rules or its state changed; `by_id` is who changed it (None: its own server told us)."""

    by_id: int | None = None


@dataclass(frozen=True)
class JoinAsked(CommunityFact):
    """Somebody asks to become a member."""

    membership_id: int


@dataclass(frozen=True)
class MemberJoined(CommunityFact):
    """A membership became active, by whatever way."""

    membership_id: int


@dataclass(frozen=True)
class Admitted(CommunityFact):
    """A moderator said yes to a request (`by_id` None: the community's own server told us)."""

    membership_id: int
    by_id: int | None = None


@dataclass(frozen=True)
class Declined(CommunityFact):
    """A request or an invitation came to nothing, with a sentence that says why."""

    actor_id: int
    join_uri: str
    reason: str = ""
    by_id: int | None = None


@dataclass(frozen=True)
class MemberLeft(CommunityFact):
    """A member left, or took a request back; `join_uri` is what the membership began with."""

    actor_id: int
    join_uri: str = ""
    was_active: bool = True


@dataclass(frozen=True)
class Invited(CommunityFact):
    """A moderator invited a person."""

    membership_id: int
    by_id: int | None = None


@dataclass(frozen=True)
class InvitationAccepted(CommunityFact):
    """The invited person said yes."""

    membership_id: int


@dataclass(frozen=True)
class InvitationDeclined(CommunityFact):
    """The invited person said no."""

    actor_id: int
    join_uri: str


@dataclass(frozen=True)
class RoleChanged(CommunityFact):
    """A member's role is another one now."""

    membership_id: int
    before: str
    after: str
    by_id: int | None = None


@dataclass(frozen=True)
class MemberRemoved(CommunityFact):
    """A moderator ended a membership."""

    actor_id: int
    by_id: int | None = None
    reason: str = ""
    join_uri: str = ""
    follow_uri: str = ""


@dataclass(frozen=True)
class Banned(CommunityFact):
    """A moderator keeps a person out; `was_member` when that ended a membership."""

    ban_id: int
    was_member: bool = False


@dataclass(frozen=True)
class Unbanned(CommunityFact):
    """A ban was lifted."""

    actor_id: int
    ban_uri: str
    by_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class ActivityAnnounced(Fact):
    """A community of another server announced this activity of a member of ours: that is its receipt."""

    uri: str
    object_uri: str
    community_id: int

    @property
    def lane(self) -> str | None:
        """Keep the receipts of one community in order."""
        return f"community:{self.community_id}"

"""What can happen to a community and the people in it. Ids and plain values only; feature.py says who reacts."""

from __future__ import annotations

from dataclasses import dataclass, field

from fedcop.core.facts import Fact
from fedcop.core.ids import new_id
from fedcop.core.words import Words


@dataclass(frozen=True, kw_only=True)
class CommunityFact(Fact):
    """Anything about one community; its facts are reacted to in the order in which they happened.

    `activity_id` is minted with the fact, so that a job run twice publishes one activity.
    """

    community_id: int
    activity_id: int = field(default_factory=new_id)

    @property
    def lane(self) -> str | None:
        """Keep the order within one community: a Leave may not overtake its Join."""
        return f"community:{self.community_id}"


@dataclass(frozen=True, kw_only=True)
class CommunityFounded(CommunityFact):
    """A community of ours began."""


@dataclass(frozen=True, kw_only=True)
class CommunityKnown(CommunityFact):
    """A community of another server was met for the first time."""


@dataclass(frozen=True, kw_only=True)
class CommunityChanged(CommunityFact):
    """Its card, its rules or its state changed; `by_id` is who changed it (None: its own server told us)."""

    by_id: int | None = None
    own_id: int = field(default_factory=new_id)  # of the Update by the group itself


@dataclass(frozen=True, kw_only=True)
class StageChanged(CommunityFact):
    """A community is in another stage of its life."""

    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class CharterChanged(CommunityFact):
    """A charter has a new version (`by_id` None: the community's own server told us)."""

    number: int
    by_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CharterAccepted(CommunityFact):
    """A member accepted a version of the charter that came after they had joined."""

    membership_id: int
    number: int
    request_id: int = field(default_factory=new_id)  # of the Join to tell of, where a membership began without one


@dataclass(frozen=True, kw_only=True)
class ParticipationLow(CommunityFact):
    """A member here contributed less than the community asks for; concerns nobody but them."""

    membership_id: int


@dataclass(frozen=True, kw_only=True)
class MembersHeld(CommunityFact):
    """A server came back with other keys: its people wait for somebody to say that they belong."""

    host: str


@dataclass(frozen=True, kw_only=True)
class PlaceDoubted(CommunityFact):
    """A community of another server came back with other keys: ours belong there no more until they have asked anew."""


@dataclass(frozen=True, kw_only=True)
class JoinAsked(CommunityFact):
    """Somebody asks to become a member; `code` is of the link by which they come, for the community's own server."""

    membership_id: int
    code: Words = ""


@dataclass(frozen=True, kw_only=True)
class ApplicantAsked(CommunityFact):
    """A moderator asks an applicant something (`by_id` None: the community's own server told us)."""

    membership_id: int
    step_id: int
    by_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ApplicantAnswered(CommunityFact):
    """An applicant answered what the moderators asked."""

    membership_id: int
    step_id: int


@dataclass(frozen=True, kw_only=True)
class Waits(CommunityFact):
    """Somebody is on the waiting list."""

    membership_id: int


@dataclass(frozen=True, kw_only=True)
class PlaceFound(CommunityFact):
    """Somebody's turn came: they are a member, or their request is with the moderators now."""

    membership_id: int


@dataclass(frozen=True, kw_only=True)
class MemberJoined(CommunityFact):
    """A membership became active, by whatever way.

    What else it tells spares jobs that would find nothing to do; in rows that an earlier version wrote it says nothing.
    """

    membership_id: int
    ours: bool | None = None  # the member
    may_hold: bool = True  # their server, what it was asked to erase


@dataclass(frozen=True, kw_only=True)
class Admitted(CommunityFact):
    """A moderator said yes to a request (`by_id` None: the community's own server told us)."""

    membership_id: int
    by_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Declined(CommunityFact):
    """A request or an invitation came to nothing, with a sentence that says why."""

    actor_id: int
    join_uri: str
    reason: Words = ""
    by_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class MemberLeft(CommunityFact):
    """A member left, or took a request back; `join_uri` is what the membership began with."""

    actor_id: int
    join_uri: str = ""
    was_active: bool = True


@dataclass(frozen=True, kw_only=True)
class Invited(CommunityFact):
    """A moderator invited a person, or reminded them of it; `why` is the sentence that goes with it."""

    membership_id: int
    by_id: int | None = None
    why: Words = ""


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(CommunityFact):
    """The invited person said yes."""

    membership_id: int


@dataclass(frozen=True, kw_only=True)
class InvitationDeclined(CommunityFact):
    """The invited person said no."""

    actor_id: int
    join_uri: str


@dataclass(frozen=True, kw_only=True)
class RoleChanged(CommunityFact):
    """A member's role is another one now, its duties or its end; `moderated`: they were a moderator before."""

    membership_id: int
    before: str
    after: str
    moderated: bool = False
    by_id: int | None = None  # None: the mandate was over, or nobody else was left


@dataclass(frozen=True, kw_only=True)
class MandateEnding(CommunityFact):
    """Somebody's mandate is over in two weeks."""

    membership_id: int


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(CommunityFact):
    """A moderator ended a membership."""

    actor_id: int
    by_id: int | None = None
    reason: Words = ""
    join_uri: str = ""
    follow_uri: str = ""
    answer_id: int = field(default_factory=new_id)  # of the Reject to the person's server


@dataclass(frozen=True, kw_only=True)
class Banned(CommunityFact):
    """A moderator keeps a person out; `was_member` when that ended a membership."""

    ban_id: int
    was_member: bool = False


@dataclass(frozen=True, kw_only=True)
class Suspended(CommunityFact):
    """A member may read and not write, until a date."""

    ban_id: int


@dataclass(frozen=True, kw_only=True)
class Warned(CommunityFact):
    """A moderator told a member in private what is not wanted."""

    actor_id: int
    by_id: int | None
    reason: Words


@dataclass(frozen=True, kw_only=True)
class Unbanned(CommunityFact):
    """A ban or a suspension was lifted."""

    actor_id: int
    ban_uri: str
    kind: str = "ban"
    by_id: int | None = None
    reason: Words = ""


@dataclass(frozen=True, kw_only=True)
class WordsTakenAway(Fact):
    """Who banned somebody, from a community or from their own server (`community_id` None), takes away what they wrote there."""

    actor_id: int
    by_id: int
    reason: Words
    community_id: int | None = None

    @property
    def lane(self) -> str | None:
        """One after the other for each person."""
        return f"words:{self.actor_id}"


@dataclass(frozen=True, kw_only=True)
class ActivityAnnounced(Fact):
    """A community of another server announced this activity of a member of ours: that is its receipt."""

    uri: str
    object_uri: str
    community_id: int

    @property
    def lane(self) -> str | None:
        """Keep the receipts of one community in order."""
        return f"community:{self.community_id}"

"""What happened in a thread. Ids and plain values only; `activity_id` is minted with the fact, so that a job run twice publishes one activity."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from fedcop.core.facts import Fact
from fedcop.core.ids import new_id
from fedcop.core.words import Words


@dataclass(frozen=True, kw_only=True)
class ThreadFact(Fact):
    """Something happened to one post of a thread; what follows from it happens in the order of the thread."""

    post_id: int
    root_id: int
    activity_id: int = field(default_factory=new_id)

    @property
    def lane(self) -> str:
        """Jobs about one thread run one after the other."""
        return f"thread:{self.root_id}"


@dataclass(frozen=True, kw_only=True)
class PostWritten(ThreadFact):
    """Somebody of ours wrote a post. `post.state` says whether everybody may see it."""


@dataclass(frozen=True, kw_only=True)
class PostReceived(ThreadFact):
    """A post from elsewhere was stored. `post.state` says whether everybody may see it."""


@dataclass(frozen=True, kw_only=True)
class PostWaits(ThreadFact):
    """A post from elsewhere, just stored, waits for the moderators of a community of ours."""


@dataclass(frozen=True, kw_only=True)
class PostAppeared(ThreadFact):
    """A post that was pending or held is visible now."""


@dataclass(frozen=True, kw_only=True)
class PostHeld(ThreadFact):
    """The host of a community elsewhere says that a post of ours waits for its moderators."""

    reason: Words


@dataclass(frozen=True, kw_only=True)
class PostRefused(ThreadFact):
    """A moderator, or the community's host, refused a post."""

    reason: Words = ""
    by_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TextGivenBack(Fact):
    """A text that was to be published at this moment could not be; it is a draft again, which says why."""

    draft_id: int
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PostEdited(ThreadFact):
    """The text of a post changed; its `Revision` keeps what it said."""


@dataclass(frozen=True, kw_only=True)
class AudienceChanged(ThreadFact):
    """Other people than before may read a post. `withdrawal_id` is of the activity that takes it from who lost it, `undo_id` of the group's that takes its share back."""

    before: str
    after: str
    organisation_before: str = ""
    withdrawal_id: int = field(default_factory=new_id)
    undo_id: int = field(default_factory=new_id)


@dataclass(frozen=True, kw_only=True)
class NameWithdrawn(Fact):
    """Somebody of ours took their name from what they wrote in a community: posts from `first_id` to `last_id`."""

    actor_id: int
    community_id: int
    first_id: int
    last_id: int


@dataclass(frozen=True, kw_only=True)
class PostAnonymised(ThreadFact):
    """A post does not say any more whose it is."""


@dataclass(frozen=True, kw_only=True)
class PostDeleted(ThreadFact):
    """The author deleted a post: it is a tombstone."""

    by_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class PostRemoved(ThreadFact):
    """A moderator removed a post; `undo_id` is of the activity that takes the group's share back."""

    by_id: int
    reason: Words = ""
    undo_id: int = field(default_factory=new_id)


@dataclass(frozen=True, kw_only=True)
class PostRestored(ThreadFact):
    """A moderator brought a removed post back."""

    by_id: int


@dataclass(frozen=True, kw_only=True)
class Reacted(ThreadFact):
    """Somebody reacted to a post."""

    reaction_id: int
    actor_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class Unreacted(ThreadFact):
    """Somebody took a reaction back; the row is gone, so the fact carries its uri."""

    uri: str
    actor_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class Shared(ThreadFact):
    """A person shared a post with those who follow them."""

    share_id: int
    actor_id: int


@dataclass(frozen=True, kw_only=True)
class Unshared(ThreadFact):
    """A person took a share back."""

    uri: str
    actor_id: int


@dataclass(frozen=True, kw_only=True)
class ThreadShown(ThreadFact):
    """A community shows a thread that lives in another one."""

    showing_id: int
    community_id: int


@dataclass(frozen=True, kw_only=True)
class ThreadUnshown(ThreadFact):
    """A community does not show a thread any more; the row is gone, so the fact carries what it was."""

    showing_id: int
    community_id: int
    shown_at: datetime


@dataclass(frozen=True, kw_only=True)
class AnswerAccepted(ThreadFact):
    """`reply_id` is the accepted answer of the question `post_id`; None: there is none any more. `previous_id` was it before."""

    reply_id: int | None
    previous_id: int | None = None
    by_id: int


@dataclass(frozen=True, kw_only=True)
class Retitled(ThreadFact):
    """A moderator gave a title to a discussion that came without one."""

    by_id: int


@dataclass(frozen=True, kw_only=True)
class Pinned(ThreadFact):
    """A moderator pinned a thread."""

    by_id: int
    reason: Words = ""


@dataclass(frozen=True, kw_only=True)
class Unpinned(ThreadFact):
    """A moderator unpinned a thread."""

    by_id: int
    reason: Words = ""


@dataclass(frozen=True, kw_only=True)
class Locked(ThreadFact):
    """A moderator locked a thread: no more replies."""

    by_id: int
    reason: Words = ""


@dataclass(frozen=True, kw_only=True)
class Unlocked(ThreadFact):
    """A moderator unlocked a thread."""

    by_id: int
    reason: Words = ""


@dataclass(frozen=True, kw_only=True)
class ThreadMoved(ThreadFact):
    """A thread is in another community now. `by_id` None: the community itself moved it, with many others."""

    origin_id: int
    target_id: int
    by_id: int | None = None
    reason: Words = ""
    stored_id: int | None = None  # of the activity by which a moderator elsewhere did it
    hidden_id: int = field(default_factory=new_id)  # of what servers are told on which nobody may read it any more
    brought_id: int = field(
        default_factory=new_id
    )  # of the Announce to servers that may read it now, and could not before


@dataclass(frozen=True, kw_only=True)
class ThreadGone(ThreadFact):
    """A private thread was moved to where nobody here may read it: its community, `origin_id`, said so by `uri`."""

    origin_id: int
    uri: str
    many: bool = False  # its community ended, and all its threads moved


@dataclass(frozen=True, kw_only=True)
class ActivityAccepted(ThreadFact):
    """A signed activity from elsewhere was accepted in a community of ours: the group passes its bytes on."""

    stored_id: int  # of the ThreadActivity
    form: str  # root, reply, change, vote, moderation


@dataclass(frozen=True, kw_only=True)
class ThreadLookedAt(ThreadFact):
    """Somebody here reads a thread of another server that was not compared with its home for hours."""

"""One class for each kind of activity. A kind that is not here is still read, as an Activity with its own `type`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from activitypub.vocab import terms
from activitypub.vocab.base import Activity


@dataclass(frozen=True, kw_only=True, repr=False)
class Create(Activity):
    """Something new."""

    TYPE: ClassVar[str] = "Create"


@dataclass(frozen=True, kw_only=True, repr=False)
class Update(Activity):
    """Something has changed; `object` is how it is now."""

    TYPE: ClassVar[str] = "Update"


@dataclass(frozen=True, kw_only=True, repr=False)
class Delete(Activity):
    """Something is gone; with a `summary` Lemmy means that a moderator removed it."""

    TYPE: ClassVar[str] = "Delete"


@dataclass(frozen=True, kw_only=True, repr=False)
class Announce(Activity):
    """Something is shown to others; a group shows what its members did."""

    TYPE: ClassVar[str] = "Announce"


@dataclass(frozen=True, kw_only=True, repr=False)
class Like(Activity):
    """A vote for it; with `content` a reaction."""

    TYPE: ClassVar[str] = "Like"


@dataclass(frozen=True, kw_only=True, repr=False)
class Dislike(Activity):
    """A vote against it."""

    TYPE: ClassVar[str] = "Dislike"


@dataclass(frozen=True, kw_only=True, repr=False)
class EmojiReact(Activity):
    """A reaction; `content` is the emoji."""

    TYPE: ClassVar[str] = "EmojiReact"


@dataclass(frozen=True, kw_only=True, repr=False)
class ChooseAnswer(Activity):
    """A reply is the answer to the question above it (PieFed)."""

    TYPE: ClassVar[str] = "ChooseAnswer"


@dataclass(frozen=True, kw_only=True, repr=False)
class PollVote(Activity):
    """A choice in a poll, by its words (PieFed)."""

    TYPE: ClassVar[str] = "PollVote"

    choice_text: str | None = terms.text("choice_text")


@dataclass(frozen=True, kw_only=True, repr=False)
class Follow(Activity):
    """The wish to receive what an actor publishes."""

    TYPE: ClassVar[str] = "Follow"


@dataclass(frozen=True, kw_only=True, repr=False)
class Accept(Activity):
    """Yes to a Follow, Join, Invite or Offer."""

    TYPE: ClassVar[str] = "Accept"


@dataclass(frozen=True, kw_only=True, repr=False)
class TentativeAccept(Activity):
    """A request was heard and is not decided: something is asked, or waited for. Not a kind of Accept, so that nobody takes it for one."""

    TYPE: ClassVar[str] = "TentativeAccept"


@dataclass(frozen=True, kw_only=True, repr=False)
class Reject(Activity):
    """No to a Follow, Join, Invite or Offer, also after a yes."""

    TYPE: ClassVar[str] = "Reject"


@dataclass(frozen=True, kw_only=True, repr=False)
class Undo(Activity):
    """The opposite of an earlier activity."""

    TYPE: ClassVar[str] = "Undo"


@dataclass(frozen=True, kw_only=True, repr=False)
class Block(Activity):
    """A ban: of `object` from `target`."""

    TYPE: ClassVar[str] = "Block"


@dataclass(frozen=True, kw_only=True, repr=False)
class Flag(Activity):
    """A report; Mastodon names the person and the posts in `objects`."""

    TYPE: ClassVar[str] = "Flag"


@dataclass(frozen=True, kw_only=True, repr=False)
class Add(Activity):
    """`object` enters the collection `target`."""

    TYPE: ClassVar[str] = "Add"


@dataclass(frozen=True, kw_only=True, repr=False)
class Remove(Activity):
    """`object` leaves the collection `target`."""

    TYPE: ClassVar[str] = "Remove"


@dataclass(frozen=True, kw_only=True, repr=False)
class Lock(Activity):
    """No more replies to it (Lemmy 1.0)."""

    TYPE: ClassVar[str] = "Lock"


@dataclass(frozen=True, kw_only=True, repr=False)
class Join(Activity):
    """The wish to be a member, or to take part."""

    TYPE: ClassVar[str] = "Join"

    participation_message: str | None = terms.text("participationMessage")


@dataclass(frozen=True, kw_only=True, repr=False)
class Leave(Activity):
    """The end of a membership, or of taking part."""

    TYPE: ClassVar[str] = "Leave"


@dataclass(frozen=True, kw_only=True, repr=False)
class Invite(Activity):
    """Somebody is asked to join `target`."""

    TYPE: ClassVar[str] = "Invite"


@dataclass(frozen=True, kw_only=True, repr=False)
class Offer(Activity):
    """Something is proposed to somebody, who accepts or rejects it."""

    TYPE: ClassVar[str] = "Offer"


@dataclass(frozen=True, kw_only=True, repr=False)
class Move(Activity):
    """From `origin` to `target`, or an account to another server."""

    TYPE: ClassVar[str] = "Move"


@dataclass(frozen=True, kw_only=True, repr=False)
class Ignore(Activity):
    """A request that gets no answer."""

    TYPE: ClassVar[str] = "Ignore"


@dataclass(frozen=True, kw_only=True, repr=False)
class View(Activity):
    """Something was looked at (PeerTube)."""

    TYPE: ClassVar[str] = "View"


@dataclass(frozen=True, kw_only=True, repr=False)
class QuoteRequest(Activity):
    """The wish to quote `object` in `instrument` (FEP-044f)."""

    TYPE: ClassVar[str] = "QuoteRequest"


@dataclass(frozen=True, kw_only=True, repr=False)
class Warn(Activity):
    """A moderator of `target` tells `object` in private what is not wanted there."""

    TYPE: ClassVar[str] = "Warn"


@dataclass(frozen=True, kw_only=True, repr=False)
class Resolve(Activity):
    """A report was dealt with (Lemmy 1.0)."""

    TYPE: ClassVar[str] = "Resolve"

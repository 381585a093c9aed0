"""What happened to a quote. `post_id` is the post that quotes, or where that is not kept here the one that is quoted."""

from __future__ import annotations

from dataclasses import dataclass, field

from fedcop.core.ids import new_id
from fedcop.discussions.facts import ThreadFact


@dataclass(frozen=True, kw_only=True)
class QuoteMade(ThreadFact):
    """A new post of ours quotes another one."""

    quote_id: int


@dataclass(frozen=True, kw_only=True)
class QuoteFound(ThreadFact):
    """A post from elsewhere quotes something: its author's server has to be asked whether it may."""

    quote_id: int


@dataclass(frozen=True, kw_only=True)
class QuoteAccepted(ThreadFact):
    """Who is quoted agrees."""

    quote_id: int
    asked: str = ""  # the QuoteRequest of another server that is answered so


@dataclass(frozen=True, kw_only=True)
class QuoteRefused(ThreadFact):
    """Who is quoted does not agree: the request of somebody elsewhere is refused, of which nothing else is kept."""

    asked: str
    by_uri: str  # who asked
    uri: str  # of the post that would quote


@dataclass(frozen=True, kw_only=True)
class QuoteRevoked(ThreadFact):
    """Who is quoted does not agree any more; `update_id` is of the activity by which a post of ours says so too."""

    quote_id: int
    update_id: int = field(default_factory=new_id)


@dataclass(frozen=True, kw_only=True)
class QuoteDropped(ThreadFact):
    """A post of ours that quoted somebody elsewhere is deleted, or quotes them no more."""

    quoted_author_id: int


@dataclass(frozen=True, kw_only=True)
class QuotePolicyChanged(ThreadFact):
    """The author of a post chose anew who may quote it."""

"""What can happen to copies of a community of another server here."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.communities.facts import CommunityFact


@dataclass(frozen=True, kw_only=True)
class ErasureAsked(CommunityFact):
    """The community asks us to erase all that we hold of it, since nobody here belongs to it any more."""

    uri: str

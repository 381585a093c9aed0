"""What can happen to what a profile shows. Each fact carries the id of its activity, so that a reaction that runs twice sends the same."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact
from fedcop.core.words import Words


@dataclass(frozen=True)
class TagShown(Fact):
    """One of our people shows a tag on their profile, or no longer."""

    actor_id: int
    activity_id: int
    shown: bool
    tag: Words

    @property
    def lane(self) -> str:
        """Keep what is said of one profile in order."""
        return f"profile:{self.actor_id}"

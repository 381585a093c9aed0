"""What can happen to an actor, local or remote."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True)
class ActorChanged(Fact):
    """What we know of an actor is new or different: name, summary, keys, inbox.

    What else it tells spares jobs that would find nothing to do; in rows that an earlier version wrote it says nothing.
    """

    actor_id: int
    kind: str = ""
    local: bool | None = None
    met: bool = False  # just now, for the first time
    pictured: bool = True  # shows a picture, or did

    @property
    def may_be_group(self) -> bool:
        """Whether it may be a community."""
        return self.kind in ("", "Group")


@dataclass(frozen=True)
class ActorGone(Fact):
    """An actor has been deleted, here or at its home; its name is never given to anybody else."""

    actor_id: int

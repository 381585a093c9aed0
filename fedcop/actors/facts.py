"""What can happen to an actor, local or remote."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True)
class ActorChanged(Fact):
    """What we know of an actor is new or different: name, summary, keys, inbox."""

    actor_id: int


@dataclass(frozen=True)
class ActorGone(Fact):
    """An actor has been deleted, here or at its home; its name is never given to anybody else."""

    actor_id: int

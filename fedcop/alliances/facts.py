"""What can happen to an agreement. Those with one server are reacted to in the order in which they happened."""

from __future__ import annotations

from dataclasses import dataclass, field

from fedcop.core.facts import Fact
from fedcop.core.ids import new_id


@dataclass(frozen=True, kw_only=True)
class AllianceFact(Fact):
    """Anything about one agreement; `by_us` tells which side did it."""

    alliance_id: int
    host: str
    by_us: bool
    activity_id: int = field(default_factory=new_id)

    @property
    def lane(self) -> str | None:
        """Keep the order between the two sides: an end may not overtake its yes."""
        return f"alliance:{self.host}"[:200]


@dataclass(frozen=True, kw_only=True)
class AllianceProposed(AllianceFact):
    """One side proposed an agreement."""


@dataclass(frozen=True, kw_only=True)
class AllianceAccepted(AllianceFact):
    """The other side said yes: the agreement holds from its first day."""


@dataclass(frozen=True, kw_only=True)
class AllianceDeclined(AllianceFact):
    """The other side said no."""


@dataclass(frozen=True, kw_only=True)
class AllianceEnded(AllianceFact):
    """It ended, or the proposal was taken back; nobody is told by us of an end that both know: its date, its renewal."""

    known_to_both: bool = False

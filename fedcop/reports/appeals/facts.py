"""What happens to an appeal. Ids only."""

from __future__ import annotations

from dataclasses import dataclass, field

from fedcop.core.facts import Fact
from fedcop.core.ids import new_id


@dataclass(frozen=True, kw_only=True)
class AppealFact(Fact):
    """Anything about one appeal, in order. `activity_id` is minted with the fact."""

    appeal_id: int
    activity_id: int = field(default_factory=new_id)

    @property
    def lane(self) -> str | None:
        """An answer may not overtake its appeal."""
        return f"appeal:{self.appeal_id}"


@dataclass(frozen=True, kw_only=True)
class AppealMade(AppealFact):
    """Somebody asks that a decision about them be looked at again."""


@dataclass(frozen=True, kw_only=True)
class AppealDecided(AppealFact):
    """Somebody else than who decided first has upheld or changed it."""

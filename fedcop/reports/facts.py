"""What happens to a report. Ids only; feature.py says who reacts."""

from __future__ import annotations

from dataclasses import dataclass, field

from fedcop.core.facts import Fact
from fedcop.core.ids import new_id


@dataclass(frozen=True, kw_only=True)
class ReportFact(Fact):
    """Anything about one report; its facts are reacted to in order. `activity_id` is minted with the fact."""

    report_id: int
    activity_id: int = field(default_factory=new_id)

    @property
    def lane(self) -> str | None:
        """An answer may not overtake its report."""
        return f"report:{self.report_id}"


@dataclass(frozen=True, kw_only=True)
class Reported(ReportFact):
    """Somebody reported a post or a person."""


@dataclass(frozen=True, kw_only=True)
class ReportPassedOn(ReportFact):
    """The reported person's server is to hear of it, without the reporter's name."""


@dataclass(frozen=True, kw_only=True)
class ReportDecided(ReportFact):
    """Somebody who may decided; of a community elsewhere, its own server has yet to say so."""

    acted: bool
    by_id: int | None  # None: the community's own server said it
    told_id: int = field(default_factory=new_id)  # of the activity to the moderators elsewhere

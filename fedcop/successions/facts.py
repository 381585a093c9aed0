"""What can happen while a community ends in others. Ids only; feature.py says who reacts."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SuccessionFact(Fact):
    """Anything about one succession."""

    succession_id: int


@dataclass(frozen=True, kw_only=True)
class MergeProposed(SuccessionFact):
    """Those who preside over the heir are asked."""


@dataclass(frozen=True, kw_only=True)
class MergeAnswered(SuccessionFact):
    """They said yes or no."""

    agreed: bool


@dataclass(frozen=True, kw_only=True)
class ChoiceBegan(SuccessionFact):
    """Members of the mother choose from now on."""


@dataclass(frozen=True, kw_only=True)
class ChoiceEnded(SuccessionFact):
    """Threads move from now on."""


@dataclass(frozen=True, kw_only=True)
class CalledOff(SuccessionFact):
    """All stays as it was."""

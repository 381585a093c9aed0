"""What happened with calls."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CallMade(Fact):
    """A thread is a call: our members that it is for are to be written to."""

    post_id: int

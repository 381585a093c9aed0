"""What can happen to the ways in which somebody signs in."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact
from fedcop.core.words import Words


@dataclass(frozen=True)
class SignInChanged(Fact):
    """Something was added to the ways in which somebody signs in, or taken from them. `what` is one of journal.SAID."""

    account_id: int
    what: str
    name: Words = ""  # of the thing, as its owner calls it
    left: int = 0  # recovery codes that remain

"""What can happen to an account."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact
from fedcop.core.words import Words


@dataclass(frozen=True)
class AccountAsked(Fact):
    """Somebody confirmed their address and waits for approval."""

    sign_up_id: int


@dataclass(frozen=True)
class AccountOpened(Fact):
    """An account may be used from now on. `waited`: the person is not at the screen and learns it by a letter."""

    account_id: int
    waited: bool = False
    next: Words = ""  # the page that they came from


@dataclass(frozen=True)
class SignUpOpened(Fact):
    """What was a request for an account is an account now."""

    sign_up_id: int
    account_id: int


@dataclass(frozen=True)
class AccountSuspended(Fact):
    """A moderator closed the door to an account; its sessions have ended."""

    account_id: int
    actor_id: int
    reason: Words = ""


@dataclass(frozen=True)
class AccountRestored(Fact):
    """A suspension has been taken back."""

    account_id: int
    actor_id: int


@dataclass(frozen=True)
class PasswordChanged(Fact):
    """Somebody has a new password; what was handed out before (sessions, tokens of apps) is worth nothing now."""

    account_id: int

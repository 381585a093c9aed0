"""What applications plug in: tokens end with what they hang on, and brooms."""

from __future__ import annotations

from datetime import timedelta

from fedcop.accounts.facts import AccountSuspended, PasswordChanged, SignUpOpened
from fedcop.apps import allowing, exporting, registering, tokens
from fedcop.core.feature import Feature

FEATURE = Feature(
    name="apps",
    reacts={
        SignUpOpened: (tokens.hand_over,),
        PasswordChanged: (tokens.end_all_of,),
        AccountSuspended: (tokens.end_all_of,),
    },
    timetable=(
        (timedelta(hours=1), allowing.forget_stale),
        (timedelta(days=1), tokens.forget_idle),
        (timedelta(days=1), registering.forget_unused),
    ),
    exports=(exporting.connected,),
)

"""What accounts plug in: letters that follow facts, and the broom that sweeps dead sessions and links."""

from __future__ import annotations

from datetime import timedelta

from fedcop.accounts import bounces, service, sessions, signup
from fedcop.accounts.facts import (
    AccountAsked,
    AccountOpened,
    AccountRestored,
    AccountSuspended,
    PasswordChanged,
    SignUpOpened,
)
from fedcop.accounts.signin import journal, oidc, steps
from fedcop.accounts.signin.facts import SignInChanged
from fedcop.core.feature import Feature
from fedcop.core.mail import MailRefused

FEATURE = Feature(
    name="accounts",
    reacts={
        AccountAsked: (signup.tell_staff,),
        AccountOpened: (signup.welcome,),
        SignUpOpened: (),
        AccountSuspended: (service.write_of_suspension,),
        AccountRestored: (service.write_of_restoration,),
        PasswordChanged: (),
        MailRefused: (bounces.on_refused,),
        SignInChanged: (journal.write,),
    },
    jobs=(oidc.look, oidc.redeem),
    timetable=(
        (timedelta(hours=6), sessions.forget_idle),
        (timedelta(hours=6), signup.forget_stale),
        (timedelta(hours=1), steps.forget_stale),
        (timedelta(days=1), journal.forget_old),
    ),
    keeps=(journal.KEPT,),
    exports=(journal.export,),
)

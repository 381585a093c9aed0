"""What people plug in."""

from __future__ import annotations

from fedcop.core.feature import Feature
from fedcop.people.facts import (
    AccountDeleted,
    Blocked,
    FollowAccepted,
    FollowAsked,
    FollowEnded,
    PersonMoved,
    ProfileChanged,
    Unblocked,
)

FEATURE = Feature(
    name="people",
    reacts={
        FollowAsked: (),
        FollowAccepted: (),
        FollowEnded: (),
        Blocked: (),
        Unblocked: (),
        ProfileChanged: (),
        PersonMoved: (),
        AccountDeleted: (),
    },
)

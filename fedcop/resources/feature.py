"""The form that the library fills in: a kind of post that is more than a text."""

from __future__ import annotations

from fedcop.core.feature import Feature
from fedcop.discussions.kinds import PostKind
from fedcop.resources import activities, queries

FEATURE = Feature(
    name="resources",
    post_kinds={
        "resource": PostKind(
            "resource",
            to_object=activities.to_object,
            read_object=activities.read_object,
            claims=activities.claims,
            card="resources/_card.html",
            cards=queries.cards,
            keeps_files=True,
        )
    },
)

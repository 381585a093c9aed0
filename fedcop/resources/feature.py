"""The form that the library fills in: a kind of post that is more than a text."""

from __future__ import annotations

from fedcop.core.feature import Feature
from fedcop.discussions.facts import PostDeleted, ThreadMoved
from fedcop.discussions.kinds import PostKind
from fedcop.resources import activities, queries, service, serving
from fedcop.resources.later import LATER

FEATURE = Feature(
    name="resources",
    reacts={PostDeleted: (service.forget_deleted,), ThreadMoved: (service.follow_moved,)},
    serves=serving.SERVES,
    post_kinds={
        "resource": PostKind(
            "resource",
            to_object=activities.to_object,
            read_object=activities.read_object,
            forget_name=service.forget_name,
            claims=activities.claims,
            card="resources/_card.html",
            cards=queries.cards,
            names=queries.names,
            keeps_files=True,
            later=LATER,
        )
    },
)

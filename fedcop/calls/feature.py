"""What calls plug in: a kind of thread, and the letters that follow from it."""

from __future__ import annotations

from fedcop.calls import activities, exporting, sending
from fedcop.calls.facts import CallMade
from fedcop.calls.service import CALL
from fedcop.core.feature import Feature
from fedcop.discussions.facts import PostAppeared
from fedcop.discussions.kinds import PostKind

FEATURE = Feature(
    name="calls",
    reacts={CallMade: (sending.on_call,), PostAppeared: (sending.on_appeared,)},
    jobs=(sending.write,),
    exports=(exporting.refused,),
    post_kinds={
        CALL: PostKind(
            CALL,
            to_object=activities.to_object,
            read_object=activities.read_object,
            claims=activities.claims,
            is_text=True,
        )
    },
)

"""What digests plug in: the clock that finds who is due, the letters, the member's copy, the broom."""

from __future__ import annotations

from datetime import timedelta

from fedcop.accounts.facts import AccountOpened
from fedcop.core.feature import Feature
from fedcop.digests import exporting, sending, service
from fedcop.discussions.facts import PostAppeared, PostReceived, PostWritten

FEATURE = Feature(
    name="digests",
    reacts={
        AccountOpened: (service.begin,),
        PostWritten: (sending.on_post,),
        PostReceived: (sending.on_post,),
        PostAppeared: (sending.on_post,),
    },
    many={sending.on_post: sending.on_posts},
    jobs=(sending.write, sending.write_thread),
    timetable=((timedelta(minutes=5), sending.find_due), (timedelta(days=1), service.prune)),
    exports=(exporting.chosen,),
)

"""What notifications plug in: the letters, the member's copy, and the broom for what was read long ago."""

from __future__ import annotations

from datetime import timedelta

from fedcop.core.feature import Feature
from fedcop.notifications import exporting, letters, service
from fedcop.notifications.facts import NotificationNoted, NotificationsMerged

FEATURE = Feature(
    name="notifications",
    reacts={NotificationNoted: (), NotificationsMerged: ()},
    jobs=(letters.write, letters.write_thread, letters.send),
    timetable=((timedelta(days=1), service.prune),),
    keeps=(service.KEPT,),
    exports=(exporting.told,),
)

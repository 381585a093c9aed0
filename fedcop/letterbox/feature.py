"""What the letterbox plugs in: the door that listens, the broom, and what an export holds."""

from __future__ import annotations

from datetime import timedelta

from fedcop.core.feature import Feature
from fedcop.letterbox import door, exporting, health, service

FEATURE = Feature(
    name="letterbox",
    exports=(exporting.addresses,),
    keeps=(service.KEPT,),
    jobs=(health.check,),
    timetable=((timedelta(days=1), service.prune),),
    loops=(door.listen,),
)

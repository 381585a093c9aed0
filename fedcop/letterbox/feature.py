"""What the letterbox plugs in: the door that listens, and the broom."""

from __future__ import annotations

from datetime import timedelta

from fedcop.core.feature import Feature
from fedcop.letterbox import door, health, service

FEATURE = Feature(
    name="letterbox",
    jobs=(health.check,),
    timetable=((timedelta(days=1), service.prune),),
    loops=(door.listen,),
)

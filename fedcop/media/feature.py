"""The form that media fills in."""

from __future__ import annotations

from datetime import timedelta

from fedcop.core.feature import Feature
from fedcop.media import exporting, preparing, quota, service
from fedcop.media.facts import FilesDropped

FEATURE = Feature(
    name="media",
    exports=(exporting.files,),
    reacts={FilesDropped: (service.erase,)},
    jobs=(preparing.prepare,),
    timetable=(
        (timedelta(days=1), service.drop_forgotten),
        (timedelta(hours=1), quota.keep_within),
    ),
)

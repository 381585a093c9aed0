"""What web push plugs in: what follows when a member is told something, the jobs that send, the member's copy."""

from __future__ import annotations

from fedcop.core.feature import Feature
from fedcop.core.lots import one_by_one
from fedcop.notifications.facts import NotificationNoted
from fedcop.push import exporting, sending

FEATURE = Feature(
    name="push",
    reacts={NotificationNoted: (sending.fan_out,)},
    many={sending.fan_out: one_by_one(sending.fan_out)},
    jobs=(sending.send, sending.send_trial),
    exports=(exporting.devices,),
)

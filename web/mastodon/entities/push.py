"""What an app is told on its device, as WebPushSubscription."""

from __future__ import annotations

from typing import Any

from fedcop.push.models import PushSubscription
from fedcop.push.sealing import STANDARD

#: All that apps let one choose; what there is not here is never on.
ALERTS = (
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote", "quoted_update",
    "admin.sign_up", "admin.report",
)  # fmt: skip
SMALL = (1 << 31) - 1


def subscription_json(one: PushSubscription, key: str) -> dict[str, Any]:
    """Write it. An app has one, so that its number says nothing; some read it as a small one."""
    return {
        "id": one.id % SMALL,
        "endpoint": one.endpoint,
        "standard": one.encoding == STANDARD,
        "alerts": {name: name in one.topics for name in ALERTS},
        "policy": one.policy,
        "server_key": key,
    }

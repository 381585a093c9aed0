"""What leaves the house about notifications, by letter or to a device: to whom it may still be told, and where it leads.

What letters look like is in letters.py, what devices show in `push`.
"""

from __future__ import annotations

from collections.abc import Sequence

from fedcop.accounts.models import Account
from fedcop.core.site import site
from fedcop.notifications.models import Notification


async def tellable(account: Account, found: Sequence[Notification]) -> list[Notification]:
    """Leave out posts that the member may not read any more; what was decided about their own they are told."""
    wanted = {one.post_id for one in found if one.post_id is not None and one.kind != "moderation"}
    allowed = set(wanted)
    for feature in site().features:
        for may_tell in feature.tellable if wanted else ():
            allowed &= set(await may_tell(account.actor_id, wanted))
    return [one for one in found if one.post_id not in wanted - allowed]


def title_of(about: Notification) -> str:
    """Give the title of what it is about; one that is made of the first words of a text stays where only some may read it."""
    return "" if about.detail.get("derived") else str(about.detail.get("title") or "")


def path_of(about: Notification) -> str:
    """Give the page that a notification leads to."""
    if about.detail.get("appeal_until"):
        return "/appeals"
    if about.post_id is not None and about.kind != "held":
        return f"/p/{about.post_id}"
    return str(about.detail.get("path") or "") or "/notifications"

"""Says on a device what the notification centre says, in the member's language; of what not everybody may read, the title only.

As summaries do (decisions/0015-letters-of-communities.md): no text, no names, no title made of the first words of a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from fedcop.accounts.letters import speaking
from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.core import addresses, clock
from fedcop.core.i18n import _
from fedcop.notifications import outgoing, queries, topics, wording
from fedcop.notifications.models import Notification
from fedcop.notifications.queries import Group
from fedcop.push.sealing import MOST

FRESH = timedelta(days=1)  # what could not be shown by then is not news any more
TOGETHER = 20  # notifications of which one message tells
ICON = "/static/app/icons/app-192.png"
LONGEST = {"title": 200, "body": 400}


@dataclass(frozen=True)
class Message:
    """What a device shows. Of two with the same `tag` the later one takes the place of the other."""

    title: str
    body: str
    path: str
    tag: str
    language: str
    urgency: str  # RFC 8030: a device that saves its battery may wait with what is low
    until: datetime
    kind: str = ""
    number: int = 0  # of the notification, where it tells of one

    def packed(self) -> bytes:
        """Give it as our service worker reads it, short enough for every push service."""
        return self._fitting({"path": self.path, "tag": self.tag, "lang": self.language})

    def for_app(self, known_by: str) -> bytes:
        """Give it as apps made for Mastodon read it: they choose the account by its token, and fetch the rest by the number."""
        return self._fitting(
            {
                "access_token": known_by,
                "preferred_locale": self.language.split("-")[0],
                "notification_id": self.number,
                "notification_type": topics.APPS.get(self.kind, "mention"),
                "icon": addresses.origin() + ICON,  # nobody's face: a locked screen is read by others
            }
        )

    def _fitting(self, more: Mapping[str, Any]) -> bytes:
        said = {name: _cut(text, LONGEST[name]) for name, text in (("title", self.title), ("body", self.body))}
        packed = orjson.dumps({**said, **more})
        while len(packed) > MOST and said["body"]:
            said["body"] = _cut(said["body"], len(said["body"]) // 2)
            packed = orjson.dumps({**said, **more})
        return packed


def tag_of(one: Notification) -> str:
    """Name what stands together on a device: what is one line in the notification centre."""
    return "-".join([one.kind, *(str(value or 0) for value in queries.alike(one).values())])


async def compose(account: Account, kind: str, about: Mapping[str, Any]) -> Message | None:
    """Say what is new of one line of the centre, if the member may still know it and has not seen it; else None."""
    unread = Notification.filter(account_id=account.id, kind=kind, read_at=None, filtered=False, **about)
    found = await outgoing.tellable(account, await unread.order_by("-id").limit(TOGETHER))
    if not found or found[0].created_at < clock.now() - FRESH:
        return None
    group = Group(found)
    # A locked screen is read by others: of what not everybody may read it names nobody.
    people = await actors.many(() if any(one.detail.get("closed") for one in found) else group.actor_ids)
    known = {actor.id: actor.display_name or actor.name for actor in people.values()}
    with speaking(account.language):
        names = wording.names(kind, [one.from_actor_id for one in found], known)
        return Message(
            title=wording.sentence(kind, names, [one.detail for one in found]),
            body=_body(group),
            path=_path(group.first_unread),
            tag=tag_of(group.newest),
            language=account.language,
            urgency="normal" if topics.BY_KIND[kind].mailed else "low",
            until=group.newest.created_at + FRESH,
            kind=kind,
            number=group.newest.id,
        )


def trial(account: Account, until: datetime) -> Message:
    """Make the message that a member sends to themselves."""
    with speaking(account.language):
        return Message(
            title=_("This is a trial"),
            body=_("Your notifications arrive on this device."),
            path="/settings/notifications",
            tag="trial",
            language=account.language,
            urgency="normal",
            until=until,
        )


def _body(group: Group) -> str:
    """The title, and the words of a single post that everybody may read: no others are kept of a notification."""
    text = str(group.newest.detail.get("text") or "") if len(group.notifications) == 1 else ""
    return "\n".join(part for part in (outgoing.title_of(group.newest), text) if part)


def _path(first: Notification) -> str:
    if first.root_id not in (None, first.post_id) and outgoing.path_of(first) == f"/p/{first.post_id}":
        return f"/p/{first.root_id}#p-{first.post_id}"
    return outgoing.path_of(first)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(most - 1, 0)].rstrip()}…" if most > 1 else ""

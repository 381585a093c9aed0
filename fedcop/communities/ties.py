"""Everything that ties one of our people to communities, in one statement: what the menu shows, and what judges their acts asks.

Judges nothing itself (rules.py), and lists no community that somebody is not tied to (queries.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community, Membership
from fedcop.core import asked, clock
from fedcop.core.asked import once
from fedcop.core.database import moment, row_of, rows


@dataclass(frozen=True)
class Place:
    """What ties somebody to a community, and what a menu shows of it: a row, of most of which a page looks at the name alone."""

    actor: Actor | None
    row: Mapping[str, Any]

    @cached_property
    def membership(self) -> Membership | None:
        """How they belong, or asked to; always the same object."""
        if self.row["id"] is None:
            return None
        found = row_of(Membership, self.row)
        if self.actor is not None:
            found.actor = self.actor
        return found

    @property
    def belongs(self) -> bool:
        """Whether they are an active member."""
        return bool(self.row["state"] == "active")

    @property
    def follow(self) -> str:
        """How they follow it: "", "asked" or "accepted"."""
        return self.row["follow"] or ""

    @property
    def kept_out(self) -> bool:
        """Whether somebody banned or suspended them; active_ban() says how."""
        return bool(self.row["kept_out"])

    @property
    def title(self) -> str:
        """What it is called."""
        found: str = self.row["group_title"]
        return found

    @property
    def host(self) -> str:
        """Where it lives; "" when that is here."""
        return "" if self.row["group_local"] else self.row["group_host"]

    @property
    def path(self) -> str:
        """The community's page here."""
        name, host = self.row["group_name"], self.host
        return f"/c/{name}@{host}" if host else f"/c/{name}"

    @property
    def in_home(self) -> bool:
        """Whether its threads come to their home page."""
        return self.row["in_home"] not in (0, False) and self.row["follow_in_home"] not in (0, False)

    @property
    def bell(self) -> bool:
        """Whether each new thread is told to them."""
        return bool(self.row["bell"] or self.row["follow_bell"])

    @property
    def languages(self) -> tuple[str, ...]:
        """Only in these its threads come home and are told; none: in all."""
        return tuple(code for code in (self.row["languages"] or self.row["follow_languages"] or "").split(",") if code)

    @property
    def muting(self) -> bool:
        """Whether they see it neither there nor in their notifications."""
        return self.row["mute"] is not None

    @property
    def mutes_notifications(self) -> bool:
        """Whether they muted what they are told of it, too."""
        return bool(self.row["mute_notifications"])

    @property
    def muted_until(self) -> datetime | None:
        """When that ends."""
        return moment(self.row["mute_ends_at"])


_OF_MEMBERSHIP = ("id", "state", "in_home", "bell", "languages")
_OF_GROUP = ("group_title", "group_local", "group_host", "group_name")
_BESIDE = ("follow", "follow_in_home", "follow_bell", "follow_languages", "mute", "mute_notifications", "mute_ends_at")
NOWHERE = Place(None, {**dict.fromkeys((*_OF_MEMBERSHIP, *_BESIDE, "kept_out")), **dict.fromkeys(_OF_GROUP, "")})


@once
async def places(actor: Actor) -> dict[int, Place]:
    """Give everything that ties one of ours to communities, by community and by title: one statement for the menu and for who may do what."""
    kept_out = "b.community_id = c.id AND b.actor_id = ? AND (b.until IS NULL OR b.until > ?)"
    found = await rows(
        "SELECT m.*, c.id AS place, g.name AS group_name, g.host AS group_host, g.local AS group_local,"  # noqa: S608 - our own words only, values are parameters
        " g.display_name AS group_title, f.state AS follow, f.in_home AS follow_in_home, f.bell AS follow_bell, f.languages AS follow_languages,"
        " u.id AS mute, u.notifications AS mute_notifications, u.ends_at AS mute_ends_at,"
        f" EXISTS (SELECT 1 FROM ban b WHERE {kept_out}) AS kept_out"
        " FROM community c JOIN actor g ON g.id = c.actor_id"
        " LEFT JOIN membership m ON m.community_id = c.id AND m.actor_id = ?"
        " LEFT JOIN follow f ON f.target_id = g.id AND f.follower_id = ?"
        " LEFT JOIN mute u ON u.target_id = g.id AND u.actor_id = ?"
        " WHERE c.id IN (SELECT community_id FROM membership WHERE actor_id = ?"
        " UNION SELECT community_id FROM ban WHERE actor_id = ?"
        " UNION SELECT c.id FROM follow f JOIN community c ON c.actor_id = f.target_id WHERE f.follower_id = ?"
        " UNION SELECT c.id FROM mute u JOIN community c ON c.actor_id = u.target_id WHERE u.actor_id = ?)"
        " ORDER BY g.display_name",
        *(actor.id, clock.now()),
        *[actor.id] * 7,
    )
    return {row["place"]: Place(actor, row) for row in found}


async def place_in(community: Community, actor: Actor) -> Place | None:
    """Give one place out of all, where the others will be asked for too; None: ask for it alone."""
    if not (actor.local and asked.is_remembering()):
        return None
    return (await places(actor)).get(community.id, NOWHERE)

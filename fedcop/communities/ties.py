"""Everything that ties one of our people to communities, in one statement: what the menu shows, and what judges their acts asks.

Judges nothing itself (rules.py), and lists no community that somebody is not tied to (queries.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community, Membership
from fedcop.core import asked, clock
from fedcop.core.asked import once
from fedcop.core.database import moment, row_of, rows


@dataclass(frozen=True)
class Place:
    """What ties somebody to a community, and what a menu shows of it."""

    membership: Membership | None
    follow: str  # "", "asked" or "accepted"
    kept_out: bool  # somebody banned or suspended them; active_ban() says how
    name: str
    host: str  # "" when it is ours
    title: str
    in_home: bool = True  # its threads come to their home page
    bell: bool = False  # each new one is told to them
    languages: tuple[str, ...] = ()  # only in these its threads come home and are told; none: in all
    muting: bool = False  # neither there nor in their notifications
    mutes_notifications: bool = False
    muted_until: datetime | None = None

    @property
    def belongs(self) -> bool:
        """Whether they are an active member."""
        return self.membership is not None and self.membership.state == "active"

    @property
    def path(self) -> str:
        """The community's page here."""
        return f"/c/{self.name}@{self.host}" if self.host else f"/c/{self.name}"


NOWHERE = Place(membership=None, follow="", kept_out=False, name="", host="", title="")


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
    return {row["place"]: _place(actor, row) for row in found}


def _place(actor: Actor, row: Mapping[str, Any]) -> Place:
    membership = row_of(Membership, row) if row["id"] is not None else None
    if membership is not None:
        membership.actor = actor
    return Place(
        membership=membership,
        follow=row["follow"] or "",
        kept_out=bool(row["kept_out"]),
        name=row["group_name"],
        host="" if row["group_local"] else row["group_host"],
        title=row["group_title"],
        muting=row["mute"] is not None,
        mutes_notifications=bool(row["mute_notifications"]),
        muted_until=moment(row["mute_ends_at"]),
        bell=(membership is not None and membership.bell) or bool(row["follow_bell"]),
        languages=tuple(
            code for code in ((membership and membership.languages) or row["follow_languages"] or "").split(",") if code
        ),
        in_home=(membership is None or membership.in_home) and row["follow_in_home"] not in (0, False),
    )


async def place_in(community: Community, actor: Actor) -> Place | None:
    """Give one place out of all, where the others will be asked for too; None: ask for it alone."""
    if not (actor.local and asked.is_remembering()):
        return None
    return (await places(actor)).get(community.id, NOWHERE)

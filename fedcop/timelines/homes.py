"""What comes to somebody's home: communities that they belong to or follow and neither took off it nor muted nor put into a list apart, and tags. One statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fedcop.actors.models import Actor
from fedcop.core.database import rows
from fedcop.discussions.seeing import shown_sql
from fedcop.discussions.versions import speaks_sql
from fedcop.federation.peers import limited
from fedcop.people.hiding import server_blocked_sql

# Looked for row by row: on a server that somebody blocks there may be very many communities. Those that they belong to are `away` below.
_NOT_BLOCKED = (
    f"NOT EXISTS (SELECT 1 FROM community bc WHERE bc.id = p.community_id AND {server_blocked_sql('bc.actor_id')})"  # noqa: S608 - our own words
)


@dataclass(frozen=True)
class Home:
    """Communities (True where they are a member, False where they only follow), tags, and what they keep out."""

    communities: Mapping[int, bool]
    tags: Sequence[str] = ()
    away: Sequence[int] = ()  # communities: not by a tag either
    languages: Mapping[str, Sequence[int]] = field(default_factory=dict)  # "fr,en": communities wanted in these alone
    listed: tuple[str, list[Any]] = limited.EVERYTHING  # what of limited servers may come by its tags

    def __bool__(self) -> bool:
        return bool(self.communities or self.tags)

    def tagged_sql(self, viewer: Actor) -> list[tuple[str, list[Any]]]:
        """The SQL condition for posts `p` that come by their tags, with its parameters; none where no tag is followed."""
        if not self.tags:
            return []
        shown, params = shown_sql("p", viewer)
        condition = (
            f"p.id IN (SELECT post_id FROM post_tag WHERE tag IN (?)) AND {shown}"  # noqa: S608 - our own words only, values are parameters
            " AND (p.state = 'visible' OR p.author_id = ?)"
        )
        listed, of_listed = self.listed
        condition += f" AND {listed} AND {_NOT_BLOCKED}"
        values = [list(self.tags), *params, viewer.id, *of_listed, viewer.id]
        if self.away:
            condition += " AND (p.community_id IS NULL OR p.community_id NOT IN (?))"
            values.append(list(self.away))
        return [(condition, values)]

    def spoken_sql(self, viewer: Actor) -> tuple[Any, ...]:
        """The SQL condition that leaves out of all posts `p` those of a community in a language that is not wanted of it, with its parameters.

        What says no language comes, and what one wrote oneself.
        """
        conditions: list[str] = ["1 = 1"]
        params: list[Any] = []
        for said, communities in self.languages.items():
            spoken = [speaks_sql("p", code) for code in said.split(",")]
            either = " OR ".join(condition for condition, _values in spoken)
            conditions.append(
                f"(p.community_id IS NULL OR p.community_id NOT IN (?) OR p.author_id = ? OR p.language = '' OR {either})"
            )
            params += [list(communities), viewer.id, *(value for _condition, values in spoken for value in values)]
        return " AND ".join(conditions), *params


async def of(viewer: Actor) -> Home:
    """Tell what comes to somebody's home."""
    found = await rows(
        "SELECT community_id AS id, 1 AS member, in_home, '' AS tag, languages FROM membership WHERE actor_id = ? AND state = 'active'"
        " UNION ALL SELECT c.id, 0, f.in_home, '', f.languages FROM community c JOIN follow f ON f.target_id = c.actor_id"
        " WHERE f.follower_id = ? AND f.state = 'accepted'"
        " UNION ALL SELECT c.id, 0, FALSE, '', '' FROM personal_list l JOIN list_entry e ON e.list_id = l.id"
        " JOIN community c ON c.actor_id = e.actor_id WHERE l.owner_id = ? AND l.exclusive"
        " UNION ALL SELECT c.id, 0, FALSE, '', '' FROM community c JOIN mute u ON u.target_id = c.actor_id WHERE u.actor_id = ?"
        " UNION ALL SELECT c.id, 0, FALSE, '', '' FROM membership m JOIN community c ON c.id = m.community_id"
        " JOIN actor g ON g.id = c.actor_id JOIN domain_block d ON d.host = g.host AND d.actor_id = m.actor_id WHERE m.actor_id = ?"
        " UNION ALL SELECT 0, 0, TRUE, tag, '' FROM followed_tag WHERE actor_id = ?",
        *[viewer.id] * 6,
    )
    ties = [row for row in found if not row["tag"]]
    away = {row["id"] for row in ties if not row["in_home"]}
    mine: dict[int, bool] = {}
    for row in ties:
        if row["id"] not in away:
            mine[row["id"]] = mine.get(row["id"], False) or bool(row["member"])
    languages: dict[str, set[int]] = {}
    for row in ties:
        if row["languages"]:
            languages.setdefault(row["languages"], set()).add(row["id"])
    wanted = {said: sorted(some) for said, some in languages.items()}
    tags = [row["tag"] for row in found if row["tag"]]
    listed = await limited.posts_sql("p", viewer) if tags else limited.EVERYTHING
    return Home(mine, tags, sorted(away), wanted, listed)

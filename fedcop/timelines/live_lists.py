"""In which lists that somebody listens to a post is, as far as lists go: of communities and of one's own, by the conditions of streams.py.

Who may see it at all is judged before (live.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fedcop.core.database import rows
from fedcop.discussions.models import Post


@dataclass(frozen=True)
class Placed:
    """Where a post is: its home, and the communities that show its thread."""

    home: int | None
    shown_in: frozenset[int]

    def among(self, communities: Collection[int]) -> bool:
        """Tell whether one of some communities is among them."""
        return self.home in communities or bool(self.shown_in.intersection(communities))


@dataclass(frozen=True)
class Lists:
    """What is known of the lists that are listened to."""

    post: Post
    parent_author: int = 0  # of a reply to what bears a name
    replies: frozenset[tuple[str, int, int]] = frozenset()  # (which, community, who), of members
    owned: frozenset[tuple[int, int]] = frozenset()  # (list, who)
    own_replies: frozenset[tuple[str, int]] = frozenset()  # (which, list)
    people: frozenset[tuple[int, int]] = frozenset()  # (list, actor)
    communities: frozenset[tuple[int, int]] = frozenset()  # (list, community)
    follows: frozenset[tuple[int, int]] = frozenset()  # (who, actor)

    def of_community(self, who: int, community_id: int, at: Placed) -> bool:
        """Tell whether it stands in the list that a community is to its member."""
        if not self.post.depth:
            return at.among((community_id,))
        return at.home == community_id and any((which, community_id, who) in self.replies for which in self._which(who))

    def of_own(self, who: int, list_id: int, at: Placed) -> bool:
        """Tell whether it stands in a list that somebody made."""
        if (list_id, who) not in self.owned:
            return False
        held = {community for number, community in self.communities if number == list_id}
        is_named = self.post.anonymised_at is None and (list_id, self.post.author_id) in self.people
        if not self.post.depth:
            return is_named or at.among(held)
        if at.home in held and any((which, list_id) in self.own_replies for which in self._which(who)):
            return True
        return is_named and self._answers_one(who, list_id)

    def _which(self, who: int) -> tuple[str, ...]:
        """Which choices of replies a reply is among, for somebody."""
        is_followed = self.post.anonymised_at is None and (who, self.post.author_id) in self.follows
        return ("list", "followed") if is_followed else ("list",)

    def _answers_one(self, who: int, list_id: int) -> bool:
        if ("list", list_id) in self.own_replies:
            return (list_id, self.parent_author) in self.people
        return ("followed", list_id) in self.own_replies and (who, self.parent_author) in self.follows


async def load(post: Post, people: Collection[int], list_ids: Collection[int]) -> Lists:
    """Load what is asked about some people's lists; nothing of threads where nobody listens to a list of their own."""
    if not post.depth and not list_ids:
        return Lists(post)
    above = "SELECT author_id FROM post WHERE id = ? AND anonymised_at IS NULL"
    who, numbers = list(people), list(list_ids)
    found = await rows(
        "SELECT 'above' AS what, 0 AS a, author_id AS b FROM post WHERE id = ? AND anonymised_at IS NULL"  # noqa: S608 - our own words only, values are parameters
        " UNION ALL SELECT 'member-' || list_replies, community_id, actor_id FROM membership"
        " WHERE community_id = ? AND actor_id IN (?) AND state = 'active' AND NOT list_hidden"
        " UNION ALL SELECT 'own-' || replies, id, owner_id FROM personal_list WHERE id IN (?) AND owner_id IN (?)"
        " UNION ALL SELECT 'person', list_id, actor_id FROM list_entry WHERE list_id IN (?)"
        " UNION ALL SELECT 'community', e.list_id, c.id FROM list_entry e JOIN community c ON c.actor_id = e.actor_id"
        " WHERE e.list_id IN (?)"
        " UNION ALL SELECT 'follows', follower_id, target_id FROM follow WHERE follower_id IN (?) AND state = 'accepted'"
        f" AND (target_id = ? OR target_id IN ({above}))",
        *(post.parent_id or 0, post.community_id or 0, who, numbers, who, numbers, numbers),
        *(who, post.author_id, post.parent_id or 0),
    )
    pairs = [(str(row["what"]), int(row["a"]), int(row["b"])) for row in found]
    return Lists(
        post,
        next((b for what, _a, b in pairs if what == "above"), 0),
        frozenset((what.removeprefix("member-"), a, b) for what, a, b in pairs if what.startswith("member-")),
        frozenset((a, b) for what, a, b in pairs if what.startswith("own-")),
        frozenset((what.removeprefix("own-"), a) for what, a, _b in pairs if what.startswith("own-")),
        frozenset((a, b) for what, a, b in pairs if what == "person"),
        frozenset((a, b) for what, a, b in pairs if what == "community"),
        frozenset((a, b) for what, a, b in pairs if what == "follows"),
    )

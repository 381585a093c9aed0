"""Lists that members make for themselves, of people and communities that they follow or belong to. Nobody else learns of one.

Who is followed no more is in no list any more: the database sees to it. What a list shows is streams.py's affair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.reading import MAX_TITLE, NO_SUCH_REPLIES, REPLIES, TOO_LONG
from fedcop.core.clock import now
from fedcop.core.database import atomic, fetch, rows
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.timelines.models import ListEntry, PersonalList

MOST, MOST_ENTRIES = 50, 200
NO_TITLE = N_("Give the list a name.")
ENOUGH = N_("You have 50 lists already: delete one first.")
FULL = N_("A list holds 200 people and communities at most.")
NOT_FOLLOWED = N_("A list holds people and communities that you follow or belong to.")


@dataclass(frozen=True)
class Inside:
    """Who is in a list."""

    people: Sequence[int]
    communities: Sequence[int]


@atomic
async def make(owner: Actor, title: str, *, replies: str = "list", exclusive: bool = False) -> PersonalList:
    """Make an empty list."""
    _judge(title, replies)
    if await PersonalList.filter(owner_id=owner.id).count() >= MOST:
        raise Invalid(ENOUGH, errors={"title": ENOUGH})
    return await PersonalList.create(
        owner=owner, title=title.strip(), replies=replies, exclusive=exclusive, created_at=now()
    )


@atomic
async def change(
    owner: Actor,
    list_id: int,
    *,
    title: str | None = None,
    replies: str | None = None,
    exclusive: bool | None = None,
) -> PersonalList:
    """Change what a list is called and shows; what is None stays."""
    found = await own(owner, list_id)
    _judge(found.title if title is None else title, found.replies if replies is None else replies)
    said: dict[str, Any] = {
        "title": None if title is None else title.strip(),
        "replies": replies,
        "exclusive": exclusive,
    }
    found.update_from_dict({name: value for name, value in said.items() if value is not None})
    await found.save()
    return found


def _judge(title: str, replies: str) -> None:
    if not title.strip():
        raise Invalid(NO_TITLE, errors={"title": NO_TITLE})
    if len(title.strip()) > MAX_TITLE:
        raise Invalid(TOO_LONG, errors={"title": TOO_LONG})
    if replies not in REPLIES:
        raise Invalid(NO_SUCH_REPLIES, errors={"replies_policy": NO_SUCH_REPLIES})


@atomic
async def delete(owner: Actor, list_id: int) -> None:
    """Delete a list; whom it held stays followed."""
    await (await own(owner, list_id)).delete()


@atomic
async def add(owner: Actor, list_id: int, actor_ids: Collection[int]) -> None:
    """Put people and communities into a list that its owner follows or belongs to. Twice is once; one that is not, and none is added."""
    found, wanted = await own(owner, list_id), set(actor_ids)
    ties = {row["actor"]: row for row in await _ties(owner, wanted)}
    if wanted - ties.keys():
        raise Invalid(NOT_FOLLOWED, errors={"account_ids": NOT_FOLLOWED})
    if await ListEntry.filter(list_id=found.id).exclude(actor_id__in=[*wanted, 0]).count() + len(wanted) > MOST_ENTRIES:
        raise Invalid(FULL, errors={"account_ids": FULL})
    new = [
        ListEntry(list_id=found.id, actor_id=number, follow_id=tie["follow_id"], membership_id=tie["membership_id"])
        for number, tie in ties.items()
    ]
    await ListEntry.bulk_create(new, ignore_conflicts=True)


async def _ties(owner: Actor, actor_ids: Collection[int]) -> Sequence[Mapping[str, Any]]:
    """What an entry hangs on; of a community that somebody belongs to and follows it is that they belong."""
    return await rows(
        "SELECT f.target_id AS actor, f.id AS follow_id, NULL AS membership_id FROM follow f"
        " WHERE f.follower_id = ? AND f.target_id IN (?) AND f.state = 'accepted'"
        " UNION ALL SELECT c.actor_id, NULL, m.id FROM membership m JOIN community c ON c.id = m.community_id"
        " WHERE m.actor_id = ? AND c.actor_id IN (?) AND m.state = 'active'",
        *(owner.id, list(actor_ids)) * 2,
    )


@atomic
async def remove(owner: Actor, list_id: int, actor_ids: Collection[int] | None) -> None:
    """Take some out of a list, or all (None)."""
    entries = ListEntry.filter(list_id=(await own(owner, list_id)).id)
    await (entries if actor_ids is None else entries.filter(actor_id__in=[*actor_ids, 0])).delete()


async def own(owner: Actor, list_id: int) -> PersonalList:
    """Load one of somebody's lists, or raise the NotFound of absent things."""
    found = await PersonalList.get_or_none(id=list_id, owner_id=owner.id)
    if found is None:
        raise NotFound
    return found


async def all_of(owner: Actor) -> list[PersonalList]:
    """List somebody's lists, by name."""
    return await PersonalList.filter(owner_id=owner.id).order_by("title", "id")


async def holding(owner: Actor, actor: Actor) -> list[PersonalList]:
    """List those of somebody's lists that hold an actor, by name."""
    return await PersonalList.filter(owner_id=owner.id, entries__actor_id=actor.id).order_by("title", "id")


async def entries(found: PersonalList, *, below: int | None = None, limit: int = MOST_ENTRIES) -> list[ListEntry]:
    """Give who is in a list, with their actors, the latest first."""
    query = ListEntry.filter(list_id=found.id, actor__gone_at=None, actor__suspended_at=None)
    if below is not None:
        query = query.filter(id__lt=below)
    return await query.order_by("-id").limit(limit).select_related("actor")


async def candidates(owner: Actor) -> list[Actor]:
    """List whom somebody may put into a list."""
    tied = (
        "SELECT target_id FROM follow WHERE follower_id = ? AND state = 'accepted' UNION SELECT c.actor_id FROM membership m"
        " JOIN community c ON c.id = m.community_id WHERE m.actor_id = ? AND m.state = 'active'"
    )
    return await fetch(
        Actor,
        f"SELECT a.* FROM actor a WHERE a.id IN ({tied}) AND a.gone_at IS NULL AND a.suspended_at IS NULL",  # noqa: S608 - our own words only, values are parameters
        *(owner.id, owner.id),
    )


async def inside(list_id: int) -> Inside:
    """Tell whose posts a list shows: people by their rows, communities by theirs."""
    found = await rows(
        "SELECT e.actor_id AS actor, c.id AS community FROM list_entry e LEFT JOIN community c ON c.actor_id = e.actor_id"
        " WHERE e.list_id = ?",
        list_id,
    )
    return Inside(
        [row["actor"] for row in found if row["community"] is None],
        [row["community"] for row in found if row["community"] is not None],
    )


async def kept_out(owner: Actor) -> dict[int, str]:
    """Name the communities that an exclusive list keeps out of somebody's home, with the name of a list that does."""
    found = await rows(
        "SELECT c.id AS id, l.title AS title FROM personal_list l JOIN list_entry e ON e.list_id = l.id"
        " JOIN community c ON c.actor_id = e.actor_id WHERE l.owner_id = ? AND l.exclusive",
        owner.id,
    )
    return {row["id"]: row["title"] for row in found}

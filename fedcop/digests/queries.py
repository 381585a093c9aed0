"""Reads what members chose, and who is to get letters now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.communities import access, ties
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.asked import once
from fedcop.core.database import rows
from fedcop.digests import rhythms
from fedcop.digests.models import Plan, Rhythm, Told
from fedcop.digests.rhythms import Hour
from fedcop.discussions.models import Post
from fedcop.notifications import topics
from fedcop.people import queries as people


def hour_of(account: Account, plan: Plan | None) -> Hour:
    """Give a member's day and hour."""
    if plan is None:
        return Hour(zone=account.time_zone)
    return Hour(plan.weekday, plan.hour, account.time_zone)


@once
async def chosen_hour(account: Account) -> Hour:
    """Read a member's day and hour."""
    return hour_of(account, await Plan.get_or_none(account_id=account.id))


async def homes(account: Account) -> list[tuple[Community, str]]:
    """List the communities that somebody belongs to or follows, wherever they are hosted, by title, with the rhythm of each."""
    actor = await actors.by_id(account.actor_id)
    if actor is None:
        return []
    places = await ties.places(actor)
    tied = [number for number, place in places.items() if place.belongs or place.follow == "accepted"]
    found = {
        number: one
        for number, one in (await communities.many(tied)).items()
        if places[number].belongs or await access.may_read(actor, one)
    }
    chosen = {one.community_id: one.rhythm for one in await Rhythm.filter(account_id=account.id)}
    listed = sorted(found.values(), key=lambda one: ((one.actor.display_name or one.actor.name).lower(), one.id))
    return [(one, chosen.get(one.id, rhythms.BY_DEFAULT)) for one in listed]


async def heard(account: Account) -> list[tuple[Community, str]]:
    """List those of them that write letters to somebody: not the ones that they muted."""
    found = await homes(account)
    hidden = await people.hidden_among(await actors.by_id(account.actor_id), [one.actor_id for one, _rhythm in found])
    return [(one, rhythm) for one, rhythm in found if one.actor_id not in hidden]


async def rhythm_of(account: Account, community: Community) -> str:
    """Read how often a member hears of a community."""
    found = await Rhythm.get_or_none(account_id=account.id, community_id=community.id)
    return found.rhythm if found is not None else rhythms.BY_DEFAULT


async def due(limit: int) -> Sequence[tuple[int, datetime]]:
    """Name some accounts whose moment has come, the earliest first, with that moment."""
    found = await Plan.filter(next_at__lte=clock.now()).order_by("next_at", "id").limit(limit)
    return [(one.account_id, one.next_at) for one in found]


async def who_wants_each(community_id: int, author_id: int) -> list[tuple[int, datetime]]:
    """Name the accounts that want every publication of a community, and since when; not that of who wrote it."""
    found = await Rhythm.filter(community_id=community_id, rhythm=rhythms.EACH).exclude(account__actor_id=author_id)
    return [(one.account_id, one.chosen_at) for one in found]


async def wanted_each(post_ids: Sequence[int]) -> set[int]:
    """Keep the posts, of these, of communities of which somebody wants every publication."""
    each = "SELECT 1 FROM digest_rhythm r WHERE r.community_id = p.community_id AND r.rhythm = ?"
    found = await rows(f"SELECT p.id FROM post p WHERE p.id IN (?) AND EXISTS ({each})", list(post_ids), rhythms.EACH)  # noqa: S608 - our own words
    return {row["id"] for row in found}


async def mailed_posts(account: Account, ids: Sequence[int]) -> set[int]:
    """Keep the posts, of these, about which a member had a letter, will have one of their own, or has read the notification."""
    if not ids:
        return set()
    preferences = account.preferences
    by_itself = [*topics.kinds_by(topics.NOW, preferences), *topics.kinds_by(topics.SOON, preferences)]
    found = await rows(
        "SELECT post_id FROM digest_told WHERE account_id = ? AND post_id IN (?) UNION SELECT post_id FROM notification"
        " WHERE account_id = ? AND post_id IN (?) AND (mailed_at IS NOT NULL OR read_at IS NOT NULL OR kind IN (?))",
        account.id,
        list(ids),
        account.id,
        list(ids),
        by_itself or [""],
    )
    return {row["post_id"] for row in found}


def words_of(post: Post) -> tuple[int, str, str]:
    """Give what makes posts of several communities the same: who wrote them, the title, the text."""
    return post.author_id, post.title, post.content


async def told_words(account: Account, since: datetime) -> set[tuple[int, str, str]]:
    """Give the words of what a member was sent since then, in whichever community: the same is not told again."""
    ids = await Told.filter(account_id=account.id, sent_at__gte=since).values_list("post_id", flat=True)
    return {words_of(post) for post in await Post.filter(id__in=list(ids) or [0])}

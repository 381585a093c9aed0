"""Chooses what a profile shows. Speaks no ActivityPub: the reactions to its facts publish.

Only whom one follows or belongs to can be recommended; who ends that recommends them no longer, and the database sees to it.
"""

from __future__ import annotations

from collections.abc import Iterable

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import atomic, rows
from fedcop.core.errors import Invalid
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.discussions.text import clean_tag
from fedcop.profiles.facts import TagShown
from fedcop.profiles.models import MOST_RECOMMENDED, MOST_TAGS, Recommendation, ShownTag

NO_TAG = N_("Write a tag: letters and numbers without spaces.")
ENOUGH_TAGS = N_("Your profile shows 10 tags already: take one away first.")
ENOUGH = N_("Your profile shows 20 people and communities already: take one away first.")
NOT_TIED = N_("Your profile shows people and communities that you follow or belong to.")


@atomic
async def show_tag(actor: Actor, text: str) -> ShownTag:
    """Show a tag on one's profile. Twice is once."""
    tag = clean_tag(text)
    if not tag:
        raise Invalid(NO_TAG, errors={"name": NO_TAG})
    known = await ShownTag.get_or_none(actor_id=actor.id, tag=tag)
    if known is not None:
        return known
    if await ShownTag.filter(actor_id=actor.id).count() >= MOST_TAGS:
        raise Invalid(ENOUGH_TAGS, errors={"name": ENOUGH_TAGS})
    made = await ShownTag.create(actor=actor, tag=tag, shown_at=now())
    await record(TagShown(actor_id=actor.id, activity_id=new_id(), shown=True, tag=tag))
    return made


@atomic
async def hide_tag(actor: Actor, text: str) -> None:
    """Show a tag no longer."""
    tag = clean_tag(text)
    if await ShownTag.filter(actor_id=actor.id, tag=tag).delete():
        await record(TagShown(actor_id=actor.id, activity_id=new_id(), shown=False, tag=tag))


@atomic
async def record_tags(actor: Actor, names: Iterable[str]) -> None:
    """Take over which tags somebody elsewhere shows now."""
    wanted = list(dict.fromkeys(tag for name in names if (tag := clean_tag(name))))[:MOST_TAGS]
    await ShownTag.filter(actor_id=actor.id).exclude(tag__in=[*wanted, ""]).delete()
    for tag in wanted:
        await ShownTag.get_or_create(actor_id=actor.id, tag=tag, defaults={"shown_at": now()})


@atomic
async def record_tag(actor: Actor, name: str, *, shown: bool) -> None:
    """Note that somebody elsewhere shows a tag, or no longer."""
    tag = clean_tag(name)
    if not shown:
        await ShownTag.filter(actor_id=actor.id, tag=tag).delete()
    elif tag and await ShownTag.filter(actor_id=actor.id).exclude(tag=tag).count() < MOST_TAGS:
        await ShownTag.get_or_create(actor_id=actor.id, tag=tag, defaults={"shown_at": now()})


@atomic
async def recommend(actor: Actor, target: Actor) -> None:
    """Show a person or community on one's profile. Twice is once."""
    if await Recommendation.exists(actor_id=actor.id, target_id=target.id):
        return
    tied = await rows(
        "SELECT f.id AS follow_id, NULL AS membership_id FROM follow f"
        " WHERE f.follower_id = ? AND f.target_id = ? AND f.state = 'accepted'"
        " UNION ALL SELECT NULL, m.id FROM membership m JOIN community c ON c.id = m.community_id"
        " WHERE m.actor_id = ? AND c.actor_id = ? AND m.state = 'active'",
        *(actor.id, target.id) * 2,
    )
    if not tied:
        raise Invalid(NOT_TIED, errors={"target": NOT_TIED})
    if await Recommendation.filter(actor_id=actor.id).count() >= MOST_RECOMMENDED:
        raise Invalid(ENOUGH, errors={"target": ENOUGH})
    # Of a community that one belongs to and follows it is that one belongs.
    await Recommendation.create(actor=actor, target=target, shown_at=now(), **tied[-1])


@atomic
async def recommend_no_more(actor: Actor, target_id: int) -> None:
    """Show somebody on one's profile no longer."""
    await Recommendation.filter(actor_id=actor.id, target_id=target_id).delete()

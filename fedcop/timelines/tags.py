"""Tags that somebody follows: threads with one of them come to their home, as far as they may read them. Told to nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.discussions.text import clean_tag
from fedcop.timelines.models import FollowedTag

MOST = 100
NO_TAG = N_("Write a tag: letters and numbers without spaces.")
ENOUGH = N_("You follow 100 tags already: leave one first.")


@atomic
async def follow(actor: Actor, text: str) -> str:
    """Follow a tag, and give it as it is written here. Twice is once, at the same moment too."""
    tag = clean_tag(text)
    if not tag:
        raise Invalid(NO_TAG, errors={"tag": NO_TAG})
    if await FollowedTag.filter(actor_id=actor.id).exclude(tag=tag).count() >= MOST:
        raise Invalid(ENOUGH, errors={"tag": ENOUGH})
    await FollowedTag.bulk_create([FollowedTag(actor_id=actor.id, tag=tag, followed_at=now())], ignore_conflicts=True)
    return tag


@atomic
async def unfollow(actor: Actor, text: str) -> None:
    """Follow a tag no longer."""
    await FollowedTag.filter(actor_id=actor.id, tag=clean_tag(text)).delete()


async def followed(actor: Actor) -> Sequence[FollowedTag]:
    """List the tags that somebody follows, by name."""
    return await FollowedTag.filter(actor_id=actor.id).order_by("tag")


async def followed_among(actor: Actor | None, tags: Collection[str]) -> set[str]:
    """Name those, of some tags, that somebody follows."""
    if actor is None or not tags:
        return set()
    found = FollowedTag.filter(actor_id=actor.id, tag__in=list(tags)).values_list("tag", flat=True)
    return {str(tag) for tag in await found}

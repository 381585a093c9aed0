"""Who reads a post was chosen again: those who read it hear so by an Update, those who do not any more by a Delete that may be undone.

Such a Delete bears `fc:withdrawn`: between fedcops the post may come back, by a newer word of its author.
"""

from __future__ import annotations

from datetime import datetime

from fedcop.actors.models import Actor
from fedcop.alliances.facts import AllianceEnded
from fedcop.communities import access, relay
from fedcop.communities.copies import ledger
from fedcop.core.clock import now
from fedcop.core.database import atomic, rows
from fedcop.core.ids import new_id
from fedcop.core.jobs import enqueue, ordered
from fedcop.discussions.activities import mapping
from fedcop.discussions.activities.outgoing import Place, place_of, publish, telling_of
from fedcop.discussions.facts import AudienceChanged
from fedcop.discussions.models import ThreadActivity
from fedcop.federation.sending import audience, outbox


@ordered
async def publish_audience(fact: AudienceChanged) -> None:
    """Tell all servers that hold the post, or may from now on."""
    place = await place_of(fact.post_id)
    if place is None or place.post.deleted_at is not None or place.post.removed_at is not None:
        return
    ours = place.community is not None and place.community.actor.local
    if fact.before == access.PUBLIC != place.post.audience and place.community is not None and ours:
        await relay.take_back_share(place.community, fact.post_id, fact.undo_id)
        shared = ThreadActivity.filter(post_id=fact.post_id, kind__in=["Create", "Update"], id__lt=fact.activity_id)
        await shared.exclude(share_id=None).delete()
    if not place.post.local or (place.post.audience == access.ONLY_ME and not ours):
        return
    if place.post.audience != access.ONLY_ME:
        await _tell_readers(fact, place)
    for holder in await ledger.somebody_at_holders(fact.post_id):
        if not await access.host_may_have(holder.host, place.post):
            await _withdraw(place, holder, fact.withdrawal_id, place.post.audience_at or now())


async def _tell_readers(fact: AudienceChanged, place: Place) -> None:
    telling = await telling_of(place)
    document = mapping.to_object(telling)
    activity = mapping.activity(
        "Update",
        fact.activity_id,
        place.author,
        object=document,
        to=document["to"],
        cc=document["cc"],
        group=place.group,
        published=place.post.audience_at,
    )
    wider = access.reach(fact.after) > access.reach(fact.before)
    form = relay.ROOT if place.post.depth == 0 else relay.REPLY if wider else relay.CHANGE
    await publish(place, activity, actor=place.author, form=form, direct=telling.named)


async def _withdraw(place: Place, holder: Actor, activity_id: int, moment: datetime) -> None:
    """Take a post from one server. Not kept for the history of the thread: for its readers, it is there."""
    gone = mapping.withdrawn(await telling_of(place))
    activity = mapping.activity(
        "Delete",
        activity_id,
        place.author,
        object=gone,
        to=place.to,
        group=place.group,
        published=moment,
    )
    await outbox.publish(activity, actor=place.author, inboxes=audience.inboxes_of([holder]), post_id=place.post.id)


async def after_alliance(fact: AllianceEnded) -> None:
    """What our people shared with allies is asked back from an organisation that is none any more."""
    held = await rows(
        "SELECT p.id FROM held_copy h JOIN post p ON p.id = h.post_id WHERE h.host = ? AND h.confirmed_at IS NULL"
        " AND p.local AND p.audience = 'allies' AND p.deleted_at IS NULL ORDER BY p.id",
        fact.host,
    )
    await _promise([int(row["id"]) for row in held], fact.host)


@atomic
async def _promise(post_ids: list[int], host: str) -> None:
    for post_id in post_ids:
        payload = {"post_id": post_id, "host": host, "activity_id": new_id()}
        await enqueue(withdraw_from, payload, unique=f"withdraw:{post_id}:{host}")


async def withdraw_from(post_id: int, host: str, activity_id: int) -> None:
    """Take one post from one server (a job), unless that server may have it after all."""
    place = await place_of(post_id)
    if place is None or place.post.deleted_at is not None or await access.host_may_have(host, place.post):
        return
    for holder in await ledger.somebody_at_holders(post_id):
        if holder.host == host:
            await _withdraw(place, holder, activity_id, now())

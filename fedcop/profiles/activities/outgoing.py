"""Tells followers elsewhere which tags a profile shows now: a reaction, run in the order of the profile; and gives the list to who asks."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.core.jobs import ordered
from fedcop.federation.documents.serving import Asking, Collected, Item, Listing, listed
from fedcop.federation.sending import outbox
from fedcop.federation.sending.audience import inboxes_of
from fedcop.people import queries as people
from fedcop.profiles import queries
from fedcop.profiles.activities.documents import to_change, to_hashtag
from fedcop.profiles.facts import TagShown


@ordered
async def publish_tag(fact: TagShown) -> None:
    """Send the tag that is shown now, or no longer."""
    actor = await actors.by_id(fact.actor_id)
    if actor is None or not actor.local or actor.gone_at is not None:
        return
    activity = to_change(fact.activity_id, actor, fact.tag, shown=fact.shown)
    await outbox.publish(activity, actor=actor, inboxes=inboxes_of(await people.follower_actors(actor)))


async def give_tags(asking: Asking) -> Collected | None:
    """Give the tags on a profile."""
    actor = await actors.local_by_name(asking.path["name"], "Person")
    if actor is None or actor.gone_at is not None or actor.suspended_at is not None:
        return None
    items: list[Item] = [to_hashtag(actor, one.tag) for one in await queries.tags_of(actor)]
    return Collected(listed(items), total=len(items), ordered=False)


SERVES = {"/u/{name}/tags": Listing(give_tags)}

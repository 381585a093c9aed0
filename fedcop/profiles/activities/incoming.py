"""Tags on profiles of people elsewhere: read where they live when somebody here follows them, and as they change."""

from __future__ import annotations

from activitypub.client.fetch import Budget
from activitypub.errors import ActivityPubError
from activitypub.vocab import Hashtag
from fedcop.actors import queries as actors
from fedcop.actors.facts import ActorChanged
from fedcop.core.facts import concerning
from fedcop.core.jobs import enqueue
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Verdict
from fedcop.people.facts import FollowAccepted
from fedcop.people.models import Follow
from fedcop.profiles import service
from fedcop.profiles.models import MOST_TAGS


@concerning(lambda fact: not fact.local and not fact.met and fact.kind != "Group")
async def look_at_changed(fact: ActorChanged) -> None:
    """Have the tags of somebody elsewhere read again whom one of ours follows (reaction)."""
    await _ask_for(fact.actor_id)


@concerning(lambda fact: fact.follower_local is not False and not fact.target_local and fact.target_kind != "Group")
async def look_at_followed(fact: FollowAccepted) -> None:
    """Have the tags of somebody elsewhere read whom one of ours follows now (reaction)."""
    await _ask_for(fact.target_id)


async def _ask_for(actor_id: int) -> None:
    actor = await actors.by_id(actor_id)
    if actor is None or actor.local or actor.kind == "Group" or actor.gone_at is not None:
        return
    if await Follow.filter(target_id=actor.id, follower__local=True, state="accepted").exists():
        await enqueue(read_tags, {"actor_id": actor.id}, unique=f"tags:{actor.id}")


async def read_tags(actor_id: int) -> None:
    """Job: take over the tags of somebody elsewhere as their server lists them; where it does not, what is known stays."""
    actor = await actors.by_id(actor_id)
    if actor is None or actor.local or actor.gone_at is not None:
        return
    if not actor.featured_tags_uri:
        await service.record_tags(actor, ())
        return
    try:
        budget = Budget(requests=3, seconds=20)
        items = await resolver.collection(actor.featured_tags_uri, budget=budget, max_items=MOST_TAGS * 2)
    except (ActivityPubError, Verdict):
        return
    named = [item.get("name") for item in items if isinstance(item, dict) and item.get("type") == "Hashtag"]
    await service.record_tags(actor, [name for name in named if isinstance(name, str)])


async def receive_shown(inbound: Inbound) -> Outcome:
    """Add of a tag to one's own featured things."""
    return await _change(inbound, shown=True)


async def receive_hidden(inbound: Inbound) -> Outcome:
    """Remove of a tag from one's own featured things."""
    return await _change(inbound, shown=False)


async def _change(inbound: Inbound, *, shown: bool) -> Outcome:
    tag = inbound.object
    if not inbound.actor.featured_uri or inbound.activity.target_id != inbound.actor.featured_uri:
        raise Ignore("nobody here knows this collection")
    if inbound.actor.kind == "Group" or not isinstance(tag, Hashtag) or not isinstance(tag.name, str):
        raise Ignore("only tags of people are kept")
    await service.record_tag(inbound.actor, tag.name, shown=shown)
    return Outcome.DONE

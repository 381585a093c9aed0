"""What a community's server says of a post that its moderators read first: it waits, or is refused. Yes is said by announcing it."""

from __future__ import annotations

from activitypub.vocab import Activity
from fedcop.accounts.letters import speaking
from fedcop.communities import queries as communities
from fedcop.communities.activities.joining import words_of
from fedcop.core import addresses
from fedcop.core.i18n import N_, _
from fedcop.core.jobs import ordered
from fedcop.discussions import queries, service
from fedcop.discussions.activities.outgoing import place_of
from fedcop.discussions.facts import PostRefused, PostWaits
from fedcop.discussions.models import Post, ThreadActivity
from fedcop.federation.inbound import Ignore, Inbound, Outcome
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox

WAITS = N_("A moderator reads it before others do.")


@ordered
async def publish_held(fact: PostWaits) -> None:
    """Tell the author's fedcop that a post waits, and why."""
    await _say("TentativeAccept", fact, "held")


@ordered
async def publish_refused(fact: PostRefused) -> None:
    """Tell the author's fedcop that a post was not accepted, and why."""
    await _say("Reject", fact, "refused")


async def _say(kind: str, fact: PostWaits | PostRefused, state: str) -> None:
    place = await place_of(fact.post_id)
    if place is None or place.community is None or not place.community.actor.local or place.author.local:
        return
    post, group, author = place.post, place.community.actor, place.author
    asked = await ThreadActivity.filter(post_id=post.id, kind="Create").order_by("id").first()
    inbox = audience.inbox_of(author)
    if post.state != state or asked is None or inbox is None:
        return
    await servers.manner_of(author.host)
    if await servers.software_of(author.host) != "fedcop":
        return  # others do not know the answer, and show an error or nothing
    with speaking(place.community.language):
        said = post.state_reason if state == "refused" else _(post.state_reason or WAITS)
    activity = {
        "id": addresses.activity_uri(fact.activity_id),
        "type": kind,
        "actor": group.uri,
        "to": [author.uri],
        "object": {"id": asked.uri, "type": "Create", "actor": author.uri, "object": post.uri},
        **({"summary": said, "content": said} if said else {}),
    }
    await outbox.publish(activity, actor=group, inboxes=[inbox], about=f"{kind} of a post")


async def receive_held(inbound: Inbound) -> Outcome:
    """A post of ours waits for the moderators of a community elsewhere."""
    await service.record_held(await _asked(inbound), words_of(inbound.activity))
    return Outcome.DONE


async def receive_refused(inbound: Inbound) -> Outcome:
    """The moderators of a community elsewhere do not accept a post of ours."""
    await service.record_refused(await _asked(inbound), words_of(inbound.activity))
    return Outcome.DONE


async def _asked(inbound: Inbound) -> Post:
    """Find the post of ours; only the community that it is for may answer."""
    asked = inbound.object
    post = await queries.by_uri(asked.object_id or "") if isinstance(asked, Activity) else None
    community = await communities.by_id(post.community_id) if post is not None and post.community_id else None
    if post is None or not post.local or community is None or community.actor_id != inbound.actor.id:
        raise Ignore("no post of ours waits in this community")
    return post

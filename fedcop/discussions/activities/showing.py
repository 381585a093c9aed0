"""A community that shows a thread of another one, on the wire: the group's Announce of its id, and the Undo of it.

Microblogs show it as a share; fedcops keep that the thread, which lives where its `audience` says, is shown there too. Forums
would take the thread for one of the community's own: they get nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from activitypub.uris import same_origin
from activitypub.vocab import Object
from fedcop.actors.models import Actor
from fedcop.communities import access, relay, remote
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core import addresses
from fedcop.core.jobs import ordered
from fedcop.discussions import queries
from fedcop.discussions.facts import ThreadShown, ThreadUnshown
from fedcop.discussions.models import Post, Showing
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Inbound
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox


@ordered
async def publish_shown(fact: ThreadShown) -> None:
    """Announce the thread to those who follow the community that shows it."""
    root, community = await queries.by_id(fact.post_id), await communities.by_id(fact.community_id)
    showing = await Showing.get_or_none(id=fact.showing_id)
    if root is None or community is None or showing is None or root.audience != access.PUBLIC:
        return
    announce = _announce(community, root, showing.id, showing.shown_at)
    await outbox.publish(
        announce, actor=community.actor, inboxes=await _inboxes(community), post_id=root.id, about=_about(community)
    )


@ordered
async def publish_unshown(fact: ThreadUnshown) -> None:
    """Take that back."""
    root, community = await queries.by_id(fact.post_id), await communities.by_id(fact.community_id)
    if root is None or community is None or not community.actor.local:
        return
    announce = _announce(community, root, fact.showing_id, fact.shown_at)
    undo = {
        "id": addresses.activity_uri(fact.activity_id),
        "type": "Undo",
        "actor": community.actor.uri,
        "to": announce["to"],
        "cc": announce["cc"],
        "object": announce,
    }
    await outbox.publish(undo, actor=community.actor, inboxes=await _inboxes(community), about=_about(community))


def _about(community: Community) -> str:
    return f"a thread shown in {community.actor.name}"


def _announce(community: Community, root: Post, number: int, shown_at: datetime) -> dict[str, Any]:
    head = relay.announce_head(community.actor, number, public=True, published=shown_at)
    del head["@context"]
    return head | {"object": root.uri}


async def _inboxes(community: Community) -> set[str]:
    by_host = audience.by_host(audience.inboxes_of(await communities.recipients(community)))
    met = await servers.met(by_host)
    return {
        inbox
        for host, inboxes in by_host.items()
        for inbox in inboxes
        if servers.manner(met[host]) != "thread" or met[host].software == "fedcop"
    }


async def home_elsewhere(inbound: Inbound, thing: Object) -> bool:
    """Whether a thread that a community announces lives in another public one of the same server, which we know now."""
    group = inbound.actor
    homes = [uri for uri in thing.audience if uri != group.uri and same_origin(uri, group.uri)]
    if len(homes) != 1 or group.uri in thing.audience or thing.in_reply_to:
        return False
    home: Actor = await resolver.actor(homes[0], budget=inbound.budget)
    if home.kind != "Group":
        return False
    return (await remote.community_of(home, budget=inbound.budget)).visibility == access.PUBLIC

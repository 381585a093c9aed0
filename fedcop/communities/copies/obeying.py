"""A community of another server asks us to erase what we hold of it. Only the group itself may, and only what is its own.

The rows are erased by who owns them: see discussions/forgetting.py. Then our server's own actor answers, signed.
"""

from __future__ import annotations

from typing import Any

from fedcop.actors import service as actor_service
from fedcop.communities import access, queries
from fedcop.communities.copies.asking import copies_uri
from fedcop.communities.copies.facts import ErasureAsked
from fedcop.communities.models import Community, Membership, ModerationAct, ThreadActivity
from fedcop.core import addresses
from fedcop.core.database import atomic
from fedcop.core.facts import record
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse, TryAgain
from fedcop.federation.models import InboxItem
from fedcop.federation.sending import outbox
from fedcop.federation.sending.audience import inboxes_of
from fedcop.notifications import service as notifications


def is_about_copies(inbound: Inbound) -> bool:
    """Tell whether a Remove is such a request: its target is the `copies` of whoever sends it."""
    return (inbound.activity.target_id or "").endswith("/copies")


async def receive_request(inbound: Inbound) -> Outcome:
    """Promise to erase, if it is the group that asks, about its own, and nobody here belongs to it any more."""
    group = inbound.actor
    if group.kind != "Group" or inbound.via is not None or inbound.signer.id != group.id:
        raise Refuse("only the group itself asks to erase what it said")
    if inbound.activity.target_id != copies_uri(group.uri) or inbound.object_id != addresses.instance_actor_uri():
        raise Refuse("a group asks for its own things, and each server for itself")
    community = await queries.by_actor(group)
    if community is None:
        raise Ignore("nothing is held of this community")
    if community.visibility == access.PUBLIC:
        raise Ignore("what everybody may read is not erased in this way")
    await _must_have_left(inbound, community)
    await _promise(community, inbound.id)
    return Outcome.DONE


async def _must_have_left(inbound: Inbound, community: Community) -> None:
    asked = inbound.activity.published or inbound.received_at
    for one in await Membership.filter(community_id=community.id, actor__local=True, state="active"):
        if (one.decided_at or one.created_at) >= asked:
            raise Ignore("somebody here belongs to it again")
        raise TryAgain("somebody here belongs to it, as far as we know")


@atomic
async def _promise(community: Community, uri: str) -> None:
    await record(ErasureAsked(community_id=community.id, uri=uri))


@atomic
async def erase_rest(community: Community) -> None:
    """Erase what we hold of a community besides its posts: who belongs, what moderators did, what came in as it came."""
    await ThreadActivity.filter(community_id=community.id).delete()
    await ModerationAct.filter(community_id=community.id).delete()
    await Membership.filter(community_id=community.id, actor__local=False).delete()
    await notifications.forget_all_of_community(community.id)
    # The ids stay, so that an old request is not done again.
    await InboxItem.filter(actor_uri=community.actor.uri).exclude(outcome="waiting").update(body=b"")
    community.backfilled_at = community.moderators_fetched_at = None
    await community.save(update_fields=["backfilled_at", "moderators_fetched_at"])


async def confirm(community: Community, fact: ErasureAsked) -> None:
    """Answer that it is gone, signed by our server's own actor."""
    actor = await actor_service.instance_actor()
    await _confirm(community, actor.uri, copies_uri(community.actor.uri), fact.uri, fact.activity_id)


async def confirm_thread(community: Community, root_uri: str, asked_uri: str, answer_id: int) -> None:
    """Answer so of one thread of which we had to let go."""
    await _confirm(community, root_uri, community.actor.uri, asked_uri, answer_id)


async def _confirm(community: Community, removed: str, target: str, asked_uri: str, answer_id: int) -> None:
    actor, group = await actor_service.instance_actor(), community.actor
    asked: dict[str, Any] = {
        "id": asked_uri,
        "type": "Remove",
        "actor": group.uri,
        "object": removed,
        "target": target,
    }
    answer = {
        "id": addresses.activity_uri(answer_id),
        "type": "Accept",
        "actor": actor.uri,
        "to": [group.uri],
        "object": asked,
    }
    await outbox.publish(answer, actor=actor, inboxes=inboxes_of([group]))

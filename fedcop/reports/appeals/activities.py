"""Appeals on the wire: a `Flag` with `fc:appeal` to the community alone, answered by `Accept` (changed) or `Reject` (upheld).

Whose software knows no appeals reads a report about the person's own post or about themselves, which is what it is.
"""

from __future__ import annotations

from activitypub.vocab import Reject, ids_of
from fedcop.actors import queries as actors
from fedcop.communities import queries as communities
from fedcop.communities.activities.joining import words_of
from fedcop.core import addresses
from fedcop.core.jobs import ordered
from fedcop.discussions.models import Post
from fedcop.federation import known
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox
from fedcop.reports.activities import incoming as reports
from fedcop.reports.activities import mapping
from fedcop.reports.appeals import decisions, service
from fedcop.reports.appeals.facts import AppealDecided, AppealMade
from fedcop.reports.appeals.models import Appeal

NOTHING = "no decision about the actor waits for an appeal"


@ordered
async def publish_appeal(fact: AppealMade) -> None:
    """Bring an appeal of one of ours to the community's server."""
    appeal = await Appeal.filter(id=fact.appeal_id).select_related("actor").first()
    community = await communities.by_id(appeal.community_id) if appeal is not None else None
    if appeal is None or community is None or community.actor.local or not appeal.actor.local:
        return
    inbox = audience.inbox_of(community.actor)
    post = await Post.get_or_none(id=appeal.post_id) if appeal.post_id is not None else None
    if inbox is None:
        return
    about = post.uri if post is not None else appeal.actor.uri
    flag = mapping.to_community(appeal.uri, appeal.actor.uri, community.actor.uri, about, appeal.text)
    await known.remember(appeal.uri, "flag", appeal.id, appeal.actor.uri)
    await outbox.publish(
        flag | {"fc:appeal": appeal.kind}, actor=appeal.actor, inboxes=[inbox], about=f"Appeal by {appeal.actor.name}"
    )


async def receive_flag(inbound: Inbound) -> Outcome:
    """Somebody elsewhere appeals a decision of a community of ours about themselves; or reports something."""
    if "fc:appeal" not in inbound.activity.extra:
        return await reports.receive_flag(inbound)
    if inbound.via is not None:
        raise Refuse("an appeal is nothing to announce")
    community = await communities.by_uri(next(iter(ids_of(inbound.activity.to)), ""))
    if community is None or not community.actor.local:
        raise Ignore(NOTHING)
    kind = str(inbound.activity.extra["fc:appeal"])
    meant = await decisions.one(inbound.actor, community, kind, inbound.object_id or "")
    text = words_of(inbound.activity)
    if meant is None or not text:
        raise Ignore(NOTHING)
    await service.record_appeal(inbound.actor, meant, text=text, uri=inbound.id)
    return Outcome.DONE


@ordered
async def publish_decision(fact: AppealDecided) -> None:
    """Tell the fedcop of somebody elsewhere what became of their appeal, in the community's name."""
    appeal = await Appeal.filter(id=fact.appeal_id).select_related("actor").first()
    community = await communities.by_id(appeal.community_id) if appeal is not None else None
    if appeal is None or community is None or not community.actor.local or appeal.actor.local:
        return
    inbox = audience.inbox_of(appeal.actor)
    await servers.manner_of(appeal.actor.host)
    if inbox is None or await servers.software_of(appeal.actor.host) != "fedcop":
        return
    kind, group = "Accept" if appeal.state == service.CHANGED else "Reject", community.actor
    uri = addresses.activity_uri(fact.activity_id)
    told = mapping.answer(kind, uri, group.uri, to=appeal.actor.uri, flag=appeal.uri, sentence=appeal.sentence)
    await outbox.publish(told, actor=group, inboxes=[inbox], about="an answer to an appeal")


async def receive_answer(inbound: Inbound) -> Outcome:
    """A community elsewhere says what became of an appeal of one of ours, or of a report."""
    appeal = await Appeal.get_or_none(uri=inbound.object_id or "")
    if appeal is None:
        return await reports.receive_answer(inbound)
    community, person = await communities.by_id(appeal.community_id), await actors.by_id(appeal.actor_id)
    if community is None or person is None or not person.local or community.actor_id != inbound.actor.id:
        raise Refuse("only the community that was asked answers this appeal")
    changed = not isinstance(inbound.activity, Reject)
    await service.record_decision(appeal, changed=changed, sentence=words_of(inbound.activity))
    return Outcome.DONE

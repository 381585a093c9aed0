"""Reports from elsewhere and the answers to ours. Whatever the reporter may not see is answered like what is not there."""

from __future__ import annotations

from activitypub.vocab import Reject, ids_of
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.activities.joining import words_of
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict
from fedcop.discussions import queries as discussions
from fedcop.discussions.models import Post
from fedcop.federation import known
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.reports import rules, service
from fedcop.reports.models import Report

MAX_OBJECTS = 20


async def receive_flag(inbound: Inbound) -> Outcome:
    """A report: one id (Lemmy, PieFed, fedcop) or the person and what they wrote (Mastodon, NodeBB)."""
    if inbound.via is not None:
        raise Refuse("a report is nothing to announce")
    post, target = await _about(inbound)
    community = await _place(inbound, post)
    if community is not None and not community.actor.local:
        about = await _for_moderators_here(inbound, target, post, community)
    else:
        about = await _for_us(inbound, target, post, community)
    made = await service.record_report(about, uri=inbound.id, comment=words_of(inbound.activity))
    await known.remember(inbound.id, "flag", made.id, owner_uri=inbound.actor.uri)
    return Outcome.DONE


async def _about(inbound: Inbound) -> tuple[Post | None, Actor]:
    """Find what is reported among the ids: the first post that is known, else the first person."""
    uris = ids_of(inbound.activity.objects)[:MAX_OBJECTS]
    for uri in uris:
        post = await discussions.by_uri(uri)
        if post is not None and post.state == "visible":
            target = await actors.by_id(post.author_id)
            if target is not None:
                return post, target
    for uri in uris:
        person = await actors.by_uri(uri)
        if person is not None and person.kind != "Group":
            return None, person
    raise Ignore("what is reported is not known here")


async def _place(inbound: Inbound, post: Post | None) -> Community | None:
    """Find the community of the post, or the one that the report is addressed to."""
    if post is not None:
        return await communities.by_id(post.community_id) if post.community_id is not None else None
    for uri in _addressed(inbound):
        found = await communities.by_uri(uri)
        if found is not None:
            return found
    return None


def _addressed(inbound: Inbound) -> list[str]:
    activity = inbound.activity
    return list(dict.fromkeys((*ids_of(activity.to), *ids_of(activity.cc), *ids_of(activity.audience))))[:MAX_OBJECTS]


async def _for_moderators_here(
    inbound: Inbound, target: Actor, post: Post | None, community: Community
) -> service.About:
    """A community elsewhere shows a report to its moderators here: by its own server's hand only."""
    if inbound.signer.host != community.actor.host:
        raise Ignore("what is reported is not known here")
    judges = await rules.deciders(community, target.id)
    if not any(one.local for one in judges):
        raise Ignore("nobody here decides reports of this community")
    return service.About(inbound.actor, target, post, community, rules.COMMUNITY)


async def _for_us(inbound: Inbound, target: Actor, post: Post | None, community: Community | None) -> service.About:
    """Something of ours is reported: to the community that is addressed, else to the moderators of this instance."""
    absent = Ignore("what is reported is not known here")
    if post is not None and not await access.may_see(inbound.actor, post):
        raise absent
    if community is None:
        if not target.local:
            raise absent
        return service.About(inbound.actor, target, post, None, rules.ORGANISATION)
    if post is None and not await access.may_read(inbound.actor, community):
        raise absent
    chosen = community.actor.uri in _addressed(inbound) and await rules.can_judge(community, target.id)
    recipient = rules.COMMUNITY if chosen else rules.ORGANISATION
    return service.About(inbound.actor, target, post, community if chosen else None, recipient)


async def receive_answer(inbound: Inbound) -> Outcome:
    """Accept, Reject (NodeBB) or Resolve (Lemmy) of a report: by a moderator elsewhere for us, or by the community's own server."""
    report = await _report(inbound.object_id or "")
    community = await communities.by_id(report.community_id) if report.community_id is not None else None
    if report.recipient != rules.COMMUNITY or community is None:
        raise Ignore("only we answer this report")
    acted, sentence = not isinstance(inbound.activity, Reject), words_of(inbound.activity)
    if community.actor.local:
        try:
            await service.decide(inbound.actor, report, acted=acted, sentence=sentence)
        except Conflict as late:
            raise Ignore(late.text) from late
        return Outcome.DONE
    group = community.actor
    if inbound.actor.host != group.host and (inbound.via is None or inbound.via.id != group.id):
        raise Refuse("only the community's own server answers this report")
    said = inbound.activity.extra.get("fc:decidedBy")
    by = await actors.by_uri(said) if isinstance(said, str) else None
    await service.record_decision(report, acted=acted, sentence=sentence, by=by)
    return Outcome.DONE


async def _report(uri: str) -> Report:
    found = await Report.get_or_none(uri=uri)
    meant = await known.look_up(uri) if found is None else None
    if meant is not None and meant.kind == "flag" and meant.ref_id is not None:
        found = await Report.get_or_none(id=meant.ref_id)
    if found is None:
        raise Ignore("no such report is known")
    return found

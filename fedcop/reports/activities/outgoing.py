"""One publish_… per fact of reports: who gets to know of a report, and of what was decided. Jobs; a job run twice sends the same.

A report goes where the reporter chose and nowhere else; no group ever announces it.
"""

from __future__ import annotations

import orjson

from fedcop.actors.models import Actor
from fedcop.actors.service import instance_actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.communities.privacy import keeps_private
from fedcop.core import addresses
from fedcop.core.jobs import ordered
from fedcop.discussions.models import Post
from fedcop.federation import known
from fedcop.federation.models import InboxItem, Server
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox
from fedcop.reports import rules
from fedcop.reports.activities import mapping
from fedcop.reports.facts import ReportDecided, Reported, ReportFact, ReportPassedOn
from fedcop.reports.models import Report


async def _load(fact: ReportFact) -> tuple[Report, Community | None, str | None] | None:
    """Give a report, its community and the id of its post."""
    report = await Report.filter(id=fact.report_id).select_related("reporter", "target", "decided_by").first()
    if report is None:
        return None
    community = await communities.by_id(report.community_id) if report.community_id is not None else None
    post = await Post.get_or_none(id=report.post_id) if report.post_id is not None else None
    return report, community, post.uri if post is not None else None


@ordered
async def publish_report(fact: Reported) -> None:
    """Bring a report to the community's server; of a community of ours, to its moderators on other servers."""
    loaded = await _load(fact)
    if loaded is None:
        return
    report, community, post = loaded
    if report.recipient != rules.COMMUNITY or community is None:
        return
    if community.actor.local:
        await _carry(report, community, post or report.target.uri, fact.activity_id)
        return
    inbox = audience.inbox_of(community.actor)
    if not report.reporter.local or inbox is None:
        return
    await known.remember(report.uri, "flag", report.id, report.reporter.uri)
    if await servers.manner_of(community.actor.host) == "thread":
        by = report.reporter
        flag = mapping.to_community(report.uri, by.uri, community.actor.uri, post or report.target.uri, report.comment)
    else:
        by = await instance_actor()
        flag = mapping.to_server(report.uri, by.uri, report.target.uri, post, report.comment)
    await outbox.publish(flag, actor=by, inboxes=[inbox], about="a report")


async def _carry(report: Report, community: Community, about: str, activity_id: int) -> None:
    """Show a report to moderators elsewhere: in the reporter's own signed bytes, or, where these prove nothing, in the group's words."""
    group = community.actor
    inboxes = await _moderators_elsewhere(report, community)
    if not inboxes:
        return
    uri, body = report.uri, None
    if not report.reporter.local:
        item = await InboxItem.get_or_none(uri=report.uri)
        body = bytes(item.body) if item is not None and "proof" in orjson.loads(bytes(item.body)) else None
        uri = report.uri if body is not None else addresses.activity_uri(activity_id)
    await known.remember(uri, "flag", report.id, report.reporter.uri)
    await Report.filter(id=report.id).update(carried_uri=uri)
    if body is not None:
        await outbox.publish_raw(body, sender=group, uri=uri, inboxes=inboxes, about="a report")
        return
    by = report.reporter if report.reporter.local else group
    flag = mapping.to_community(uri, by.uri, group.uri, about, report.comment)
    await outbox.publish(flag, actor=by, inboxes=inboxes, about="a report")


async def _moderators_elsewhere(report: Report, community: Community) -> set[str]:
    """Give the inboxes of other fedcops on which somebody decides reports of a community; the reporter's has it already."""
    found = set()
    for person in await rules.deciders(community, report.target_id):
        inbox = audience.inbox_of(person)
        if inbox is not None and person.host != report.reporter.host:
            await servers.manner_of(person.host)
            if await servers.software_of(person.host) == "fedcop":
                found.add(inbox)
    return found


@ordered
async def publish_passed_on(fact: ReportPassedOn) -> None:
    """Tell the reported person's server, in the name of this one."""
    loaded = await _load(fact)
    if loaded is None:
        return
    report, _community, post = loaded
    inbox, by = audience.inbox_of(report.target), await instance_actor()
    if inbox is not None:
        flag = mapping.to_server(
            addresses.activity_uri(fact.activity_id), by.uri, report.target.uri, post, report.comment
        )
        await outbox.publish(flag, actor=by, inboxes=[inbox], about="a report")


@ordered
async def publish_decision(fact: ReportDecided) -> None:
    """Say what was decided: to the reporter's server, and to moderators elsewhere; or, of a community elsewhere, to its server."""
    loaded = await _load(fact)
    if loaded is None:
        return
    report, community, post = loaded
    kind = "Accept" if fact.acted else "Reject"
    uri, by = addresses.activity_uri(fact.activity_id), report.decided_by
    if report.recipient == rules.COMMUNITY and community is not None and not community.actor.local:
        inbox = audience.inbox_of(community.actor)
        if fact.by_id is not None and by is not None and by.local and inbox is not None:
            group = community.actor.uri
            told = mapping.answer(kind, uri, by.uri, to=group, flag=report.uri, sentence=report.sentence)
            await outbox.publish(told, actor=by, inboxes=[inbox], about="an answer to a report")
        return
    await _answer_reporter(report, community, kind, uri, post)
    if report.carried_uri and community is not None:
        speaker = community.actor
        told = mapping.answer(
            kind,
            addresses.activity_uri(fact.told_id),
            speaker.uri,
            to=speaker.uri,
            flag=report.carried_uri,
            sentence=report.sentence,
            decided_by=by.uri if by is not None else "",
        )
        inboxes = await _moderators_elsewhere(report, community)
        await outbox.publish(told, actor=speaker, inboxes=inboxes, about="an answer to a report")


async def _answer_reporter(report: Report, community: Community | None, kind: str, uri: str, post: str | None) -> None:
    """Answer in the name of the community or of this server: the reporter is not told which person decided."""
    reporter, inbox = report.reporter, audience.inbox_of(report.reporter)
    if inbox is None or await servers.manner_of(reporter.host) != "thread":
        return
    if await servers.software_of(reporter.host) == "lemmy":
        await _resolve(report, community, uri, post, inbox)
        return
    to_community = report.recipient == rules.COMMUNITY and community is not None
    speaker: Actor = community.actor if to_community and community is not None else await instance_actor()
    told = mapping.answer(kind, uri, speaker.uri, to=reporter.uri, flag=report.uri, sentence=report.sentence)
    await outbox.publish(told, actor=speaker, inboxes=[inbox], about="an answer to a report")


async def _resolve(report: Report, community: Community | None, uri: str, post: str | None, inbox: str) -> None:
    """Lemmy, from 1.0, closes its copy at the word of a moderator and wants the report inside; before, it knows no answer."""
    row, by = await Server.get_or_none(host=report.reporter.host), report.decided_by
    if row is None or not keeps_private(row.software, row.version) or community is None or post is None:
        return
    if by is None or not by.local:
        return
    flag = mapping.to_community(report.uri, report.reporter.uri, community.actor.uri, post, report.comment)
    resolve = {
        "id": uri,
        "type": "Resolve",
        "actor": by.uri,
        "to": [community.actor.uri],
        "cc": [],
        "audience": community.actor.uri,
        "object": flag,
    }
    await outbox.publish(resolve, actor=by, inboxes=[inbox], about="an answer to a report")

"""Report something, decide about it, pass it on to the reported person's organisation. `record_…` writes down what others settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core import addresses, clock, retention
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound, TooMany
from fedcop.core.facts import record
from fedcop.core.feature import Period
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.discussions.models import Post
from fedcop.reports import rules
from fedcop.reports.facts import ReportDecided, Reported, ReportPassedOn
from fedcop.reports.models import Report

MAX_COMMENT = 2_000
PER_DAY = 20  # reports of one person
PER_HOST_AND_DAY = 200  # of all people of one other server
KEPT = Period("reports", N_("Reports, after their decision"), days=365, least=30)
ALREADY = N_("Somebody else has just decided about this report.")


@dataclass(frozen=True)
class About:
    """What a report is about and who is to see it."""

    reporter: Actor
    target: Actor
    post: Post | None
    community: Community | None
    recipient: str

    @property
    def key(self) -> str:
        """The same for the same report."""
        post = self.post.id if self.post is not None else 0
        community = self.community.id if self.community is not None else 0
        return f"{self.reporter.id}:{self.target.id}:{post}:{community}:{self.recipient}"


@atomic
async def report(
    reporter: Actor,
    target: Actor,
    *,
    comment: str,
    post: Post | None = None,
    community_id: int | None = None,
    pass_on: bool = False,
) -> Report:
    """Tell the responsible people of a community, or with None the moderators of this instance only."""
    if target.id == reporter.id:
        raise NotFound
    if not comment.strip():
        raise Invalid(errors={"comment": N_("Say in a sentence what is wrong.")})
    chosen = [one for one in await rules.places(reporter, target, post) if one.id == community_id]
    if community_id is not None and not chosen:
        raise Invalid(errors={"recipient": N_("Choose who should see it.")})
    place = chosen[0] if chosen else None
    about = About(reporter, target, post, place, rules.COMMUNITY if place is not None else rules.ORGANISATION)
    made = await _enter(about, addresses.activity_uri(new_id()), comment)
    if pass_on:
        await _pass_on(made, target)
    return made


@atomic
async def record_report(about: About, *, uri: str, comment: str) -> Report:
    """Somebody on another server reported something that is ours to look at, or a community elsewhere has us look at it."""
    return await _enter(about, uri, comment)


async def _enter(about: About, uri: str, comment: str) -> Report:
    known = await Report.get_or_none(unique_key=about.key) or await Report.get_or_none(uri=uri)
    if known is not None:
        return known
    await _keep_the_budget(about.reporter)
    made, is_new = await Report.get_or_create(
        unique_key=about.key,
        defaults={
            "uri": uri,
            "reporter_id": about.reporter.id,
            "target_id": about.target.id,
            "post_id": about.post.id if about.post is not None else None,
            "community_id": about.community.id if about.community is not None else None,
            "recipient": about.recipient,
            "comment": comment.strip()[:MAX_COMMENT],
            "created_at": clock.now(),
        },
    )
    if is_new:
        await record(Reported(report_id=made.id))
    return made


async def _keep_the_budget(reporter: Actor) -> None:
    lately = Report.filter(created_at__gt=clock.now() - timedelta(days=1))
    # An Application speaks for all people of its server.
    if reporter.kind == "Person" and await lately.filter(reporter_id=reporter.id).count() >= PER_DAY:
        raise TooMany(N_("You have sent many reports today. Write to the people in charge instead, or go on tomorrow."))
    if not reporter.local and await lately.filter(reporter__host=reporter.host).count() >= PER_HOST_AND_DAY:
        raise TooMany()


@atomic
async def pass_on(by: Actor, report_: Report) -> None:
    """Tell the reported person's own organisation, without the reporter's name."""
    await rules.may_decide(by, report_)
    await _pass_on(report_, await Actor.get(id=report_.target_id))


async def _pass_on(report_: Report, target: Actor) -> None:
    if target.local:
        return
    fresh = Report.filter(id=report_.id, passed_on_at=None)
    if await fresh.update(passed_on_at=clock.now()):
        await record(ReportPassedOn(report_id=report_.id))


@atomic
async def decide(by: Actor, report_: Report, *, acted: bool, sentence: str) -> None:
    """Say what became of a report; who comes second is told so, and changes nothing."""
    await rules.may_decide(by, report_)
    community = await communities.by_id(report_.community_id) if report_.community_id is not None else None
    elsewhere = report_.recipient == rules.COMMUNITY and community is not None and not community.actor.local
    state = rules.RESOLVED if acted else rules.DISMISSED
    if not await _settle(report_, state=rules.SENT if elsewhere else state, by=by, sentence=sentence):
        raise Conflict(ALREADY, "already-decided")
    await record(ReportDecided(report_id=report_.id, acted=acted, by_id=by.id))


async def _settle(
    report_: Report, *, state: str, by: Actor | None, sentence: str, before: tuple[str, ...] = (rules.OPEN,)
) -> bool:
    changed = await Report.filter(id=report_.id, state__in=before).update(
        state=state,
        decided_by_id=by.id if by is not None else None,
        decided_at=clock.now(),
        sentence=sentence.strip()[:MAX_COMMENT],
        # From now on the same may be reported again.
        unique_key=f"{report_.unique_key}:{report_.id}"[:160] if state != rules.SENT else report_.unique_key,
    )
    return bool(changed)


@atomic
async def record_decision(report_: Report, *, acted: bool, sentence: str, by: Actor | None) -> None:
    """The community's own server says what became of a report that we sent there or were shown."""
    state = rules.RESOLVED if acted else rules.DISMISSED
    if await _settle(report_, state=state, by=by, sentence=sentence, before=(rules.OPEN, rules.SENT)):
        await record(ReportDecided(report_id=report_.id, acted=acted, by_id=None))


async def prune() -> None:
    """Job: forget reports that were decided long ago."""
    await Report.filter(
        state__in=(rules.RESOLVED, rules.DISMISSED), decided_at__lt=await retention.border(KEPT)
    ).delete()

"""Appeal a decision, decide about an appeal. Who decided first never decides again; a changed decision is undone at once."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import records
from fedcop.communities.admission import returning
from fedcop.communities.models import Ban, Community
from fedcop.communities.records import log_act
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.reports.appeals import decisions, judges
from fedcop.reports.appeals.decisions import Decision
from fedcop.reports.appeals.facts import AppealDecided, AppealMade
from fedcop.reports.appeals.models import Appeal

MADE, UPHELD, CHANGED = "made", "upheld", "changed"
MAX_TEXT = 2_000


@atomic
async def make(person: Actor, key: str, text: str) -> Appeal:
    """Appeal a decision about oneself; there is one appeal for each."""
    meant = next((one for one in await decisions.about(person) if one.key == key), None)
    if meant is None:
        raise NotFound
    if not text.strip():
        raise Invalid(errors={"text": N_("Say in a sentence why the decision should be looked at again.")})
    if len(text.strip()) > MAX_TEXT:
        raise Invalid(errors={"text": N_("This text is too long: 2,000 characters at most.")})
    if await Appeal.exists(decision=key):
        raise Conflict(N_("You have appealed this decision already."), "appealed-already")
    return await _enter(person, meant, text, addresses.activity_uri(new_id()))


@atomic
async def record_appeal(person: Actor, meant: Decision, *, text: str, uri: str) -> Appeal:
    """Somebody on another server appeals a decision of a community of ours."""
    return await _enter(person, meant, text, uri)


async def _enter(person: Actor, meant: Decision, text: str, uri: str) -> Appeal:
    appeal, is_new = await Appeal.get_or_create(
        decision=meant.key,
        defaults={
            "uri": uri,
            "community_id": meant.community.id,
            "actor_id": person.id,
            "kind": meant.kind,
            "reason": meant.reason,
            "first_by_id": meant.by_id,
            "post_id": meant.post.id if meant.post is not None else None,
            "text": text.strip()[:MAX_TEXT],
            "created_at": clock.now(),
        },
    )
    if is_new:
        if meant.community.actor.local:
            await log_act(meant.community, None, "appeal", target=await _named(appeal, person))
        await record(AppealMade(appeal_id=appeal.id))
    return appeal


async def _named(appeal: Appeal, person: Actor) -> Actor | None:
    """Give whom the log names; nobody, where the appeal would tell whose post it is that bears no name."""
    nameless = appeal.post_id is not None and await Post.exists(id=appeal.post_id, anonymised_at__isnull=False)
    return None if nameless else person


@atomic
async def decide(by: Actor, appeal: Appeal, *, changed: bool, sentence: str) -> None:
    """Uphold a decision or change it, with a sentence; what is changed is undone with it."""
    await judges.may_decide(by, appeal)
    if not sentence.strip():
        raise Invalid(errors={"sentence": N_("Write a sentence: the person and the log show it.")})
    if not await _settle(appeal, changed=changed, sentence=sentence, by=by):
        raise Conflict(N_("Somebody else has just decided about this appeal."), "already-decided")
    community, person = await communities.by_id(appeal.community_id), await actors.by_id(appeal.actor_id)
    assert community is not None and person is not None, "an appeal goes with its community and its person"
    act = "appeal_changed" if changed else "appeal_upheld"
    await log_act(community, by, act, target=await _named(appeal, person), reason=sentence)
    if changed:
        await _undo(by, community, person, appeal, sentence)
    await record(AppealDecided(appeal_id=appeal.id))


async def _settle(appeal: Appeal, *, changed: bool, sentence: str, by: Actor | None) -> bool:
    settled = await Appeal.filter(id=appeal.id, state=MADE).update(
        state=CHANGED if changed else UPHELD,
        sentence=sentence.strip()[:MAX_TEXT],
        decided_by_id=by.id if by is not None else None,
        decided_at=clock.now(),
    )
    return bool(settled)


async def _undo(by: Actor, community: Community, person: Actor, appeal: Appeal, sentence: str) -> None:
    if appeal.kind == decisions.POST:
        post = await Post.get_or_none(id=appeal.post_id or 0)
        if post is not None:
            await discussions.restore(by, post, proven=True)
        return
    # Only the very sanction that was appealed: a later one stands.
    ban = await Ban.get_or_none(community_id=community.id, actor_id=person.id)
    if ban is not None and appeal.decision == f"ban:{ban.id}":
        await records.record_unban(community, person, by=by, reason=sentence)
    if await decisions.took_their_place(person.id, community.id, appeal.decision):
        await returning.bring_back(community, person)


@atomic
async def record_decision(appeal: Appeal, *, changed: bool, sentence: str) -> None:
    """The community's own server says what became of an appeal of one of ours; who is a member again asks it for their place."""
    if not await _settle(appeal, changed=changed, sentence=sentence, by=None):
        return
    community, person = await communities.by_id(appeal.community_id), await actors.by_id(appeal.actor_id)
    if changed and await decisions.took_their_place(appeal.actor_id, appeal.community_id, appeal.decision):
        assert community is not None and person is not None, "an appeal goes with its community and its person"
        await returning.ask_back(community, person)
    await record(AppealDecided(appeal_id=appeal.id))

"""Invitation links: make one, take it back, use it up. Whether one works, and for whom, is access.py's to say."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.expressions import F, Q

from fedcop.actors.models import Actor
from fedcop.communities import access, queries, rules
from fedcop.communities.admission.settled import MAX_WHY
from fedcop.communities.models import Community, InvitationLink, LinkOpening
from fedcop.communities.rules import Act
from fedcop.core import clock, retention
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.feature import Period
from fedcop.core.i18n import N_
from fedcop.core.ids import new_token, read_id

KNOWN, STRANGERS = "known", "strangers"
KINDS = {
    KNOWN: N_("For people we know: they come in at once"),
    STRANGERS: N_("For strangers: they ask, and somebody decides"),
}
MAX_USES = 1000
MAX_DAYS = 365
MAX_LINKS = 50  # that work at once, in one community
MAX_OPENINGS = 200  # servers to which one link is shown
KEPT = Period(
    "invitation_links",
    N_("Invitation links that are over, so that who made them sees what came of them"),
    days=90,
    least=7,
)


def checked_why(why: str, field: str = "why") -> str:
    """Give the sentence that goes with an invitation, on one line; raise Invalid if it is long."""
    why = " ".join(why.split())
    if len(why) > MAX_WHY:
        raise Invalid(errors={field: N_("This sentence is too long: 300 characters at most.")})
    return why


@atomic
async def make(by: Actor, community: Community, *, kind: str, why: str, uses: int, days: int) -> InvitationLink:
    """Make a link that people pass on."""
    await rules.may_invite(by, community)
    errors: dict[str, str] = {}
    try:
        why = checked_why(why)
    except Invalid as error:
        errors |= error.errors
    if kind not in KINDS:
        errors["kind"] = N_("Choose for whom the link is.")
    if not 1 <= uses <= MAX_USES:
        errors["uses"] = N_("Choose a number from 1 to 1000.")
    if not 1 <= days <= MAX_DAYS:
        errors["days"] = N_("Choose a number of days from 1 to 365.")
    if errors:
        raise Invalid(errors=errors)
    if await access.working_links(community).filter(letters=0).count() >= MAX_LINKS:
        raise Conflict(N_("There are 50 links already. Take one back first."), "too-many-links")
    now = clock.now()
    return await InvitationLink.create(
        community=community,
        by=by,
        code=new_token(),
        kind=kind,
        why=why,
        uses_left=uses,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )


async def by_id(community: Community, text: str) -> InvitationLink:
    """Find a link by what an address says, or raise NotFound."""
    found = await InvitationLink.filter(id=read_id(text) or 0, community_id=community.id).select_related("by").first()
    if found is None:
        raise NotFound
    return found


async def listed(community: Community) -> list[InvitationLink]:
    """List the links that people pass on, newest first; those that are over too, for a while."""
    found = InvitationLink.filter(community_id=community.id, letters=0, expires_at__gt=await retention.border(KEPT))
    return await found.select_related("by").order_by("-id").limit(2 * MAX_LINKS)


@atomic
async def revoke(by: Actor, community: Community, link: InvitationLink) -> None:
    """Take a link back: nobody comes by it any more. To whom a letter went is remembered until its day, so that none is sent instead."""
    await rules.may_act(by, community, Act.INVITE)
    if link.revoked_at is None:
        await InvitationLink.filter(id=link.id).update(revoked_at=clock.now())


async def end(link: InvitationLink) -> None:
    """Make a link do nothing any more, and forget whom it was written to (inside a transaction)."""
    await InvitationLink.filter(id=link.id).update(revoked_at=clock.now(), email="", name="")


async def spend(link: InvitationLink) -> None:
    """Use a link up by one, or raise Forbidden if others were faster (inside a transaction)."""
    used = InvitationLink.filter(id=link.id, uses_left__gt=0, revoked_at=None)
    if not await used.update(uses_left=F("uses_left") - 1, used=F("used") + 1):
        raise Forbidden(rules.DEAD_LINK, "dead-link")
    if link.letters:
        await InvitationLink.filter(id=link.id).update(email="", name="")


async def opened(name: str, code: str, by: Actor) -> tuple[Community, InvitationLink]:
    """Find a community of ours by a link that another server holds, and let that server know of it from now on."""
    community = await queries.visible_community(None, name, code=code)
    link = await access.link_of(community, code)
    if link is None or not community.actor.local:
        raise NotFound
    await _note_opening(link, by.host)
    return community, link


async def was_shown(community: Community, code: str, host: str) -> bool:
    """Tell whether a server has seen this link, dead or alive: it may hear that it is dead."""
    return await InvitationLink.filter(community_id=community.id, code=code, openings__host=host).exists()


@atomic
async def _note_opening(link: InvitationLink, host: str) -> None:
    if await LinkOpening.filter(link_id=link.id).count() < MAX_OPENINGS:
        await LinkOpening.get_or_create(link_id=link.id, host=host)


@atomic
async def record_found(
    community: Community, code: str, *, kind: str, why: str, by: Actor | None, expires_at: datetime
) -> None:
    """Remember a link of a community elsewhere that somebody here opened, as its own server tells of it."""
    told = {"kind": kind, "why": why[:MAX_WHY], "by": by, "expires_at": expires_at, "created_at": clock.now()}
    await InvitationLink.update_or_create(defaults=told, community=community, code=code)


@atomic
async def forget() -> None:
    """Job: erase the addresses of invitations that are over, and links that were over long ago."""
    now = clock.now()
    kept = InvitationLink.filter(Q(email__not="") | Q(name__not=""), expires_at__lte=now)
    await kept.update(email="", name="")
    await InvitationLink.filter(expires_at__lte=await retention.border(KEPT)).delete()

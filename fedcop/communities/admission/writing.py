"""Letters that invite people by e-mail: a link of their own that works once. Their addresses are kept no longer than that."""

from __future__ import annotations

from datetime import timedelta

from fedcop.accounts import instance
from fedcop.accounts.letters import Letter, address, speaking
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import access, rules
from fedcop.communities.admission import links
from fedcop.communities.admission.inviting import MOST_AGAIN, PAUSE, TOO_SOON
from fedcop.communities.models import Community, InvitationLink, Membership
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, TooMany
from fedcop.core.formats import format_date
from fedcop.core.i18n import N_, _, closest
from fedcop.core.ids import new_token
from fedcop.core.mail import post_mail
from fedcop.people import queries as people

PER_DAY = 100  # letters that one person has sent, in all communities
OF_NEWCOMERS = 10  # of somebody whom nobody here knows: where all may sign up, a stranger is not lent our name for more
NEW = timedelta(days=30)
LIFETIME = timedelta(days=30)
ENOUGH = N_("You have sent as many letters today as you may. Go on tomorrow.")


def letter(link: InvitationLink, community: Community, by: str) -> Letter:
    """Write an invitation; call it inside `speaking`."""
    title = community.actor.display_name or community.actor.name
    said = [
        _("Hello %(name)s,", name=link.name) if link.name else _("Hello,"),
        _("%(name)s invites you to the community %(community)s.", name=by, community=title),
    ]
    if community.purpose:
        said.append(community.purpose)
    if link.why:
        said.append(_("%(who)s: “%(text)s”", who=by, text=link.why))
    return Letter(
        _("%(name)s invites you to %(community)s", name=by, community=title),
        tuple(said),
        (_("Read the invitation"), addresses.absolute(f"/c/{community.actor.name}/i/{link.code}")),
        (
            _("The link is for you and works once, until %(date)s. Nothing starts until you accept.", date=format_date(link.expires_at)),
            _("Your address serves this invitation only: it is erased once you answer, or on that day. If you do not want it, open the link and say no, or do nothing."),
        ),
    )  # fmt: skip


async def room(by: Actor) -> int:
    """Tell how many letters somebody may still send today."""
    lately = InvitationLink.filter(by_id=by.id, letters__gt=0, written_at__gt=clock.now() - timedelta(days=1))
    most = min(PER_DAY, OF_NEWCOMERS) if await _is_stranger(by) else PER_DAY
    return max(most - await lately.count(), 0)


async def _is_stranger(by: Actor) -> bool:
    if (await instance.read()).registration != "open":
        return False
    return await Account.filter(actor_id=by.id, role="member", created_at__gt=clock.now() - NEW).exists()


async def pending(community: Community) -> list[InvitationLink]:
    """List the letters that nobody has answered yet, oldest first."""
    return await access.working_links(community).filter(letters__gt=0).select_related("by").order_by("id")


async def written(community: Community) -> list[InvitationLink]:
    """List the letters that wait for an answer and lead somewhere: who wrote them may still invite."""
    found = await access.working_links(community).exclude(email="").select_related("by")
    # Whether one writer's letters open the door is one question, however many they are.
    able = {by_id: await access.opens(one, community) for by_id, one in {one.by_id: one for one in found}.items()}
    return [one for one in found if able[one.by_id]]


async def resting(community: Community) -> set[str]:
    """Name the addresses that were written to and may not be again yet, though the letter was taken back."""
    return {one.email for one in await _taken_back(community) if _is_too_soon(one)}


async def _taken_back(community: Community) -> list[InvitationLink]:
    """Letters that were taken back: until the day that they name, it is remembered to whom they went."""
    kept = InvitationLink.filter(community_id=community.id, letters__gt=0, expires_at__gt=clock.now())
    return await kept.exclude(email="").exclude(revoked_at=None)


def _is_too_soon(link: InvitationLink) -> bool:
    written = link.written_at or link.created_at
    return link.letters > MOST_AGAIN or clock.now() - written < PAUSE


@atomic
async def write_to(
    by: Actor, community: Community, email: str, *, name: str = "", why: str = "", language: str = ""
) -> InvitationLink:
    """Invite the owner of an e-mail address; who was written to and may still come is not written to again."""
    await rules.may_invite(by, community)
    await rules.lock(community)
    known = await access.working_links(community).filter(email=email).select_related("by").first()
    if known is not None and await access.opens(known, community):
        return known
    if known is not None:  # of somebody who may not invite any more: it opens nothing
        await links.end(known)
    before = [one for one in await _taken_back(community) if one.email == email]
    if any(map(_is_too_soon, before)):
        raise Conflict(TOO_SOON, "too-soon")
    if not await room(by):
        raise TooMany(ENOUGH)
    for one in before:
        await links.end(one)
    now = clock.now()
    link = await InvitationLink.create(
        community=community,
        by=by,
        code=new_token(),
        kind=links.KNOWN,
        why=links.checked_why(why),
        created_at=now,
        expires_at=now + LIFETIME,
        email=email,
        name=name[:100],
        language=closest(language or community.language),
        letters=1 + max((one.letters for one in before), default=0),
        written_at=now,
    )
    await _send(link, community, by)
    return link


@atomic
async def write_again(by: Actor, community: Community, link: InvitationLink) -> None:
    """Send a letter again: twice at most, and not within three days."""
    await rules.may_invite(by, community)
    now = clock.now()
    if not link.email or link.written_at is None or link.revoked_at is not None or _is_too_soon(link):
        raise Conflict(TOO_SOON, "too-soon")
    if not await room(by):
        raise TooMany(ENOUGH)
    # It is who sends it again that invites now, in their own name.
    link.by_id, link.why = by.id, link.why if link.by_id == by.id else ""
    link.letters, link.written_at, link.expires_at = link.letters + 1, now, now + LIFETIME
    await link.save(update_fields=["by_id", "why", "letters", "written_at", "expires_at"])
    await _send(link, community, by)


async def _send(link: InvitationLink, community: Community, by: Actor) -> None:
    # Who is a member already, or wants to hear nothing of the writer, gets no letter. Nothing says so: an address would tell whose it is.
    account = await Account.filter(email=link.email).select_related("actor").first()
    if account is not None and await Membership.exists(community_id=community.id, actor_id=account.actor_id):
        return
    if account is not None and await people.blocks(account.actor, by):
        return
    with speaking(link.language):
        said = letter(link, community, by.display_name or by.name)
        await post_mail(await address(said, to=link.email, code=link.language))


@atomic
async def refuse(community: Community, code: str) -> None:
    """The owner of an address says no: it is erased, and the link does nothing any more."""
    link = await access.link_of(community, code)
    if link is not None and link.letters:
        await links.end(link)

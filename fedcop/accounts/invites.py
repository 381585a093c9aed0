"""Invitations to this instance: by link, with an expiry and a limit."""

from __future__ import annotations

from datetime import timedelta

from tortoise.expressions import F

from fedcop.accounts import instance, letters, rules
from fedcop.accounts.models import Account, Invite
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_token
from fedcop.core.mail import post_mail

MAX_USES = 1000
MAX_DAYS = 365
DEAD_INVITATION = N_("This invitation does not work any more. Ask for a new one.")


async def may_invite(by: Account) -> None:
    """Raise Forbidden unless this person may invite others to the instance."""
    rules.may_administer(by, (await instance.read()).invited_by)


@atomic
async def create(by: Account, *, email: str = "", uses: int = 1, days: int = 14) -> Invite:
    """Make an invitation; with an address, it is sent there and works once."""
    await may_invite(by)
    errors = {}
    if not 1 <= uses <= MAX_USES:
        errors["uses"] = N_("Choose a number from 1 to 1000.")
    if not 1 <= days <= MAX_DAYS:
        errors["days"] = N_("Choose a number of days from 1 to 365.")
    if email:
        try:
            email = rules.clean_email(email)
        except Invalid as error:
            errors.update(error.errors)
    if errors:
        raise Invalid(errors=errors)
    now = clock.now()
    invite = await Invite.create(
        creator_id=by.id,
        code=new_token(),
        email=email,
        created_at=now,
        expires_at=now + timedelta(days=days),
        uses_left=1 if email else uses,
    )
    if email:
        actor = await by.actor
        with letters.speaking((await instance.read()).language):
            letter = letters.invitation(invite.code, actor.display_name or actor.name, days)
            await post_mail(await letters.address(letter, to=email, code=(await instance.read()).language))
    return invite


async def valid(code: str) -> Invite:
    """Find an invitation that still works; raise NotFound with a text that fits."""
    invite = await Invite.get_or_none(code=code).select_related("creator__actor")
    if invite is None or invite.uses_left < 1 or (invite.expires_at and invite.expires_at <= clock.now()):
        raise NotFound(DEAD_INVITATION, "dead-invitation")
    await _must_be_meant(invite)
    return invite


async def _must_be_meant(invite: Invite) -> None:
    """An invitation is the word of who made it (loaded with it), and worth nothing once they may not invite any more."""
    try:
        if invite.creator is None:
            raise Forbidden
        await may_invite(invite.creator)
    except Forbidden:
        raise NotFound(DEAD_INVITATION, "dead-invitation") from None


@atomic
async def spend(invite_id: int) -> None:
    """Use an invitation up by one; raise NotFound if others were faster, or it is not meant any more."""
    invite = await Invite.get_or_none(id=invite_id).select_related("creator")
    if invite is not None:
        await _must_be_meant(invite)
    if not await Invite.filter(id=invite_id, uses_left__gt=0).update(uses_left=F("uses_left") - 1):
        raise NotFound(DEAD_INVITATION, "dead-invitation")


@atomic
async def revoke(by: Account, invite_id: int) -> None:
    """Take an invitation back: one's own, or anybody's for those in charge."""
    invite = await Invite.get_or_none(id=invite_id)
    if invite is None:
        raise NotFound(code="no-invitation")
    if invite.creator_id != by.id:
        rules.may_administer(by, "moderator")
    invite.uses_left = 0
    await invite.save(update_fields=["uses_left"])

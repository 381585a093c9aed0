"""Keeps what was changed of how somebody signs in, and writes to them of it, so that no change goes unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.accounts import letters
from fedcop.accounts.letters import Letter
from fedcop.accounts.models import Account
from fedcop.accounts.signin.facts import SignInChanged
from fedcop.accounts.signin.models import Authenticator, Identity, Passkey, SignInChange
from fedcop.core import addresses, clock, retention
from fedcop.core.database import atomic
from fedcop.core.facts import record
from fedcop.core.feature import Period
from fedcop.core.i18n import N_, _
from fedcop.core.mail import post_mail

KEPT = Period("sign_in", N_("What was changed of how somebody logs in"), days=365, least=30)
SHOWN = 10
SAID = {
    "codes-on": N_("Codes of an app switched on"),
    "codes-off": N_("Codes of an app switched off"),
    "codes-cleared": N_("Second step removed by those in charge"),
    "recovery-new": N_("New recovery codes made"),
    "recovery-used": N_("Recovery code used"),
    "passkey-added": N_("Passkey added"),
    "passkey-removed": N_("Passkey removed"),
    "identity-linked": N_("Linked with another provider"),
    "identity-unlinked": N_("Link with another provider removed"),
}


async def note(account: Account, what: str, *, by: Account | None, name: str = "", left: int = 0) -> None:
    """Write down a change in the transaction that made it; the person gets a letter."""
    assert what in SAID, what
    await SignInChange.create(
        account_id=account.id, by_id=by.id if by else None, what=what, name=name, created_at=clock.now()
    )
    await record(SignInChanged(account_id=account.id, what=what, name=name, left=left))


async def of(account: Account) -> list[SignInChange]:
    """List the latest changes, the newest first, with who made them."""
    found = SignInChange.filter(account_id=account.id).order_by("-id").limit(SHOWN)
    return await found.select_related("by__actor")


async def write(fact: SignInChanged) -> None:
    """Write to the person (reaction)."""
    account = await Account.get_or_none(id=fact.account_id)
    if account is None:
        return
    with letters.speaking(account.language):
        letter = letter_of(fact)
        await post_mail(await letters.address(letter, to=account.email, code=account.language))


def letter_of(fact: SignInChanged) -> Letter:
    """Say what was changed, and what to do if it was somebody else."""
    subject, text = _words(fact)
    act = (_("I did not do that: choose a new password"), addresses.absolute("/reset"))
    if fact.what == "codes-cleared":
        act = (_("Log in"), addresses.absolute("/login"))
    if fact.what == "identity-unlinked":
        act = (_("Choose a new password"), addresses.absolute("/reset"))
    return Letter(subject, (_("Hello,"), text), act)


def _words(fact: SignInChanged) -> tuple[str, str]:
    match fact.what:
        case "codes-on":
            return _("Codes are asked when you log in"), _(
                "From now on a code of your app is asked after your password. Your other devices were logged out."
            )
        case "codes-off":
            return _("Codes are not asked any more"), _("Your password alone is asked from now on when you log in.")
        case "codes-cleared":
            return _("The second step of your log-in was removed"), _(
                "Somebody in charge of this instance removed it. Your devices were logged out. Log in with your password; in the settings you can switch a second step on again."
            )
        case "recovery-new":
            return _("You have new recovery codes"), _(
                "New recovery codes were made. The ones of before do not work any more."
            )
        case "passkey-added":
            return _("A passkey was added to your account"), _(
                "From now on one can log in to your account with the passkey “%(name)s”.", name=fact.name
            )
        case "passkey-removed":
            return _("A passkey was removed from your account"), _(
                "The passkey “%(name)s” does not let in any more. Your other devices were logged out.", name=fact.name
            )
        case "identity-linked":
            return _("Your account is linked with %(name)s", name=fact.name), _(
                "From now on one can log in to your account by signing in at %(name)s.", name=fact.name
            )
        case "identity-unlinked":
            return _("Your account is not linked with %(name)s any more", name=fact.name), _(
                "Signing in at %(name)s does not let in any more. Your other devices were logged out. If you never had a password here, choose one:",
                name=fact.name,
            )
        case _other:
            return _("A recovery code was used"), _(
                "Somebody, probably you, logged in with one of your recovery codes. It does not work any more. Codes left: %(left)s.",
                left=fact.left,
            )


async def export(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give how the person signs in, without any secret (part of the export)."""
    app = await Authenticator.get_or_none(account__actor_id=actor_id, confirmed_at__not_isnull=True)
    passkeys = await Passkey.filter(account__actor_id=actor_id).order_by("id")
    linked = await Identity.filter(account__actor_id=actor_id).order_by("id")
    changes = await SignInChange.filter(account__actor_id=actor_id).order_by("id")
    yield (
        "sign_in.json",
        {
            "codes_since": app.confirmed_at if app else None,
            "passkeys": [{"name": key.name, "since": key.created_at, "used_at": key.used_at} for key in passkeys],
            "providers": [{"issuer": row.issuer, "subject": row.subject, "name": row.shown_as} for row in linked],
            "changes": [{"what": row.what, "name": row.name, "at": row.created_at} for row in changes],
        },
    )


@atomic
async def forget_old() -> None:
    """Drop what was noted long ago (a job of the timetable)."""
    await SignInChange.filter(created_at__lt=await retention.border(KEPT)).delete()

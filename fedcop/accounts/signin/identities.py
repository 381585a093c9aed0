"""Which account belongs to whom a provider names: found by issuer and subject, linked by its owner, or made. See decision 15.

Never by the e-mail address alone, unless the provider verified it and the admin chose to believe that.
"""

from __future__ import annotations

from tortoise.exceptions import IntegrityError

from fedcop.accounts import queries, rules, service, sessions
from fedcop.accounts.models import Account
from fedcop.accounts.signin import codes, journal
from fedcop.accounts.signin.models import Identity, Provider
from fedcop.accounts.signin.providers import Claimed
from fedcop.accounts.signup import create_confirmed
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import new_token

TAKEN = N_("This account at the provider belongs to another account here already.")
LINKED = N_("Your account is linked with this provider already. Remove that link first.")


async def of(account: Account) -> list[Identity]:
    """List where somebody's account is linked."""
    return await Identity.filter(account_id=account.id).order_by("id")


async def account_of(provider: Provider, claimed: Claimed) -> Account | None:
    """Give the account of whom the provider names, linking it now if the admin chose that for addresses like this one."""
    found = await Identity.get_or_none(issuer=claimed.issuer, subject=claimed.subject).select_related("account__actor")
    if found is not None:
        rules.may_log_in(found.account)
        return found.account
    if not provider.trusts_email or not is_ours(provider, claimed):
        return None
    account = await queries.by_email(claimed.email)
    if account is None or not await _may_link_by_address(account, claimed):
        return None
    rules.may_log_in(account)
    await link(account, provider, claimed)
    return account


async def _may_link_by_address(account: Account, claimed: Claimed) -> bool:
    # Whoever can break the provider must not become an administrator by it, nor come nearer to somebody who wants two steps:
    # those link by hand.
    plain = account.role == "member" and not await codes.is_on(account)
    return plain and not await Identity.exists(account_id=account.id, issuer=claimed.issuer)


def is_ours(provider: Provider, claimed: Claimed) -> bool:
    """Tell whether the provider verified an address, in a domain that the admin chose."""
    domain = claimed.email.rpartition("@")[2]
    return bool(claimed.email) and claimed.verified and (not provider.domains or domain in provider.domains)


async def may_open(provider: Provider, claimed: Claimed) -> bool:
    """Tell whether somebody without an account gets one."""
    return provider.lets_in and is_ours(provider, claimed) and await queries.by_email(claimed.email) is None


async def link_here(account: Account, password: str, provider: Provider, claimed: Claimed) -> None:
    """Link one's account, from the settings; the password confirms it."""
    await service.check_password(account, password, "password")
    await link(account, provider, claimed)


@atomic
async def link(account: Account, provider: Provider, claimed: Claimed) -> None:
    """Link an account with whom the provider names, from now on."""
    if await Identity.exists(account_id=account.id, issuer=claimed.issuer):
        raise Conflict(LINKED, "linked")
    await _enter(account, provider, claimed)
    await journal.note(account, "identity-linked", by=account, name=provider.label)


async def _enter(account: Account, provider: Provider, claimed: Claimed) -> None:
    try:
        await Identity.create(
            account_id=account.id,
            issuer=claimed.issuer,
            subject=claimed.subject,
            label=provider.label,
            shown_as=claimed.email or claimed.nick,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise Conflict(TAKEN, "identity-taken") from error


async def unlink(account: Account, identity_id: int, password: str, *, keep: str) -> None:
    """Take a link away; sessions but the one of `keep` end."""
    found = await Identity.get_or_none(id=identity_id, account_id=account.id)
    if found is None:
        raise NotFound(code="no-identity")
    await service.check_password(account, password, "unlink_password")
    await _unlink(account, found, keep)


@atomic
async def _unlink(account: Account, found: Identity, keep: str) -> None:
    if await Identity.filter(id=found.id).delete():
        await sessions.end_all(account, except_token=keep)
        await journal.note(account, "identity-unlinked", by=account, name=found.label)


async def open_account(provider: Provider, claimed: Claimed, name: str, display_name: str, language: str) -> Account:
    """Make an account for somebody whom the provider vouches for; they have no password until they choose one by letter."""
    if not await may_open(provider, claimed):
        raise Forbidden(N_("No account is made for you here. Ask those in charge."), "not-let-in")
    if await Identity.exists(issuer=claimed.issuer, subject=claimed.subject):
        raise Conflict(TAKEN, "identity-taken")
    try:
        return await create_confirmed(
            name,
            claimed.email,
            new_token(),
            display_name=display_name,
            language=language,
            also=lambda account: _enter(account, provider, claimed),
        )
    except Invalid as error:
        if "email" in error.errors:
            raise Forbidden(N_("The provider gave us no address that we can write to."), "no-address") from error
        raise

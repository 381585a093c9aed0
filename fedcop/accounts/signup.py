"""How somebody comes in: asks, confirms the address, is approved or invited, or becomes the first owner."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from fedcop.accounts import instance, invites, letters, links, queries, rules, throttle
from fedcop.accounts.facts import AccountAsked, AccountOpened, SignUpOpened
from fedcop.accounts.models import Account, Invite, OneTimeLink, SignUp
from fedcop.accounts.passwords import Passwords
from fedcop.actors import service as actors
from fedcop.actors.keys import KeyPairs, make_pairs
from fedcop.actors.queries import local_by_name
from fedcop.actors.rules import clean_name
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, Forbidden, Invalid, too_long
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_token
from fedcop.core.mail import post_mail
from fedcop.core.site import site

MAX_REASON = 2000
MAX_DISPLAY_NAME = 100
MAX_NEXT = 300


@dataclass(frozen=True)
class Wish:
    """What somebody types to get an account."""

    name: str
    email: str
    password: str
    display_name: str = ""
    language: str = ""
    reason: str = ""
    invite: str = ""
    next: str = ""  # a path of ours, to come back to


@dataclass(frozen=True)
class Welcome:
    """How far somebody got: "mailed" (a link is on its way), "waiting" (for approval) or "open" with the account."""

    step: str
    account: Account | None = None
    next: str = ""
    sign_up_id: int | None = None  # of who waits


async def check_wish(wish: Wish) -> Wish:
    """Give the wish in the form we keep; raise Invalid naming every field that cannot be accepted."""
    errors: dict[str, str] = {}
    name, email = wish.name, wish.email
    try:
        name = clean_name(wish.name)
    except Invalid as error:
        errors.update(error.errors)
    try:
        email = rules.clean_email(wish.email)
    except Invalid as error:
        errors.update(error.errors)
    try:
        rules.check_password(wish.password, name, email)
    except Invalid as error:
        errors.update(error.errors)
    # Whoever waits to be confirmed may try again with the same name: the earlier try gives way.
    others = SignUp.filter(~Q(email__in=(email, stand_in(email)), confirmed_at__isnull=True), name=name)
    if "name" not in errors and (await local_by_name(name) or await others.exists()):
        errors["name"] = actors.NAME_TAKEN
    if len(wish.display_name) > MAX_DISPLAY_NAME:
        errors["display_name"] = too_long(MAX_DISPLAY_NAME)
    if len(wish.reason) > MAX_REASON:
        errors["reason"] = too_long(MAX_REASON)
    if errors:
        raise Invalid(errors=errors)
    language = wish.language if wish.language in rules.LANGUAGES else (await instance.read()).language
    return Wish(
        name,
        email,
        wish.password,
        wish.display_name.strip(),
        language,
        wish.reason.strip(),
        wish.invite,
        wish.next[:MAX_NEXT],
    )


async def sign_up(wish: Wish) -> Welcome:
    """Take a request for an account. Says the same whether the address is known or not; its owner gets a letter."""
    invite = await invites.valid(wish.invite) if wish.invite else None
    mode = (await instance.read()).registration
    if invite is None and mode in ("closed", "invitation"):
        raise Forbidden(N_("This instance takes no new accounts without an invitation."), "registration-closed")
    wish = await check_wish(wish)
    if mode == "approval" and invite is None and not wish.reason:
        raise Invalid(errors={"reason": N_("Say in a sentence who you are; the people in charge will read it.")})
    throttle.spend(f"sign-up:{wish.email}", limit=5, seconds=3600)
    password_hash = await site().part(Passwords).hash(wish.password)
    sign_up_ = await _enter_sign_up(wish, password_hash, invite)
    if sign_up_.confirmed_at is None:
        return Welcome("mailed", sign_up_id=sign_up_.id)
    return await _after_confirmation(sign_up_)


def stand_in(email: str) -> str:
    """What a request bears in the place of an address that has an account, or waits for one already.

    Such a request leads nowhere, and otherwise does what any does: it keeps its name taken, knows its password, and another
    address can be given for it. Else each of these would tell a stranger whose address is known here.
    """
    return f"known:{hashlib.sha256(email.encode()).hexdigest()}"


@atomic
async def _enter_sign_up(wish: Wish, password_hash: str, invite: Invite | None) -> SignUp:
    await SignUp.filter(email__in=(wish.email, stand_in(wish.email)), confirmed_at__isnull=True).delete()
    known = await _tell_known(wish.email) or await SignUp.exists(email=wish.email)  # who has confirmed, and waits
    development = site().settings.development and not known
    try:
        entered = await SignUp.create(
            name=wish.name,
            email=stand_in(wish.email) if known else wish.email,
            password_hash=password_hash,
            display_name=wish.display_name,
            language=wish.language,
            reason=wish.reason,
            invite_id=invite.id if invite else None,
            next=wish.next,
            created_at=clock.now(),
            confirmed_at=clock.now() if development else None,
        )
    except IntegrityError as error:
        raise Conflict(actors.NAME_TAKEN, "name-taken") from error
    if not development and not known:
        await _send_link(entered)
    return entered


async def _tell_known(email: str) -> bool:
    """Write to somebody who has an account that their address was given for another one; False if nobody has that address."""
    account = await queries.by_email(email)
    if account is None:
        return False
    with letters.speaking(account.language):
        await post_mail(await letters.address(letters.known_address(), to=email, code=account.language))
    return True


async def mail_again(sign_up_id: int, email: str = "") -> None:
    """Send the link to confirm an address once more, also to another one; says nothing of whether somebody waits, or has that address."""
    throttle.spend(f"mail-again:{sign_up_id}", limit=5, seconds=3600)
    email = rules.clean_email(email) if email else ""
    if email:
        throttle.spend(f"sign-up:{email}", limit=5, seconds=3600)
    await _mail_again(sign_up_id, email)


@atomic
async def _mail_again(sign_up_id: int, email: str) -> None:
    found = await SignUp.get_or_none(id=sign_up_id, confirmed_at__isnull=True)
    if found is None:
        return
    if email and email != found.email:
        if await _tell_known(email):
            return
        if await SignUp.exists(email=email):
            return  # somebody else waits there, and has a letter
        # In one statement: who has confirmed meanwhile did so for the address that was there, and for no other.
        if not await SignUp.filter(id=found.id, confirmed_at__isnull=True).update(email=email):
            return
        found.email = email
    if "@" in found.email:  # else it is a stand-in, which leads nowhere
        await _send_link(found)


async def _send_link(to: SignUp) -> None:
    token = await links.make("confirm", sign_up=to)
    with letters.speaking(to.language):
        await post_mail(await letters.address(letters.confirm(token), to=to.email, code=to.language))


async def has_confirmed(sign_up_id: int) -> bool:
    """Tell whether somebody who asked for an account has confirmed the address."""
    return await SignUp.exists(id=sign_up_id, confirmed_at__not_isnull=True)


async def confirm(token: str) -> Welcome:
    """Confirm the address of a new account; it opens at once unless somebody has to approve it."""
    link = await _confirm(token)
    assert link.sign_up is not None
    return await _after_confirmation(link.sign_up)


@atomic
async def _confirm(token: str) -> OneTimeLink:
    link = await links.use("confirm", token)
    assert link.sign_up is not None
    link.sign_up.confirmed_at = clock.now()
    await link.sign_up.save(update_fields=["confirmed_at"])
    return link


async def _after_confirmation(sign_up_: SignUp) -> Welcome:
    mode = (await instance.read()).registration
    if sign_up_.invite_id is not None or mode == "open":
        return Welcome("open", await _open(sign_up_.id, await make_pairs()), sign_up_.next)
    await _tell_waiting(sign_up_.id)
    return Welcome("waiting", sign_up_id=sign_up_.id)


@atomic
async def _tell_waiting(sign_up_id: int) -> None:
    await record(AccountAsked(sign_up_id=sign_up_id))


@atomic
async def _open(sign_up_id: int, pairs: KeyPairs, *, waited: bool = False) -> Account:
    """Turn a request into an account. The row is locked by deleting it first: two answers cannot both open it."""
    found = await queries.sign_up(sign_up_id)
    if (
        found.invite_id is not None and not waited
    ):  # else somebody in charge says yes, whatever became of the invitation
        await invites.spend(found.invite_id)
    await SignUp.filter(id=found.id).delete()
    wish = Wish(found.name, found.email, "", found.display_name, found.language, found.reason, next=found.next)
    account = await _enter_account(wish, found.password_hash, pairs, role="member", waited=waited)
    await record(SignUpOpened(sign_up_id=found.id, account_id=account.id))
    return account


async def approve(by: Account, sign_up_: SignUp) -> Account:
    """Open the door to somebody who waits."""
    rules.may_administer(by, "moderator")
    return await _open(sign_up_.id, await make_pairs(), waited=True)


@atomic
async def decline(by: Account, sign_up_: SignUp, reason: str = "") -> None:
    """Close a request with a kind letter; what the person wrote is deleted."""
    rules.may_administer(by, "moderator")
    if not await SignUp.filter(id=sign_up_.id).delete():
        return
    with letters.speaking(sign_up_.language):
        letter = letters.declined(reason.strip()[:MAX_REASON])
        await post_mail(await letters.address(letter, to=sign_up_.email, code=sign_up_.language))


async def create_confirmed(
    name: str,
    email: str,
    password: str,
    role: str = "member",
    *,
    display_name: str = "",
    language: str = "",
    also: Callable[[Account], Awaitable[None]] | None = None,
) -> Account:
    """Make an account that is open at once: for the command line, the demo, imports, other providers and tests.

    What has to be done `also` is done in the same transaction.
    """
    if role not in rules.ROLES:
        raise Invalid(errors={"role": N_("Choose one of the roles.")})
    wish = await check_wish(Wish(name, email, password, display_name, language))
    password_hash = await site().part(Passwords).hash(password)
    return await _create_confirmed(wish, password_hash, await make_pairs(), role, also)


@atomic
async def _create_confirmed(
    wish: Wish, password_hash: str, pairs: KeyPairs, role: str, also: Callable[[Account], Awaitable[None]] | None
) -> Account:
    account = await _enter_account(wish, password_hash, pairs, role=role)
    if also is not None:
        await also(account)
    return account


async def create_for(wish: Wish, role: str) -> Account:
    """Make an account for somebody else, who gets a letter with the link to choose a password."""
    account = await create_confirmed(
        wish.name, wish.email, new_token(), role, display_name=wish.display_name, language=wish.language
    )
    await _send_first_link(account)
    return account


@atomic
async def _send_first_link(account: Account) -> None:
    token = await links.make("first", account=account)
    with letters.speaking(account.language):
        letter = letters.account_made(account.actor.name, token)
        await post_mail(await letters.address(letter, to=account.email, code=account.language))


@atomic
async def _enter_account(
    wish: Wish, password_hash: str, pairs: KeyPairs, *, role: str, waited: bool = False
) -> Account:
    if await Account.exists(email=wish.email):
        raise Conflict(N_("There is an account with this address already."), "email-taken")
    actor = await actors.create_local(
        "Person", wish.name, display_name=wish.display_name, pairs=pairs, languages=wish.language[:2]
    )
    now = clock.now()
    account = await Account.create(
        actor=actor,
        email=wish.email,
        password_hash=password_hash,
        role=role,
        language=wish.language,
        created_at=now,
        confirmed_at=now,
        approved_at=now,
        reason=wish.reason,
    )
    await record(AccountOpened(account_id=account.id, waited=waited, next=wish.next))
    return account


@atomic
async def owner_link() -> str:
    """Make the one-time link by which the first owner comes in; raise Conflict if there is an owner."""
    if await queries.has_owner():
        raise Conflict(N_("This instance has an owner already."), "has-owner")
    return addresses.absolute(f"/setup/{await links.make('owner')}")


async def check_owner_link(token: str) -> None:
    """Raise NotFound unless the owner's link still works."""
    await links.find("owner", token)
    if await queries.has_owner():
        raise Conflict(N_("This instance has an owner already."), "has-owner")


async def become_owner(token: str, wish: Wish) -> Account:
    """Make the owner's account by the one-time link."""
    await check_owner_link(token)
    wish = await check_wish(wish)
    password_hash = await site().part(Passwords).hash(wish.password)
    return await _become_owner(token, wish, password_hash, await make_pairs())


@atomic
async def _become_owner(token: str, wish: Wish, password_hash: str, pairs: KeyPairs) -> Account:
    await links.use("owner", token)
    if await queries.has_owner():
        raise Conflict(N_("This instance has an owner already."), "has-owner")
    return await _enter_account(wish, password_hash, pairs, role="owner")


async def tell_staff(fact: AccountAsked) -> None:
    """Write to the people in charge that somebody waits (reaction)."""
    found = await SignUp.get_or_none(id=fact.sign_up_id)
    if found is None:
        return
    for account in await queries.staff():
        with letters.speaking(account.language):
            name = f"{found.display_name or found.name} <{found.email}>"
            letter = letters.somebody_asks(name, found.reason, found.id)
            await post_mail(await letters.address(letter, to=account.email, code=account.language))


async def welcome(fact: AccountOpened) -> None:
    """Write to somebody whose account has just opened after waiting (reaction)."""
    account = await Account.get_or_none(id=fact.account_id).select_related("actor")
    if account is None or not fact.waited:
        return
    with letters.speaking(account.language):
        await post_mail(
            await letters.address(
                letters.welcome(account.actor.name, fact.next), to=account.email, code=account.language
            )
        )


@atomic
async def forget_stale() -> None:
    """Drop requests that nobody confirmed in time, and links that died long ago (a job of the timetable)."""
    now = clock.now()
    await SignUp.filter(confirmed_at__isnull=True, created_at__lt=now - links.LIFETIMES["confirm"]).delete()
    await OneTimeLink.filter(expires_at__lt=now - links.LIFETIMES["confirm"]).delete()

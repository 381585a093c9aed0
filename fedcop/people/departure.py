"""How somebody leaves: deletes the account, or is deleted by those in charge; and what falls away with any actor that is gone."""

from __future__ import annotations

from tortoise.expressions import Q

from fedcop.accounts import letters, queries, rules
from fedcop.accounts.models import Account, Export
from fedcop.accounts.service import check_password
from fedcop.actors import service as actors
from fedcop.actors.facts import ActorGone
from fedcop.core.database import atomic
from fedcop.core.errors import Forbidden
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.core.jobs import enqueue
from fedcop.core.mail import post_mail
from fedcop.people.export import forget_copies, key_of
from fedcop.people.facts import AccountDeleted
from fedcop.people.models import Block, Follow, Mute, PersonalNote
from fedcop.people.service import end_follow

_BATCH = 200


async def delete_account(account: Account, password: str) -> None:
    """Delete one's own account for good; the password confirms it."""
    await check_password(account, password)
    await _delete(account)


async def remove_account(by: Account, account: Account) -> None:
    """Delete somebody's account; only those above them may."""
    rules.may_administer(by, "admin")
    rules.may_decide_about(by, account)
    await _delete(account)


@atomic
async def _delete(account: Account) -> None:
    if account.role == "owner" and await queries.owners() < 2:
        raise Forbidden(N_("Name another owner first: an instance always keeps one."), "last-owner")
    actor = await account.actor
    copies = [await key_of(export) for export in await Export.filter(account_id=account.id)]
    with letters.speaking(account.language):
        await post_mail(await letters.address(letters.deleted(actor.name), to=account.email, code=account.language))
    await account.delete()  # sessions, links and exports go with it; the address is free again, the name is not
    await actors.mark_gone(actor)
    await record(AccountDeleted(actor_id=actor.id, activity_id=new_id()))
    if copies:
        await enqueue(forget_copies, {"keys": copies})


async def drop_ties(fact: ActorGone) -> None:
    """End the follows, blocks and mutes of an actor that is gone, and what was noted by and about them (reaction)."""
    while await _drop_some(fact.actor_id):
        pass


@atomic
async def _drop_some(actor_id: int) -> int:
    found = await Follow.filter(Q(follower_id=actor_id) | Q(target_id=actor_id)).limit(_BATCH)
    for follow in found:
        await end_follow(follow, by_target=follow.target_id == actor_id)
    if not found:
        await Block.filter(Q(actor_id=actor_id) | Q(target_id=actor_id)).delete()
        await Mute.filter(Q(actor_id=actor_id) | Q(target_id=actor_id)).delete()
        await PersonalNote.filter(Q(actor_id=actor_id) | Q(target_id=actor_id)).delete()
    return len(found)

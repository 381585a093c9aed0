"""A member chooses how often and when they get letters of their communities; the next moment is kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fedcop.accounts.facts import AccountOpened
from fedcop.accounts.models import Account
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.database import atomic, execute
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.digests import queries, rhythms
from fedcop.digests.models import Plan, Rhythm, Sent, Told

WHICH = N_("Choose one of the rhythms.")
KEPT_DAYS = 100  # a monthly letter looks back further than any other


async def begin(fact: AccountOpened) -> None:
    """Whoever has an account gets summaries, until they choose otherwise."""
    account = await Account.get_or_none(id=fact.account_id)
    if account is not None:
        await _plan(account)


@atomic
async def _plan(account: Account) -> Plan:
    """Give a member's plan with its next moment, written anew."""
    plan = await Plan.get_or_none(account_id=account.id) or Plan(account=account)
    daily = await Rhythm.exists(account_id=account.id, rhythm=rhythms.DAY)
    plan.next_at = queries.hour_of(account, plan).after(clock.now(), daily=daily)
    await plan.save()
    return plan


async def replan(account: Account) -> None:
    """The member's clock is another one now: their letters come at the same hour of it."""
    await _plan(account)


@atomic
async def choose(account: Account, chosen: Mapping[int, str], *, weekday: int | None, hour: int | None) -> None:
    """Keep on which day, at which hour, and how often from each of their communities a member wants summaries."""
    errors = {f"rhythm_{number}": WHICH for number, rhythm in chosen.items() if rhythm not in rhythms.LABELS}
    if weekday not in range(7):
        errors["weekday"] = N_("Choose a day.")
    if hour not in range(24):
        errors["hour"] = N_("Choose an hour.")
    if errors or weekday is None or hour is None:
        raise Invalid(errors=errors)
    for community, _before in await queries.homes(account):
        if community.id in chosen:
            await _keep(account, community, chosen[community.id])
    plan = await _plan(account)
    plan.weekday, plan.hour = weekday, hour
    await plan.save(update_fields=["weekday", "hour"])
    await _plan(account)


@atomic
async def choose_one(account: Account, community: Community, rhythm: str) -> None:
    """Keep how often a member wants to hear of a community: one that they ask to join, or whose letters they leave."""
    if rhythm not in rhythms.LABELS:
        raise Invalid(errors={"rhythm": WHICH})
    await _keep(account, community, rhythm)
    await _plan(account)


async def _keep(account: Account, community: Community, rhythm: str) -> None:
    known = await Rhythm.get_or_none(account_id=account.id, community_id=community.id)
    if rhythm == (known.rhythm if known is not None else rhythms.BY_DEFAULT):
        return
    if known is not None:
        await known.delete()
    if rhythm != rhythms.BY_DEFAULT:
        await Rhythm.create(account=account, community=community, rhythm=rhythm, chosen_at=clock.now())


@atomic
async def prune() -> None:
    """Job: forget what was sent long ago, and what was chosen for communities that people are not in any more."""
    border = clock.now() - timedelta(days=KEPT_DAYS)
    await Sent.filter(sent_at__lt=border).delete()
    await Told.filter(sent_at__lt=border).delete()
    await execute(
        "DELETE FROM digest_rhythm WHERE NOT EXISTS (SELECT 1 FROM account a JOIN membership m ON m.actor_id = a.actor_id"
        " WHERE a.id = digest_rhythm.account_id AND m.community_id = digest_rhythm.community_id)"
        " AND NOT EXISTS (SELECT 1 FROM account a JOIN follow f ON f.follower_id = a.actor_id"
        " JOIN community c ON c.actor_id = f.target_id"
        " WHERE a.id = digest_rhythm.account_id AND c.id = digest_rhythm.community_id)"
    )

"""Subscribe a device, list, choose, end; and note what became of what was sent. Who asks comes first, here always about themselves."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.expressions import F

from fedcop.accounts.models import Account, Session
from fedcop.core import clock, jobs
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.site import site
from fedcop.notifications import topics
from fedcop.push import sealing
from fedcop.push.endpoints import is_endpoint
from fedcop.push.models import PushSubscription

MOST = 10  # devices of one member
PATIENCE = 5  # refusals in a row
# By name: this module is for pages too, which never reach the network.
TRY = "fedcop.push.sending:send_trial"
BY_DEFAULT = tuple(topic.key for topic in topics.TOPICS if topic.mailed)


async def subscribe(
    account: Account,
    session: Session,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    encoding: str = sealing.STANDARD,
    device: str = "",
) -> PushSubscription:
    """Show this member's notifications on the device of a session from now on; again, and its newest address counts."""
    key, secret = sealing.read_key(p256dh), sealing.read_secret(auth)
    errors = {}
    if not is_endpoint(endpoint):
        errors["endpoint"] = N_("The browser named a push service that cannot be used: it has no public https address.")
    if key is None:
        errors["p256dh"] = N_("The browser gave a key that cannot be used.")
    if secret is None:
        errors["auth"] = N_("The browser gave a secret that cannot be used.")
    if encoding not in sealing.ENCODINGS:
        errors["encoding"] = N_("The browser asked for an encryption that is not known here.")
    if errors:
        raise Invalid(errors=errors)
    made = PushSubscription(
        account_id=account.id,
        session_id=session.id,
        endpoint=endpoint,
        p256dh=key,
        auth=secret,
        encoding=encoding,
        device=device[:100],
        topics=list(BY_DEFAULT),
        created_at=clock.now(),
    )
    return await _keep(made)


@atomic
async def _keep(made: PushSubscription) -> PushSubscription:
    # Locked: two at once would both be the last one allowed.
    await Account.filter(id=made.account_id).select_for_update().first()
    before = await PushSubscription.get_or_none(session_id=made.session_id)
    if before is not None:
        made.topics = before.topics
        await before.delete()
    # A browser has one address, whoever used it before: what they are told is not for who uses it now.
    await PushSubscription.filter(endpoint=made.endpoint).delete()
    if await PushSubscription.filter(account_id=made.account_id).count() >= MOST:
        raise Invalid(
            errors={"endpoint": N_("You receive notifications on %(count)s devices already. End one of them first.")},
            count=MOST,
        )
    await made.save()
    return made


async def listed(account: Account) -> list[PushSubscription]:
    """List the devices of a member with their sessions, the newest first."""
    return await PushSubscription.filter(account_id=account.id).order_by("-id").select_related("session")


@atomic
async def choose(account: Account, subscription_id: int, chosen: Iterable[str]) -> None:
    """Keep which topics one device shows."""
    found = await _own(account, subscription_id)
    wanted = set(chosen)
    found.topics = [topic.key for topic in topics.TOPICS if topic.key in wanted]
    await found.save(update_fields=["topics"])


@atomic
async def end(account: Account, subscription_id: int) -> None:
    """Show nothing on one device any more."""
    await (await _own(account, subscription_id)).delete()


@atomic
async def ask_trial(account: Account, subscription_id: int) -> None:
    """Promise a message that says nothing, so that a member sees whether they arrive."""
    found = await _own(account, subscription_id)
    payload = {"subscription_id": found.id, "asked_at": clock.now().isoformat()}
    await jobs.enqueue(site().jobs[TRY], payload, unique=f"push:{found.id}:trial")


async def _own(account: Account, subscription_id: int) -> PushSubscription:
    found = await PushSubscription.get_or_none(id=subscription_id, account_id=account.id)
    if found is None:
        raise NotFound(code="no-subscription")
    return found


@atomic
async def note_sent(subscription_id: int) -> None:
    """A push service took something for this device."""
    await PushSubscription.filter(id=subscription_id).update(used_at=clock.now(), failures=0)


@atomic
async def note_refused(subscription_id: int) -> None:
    """A push service refused something for this device; after some times in a row it is asked no more."""
    found = PushSubscription.filter(id=subscription_id)
    await found.update(failures=F("failures") + 1)
    await found.filter(failures__gte=PATIENCE, stopped_at=None).update(stopped_at=clock.now())


@atomic
async def note_gone(subscription_id: int) -> None:
    """A push service knows this device no more: its owner said so there, or it is long gone."""
    await PushSubscription.filter(id=subscription_id).delete()

"""Subscribe a device, list, choose, end; and note what became of what was sent. Who asks comes first, here always about themselves."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.expressions import F

from fedcop.accounts.models import Account, Session
from fedcop.apps.tokens import Holder
from fedcop.core import clock, jobs
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.site import site
from fedcop.notifications import topics
from fedcop.push import sealing
from fedcop.push.endpoints import is_endpoint
from fedcop.push.models import PushSubscription

MOST = 20  # devices and apps of one member
POLICIES = ("all", "followed", "follower", "none")  # in Mastodon's words: from whom an app is told something
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
    made = _checked(account, endpoint=endpoint, p256dh=p256dh, auth=auth, encoding=encoding, device=device)
    made.session_id, made.topics = session.id, list(BY_DEFAULT)
    return await _keep(made)


async def subscribe_app(
    holder: Holder,
    known_by: str,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    encoding: str,
    alerts: Iterable[str],
    policy: str,
) -> PushSubscription:
    """Tell an application what its person is told, from now on; it says whose message it is by its token, `known_by`."""
    if holder.account is None:
        raise NotFound(code="no-subscription")
    made = _checked(
        holder.account, endpoint=endpoint, p256dh=p256dh, auth=auth, encoding=encoding, device=holder.app.name
    )
    made.token_id, made.known_by = holder.token.id, known_by
    made.topics, made.policy = _alerts(alerts), _policy(policy)
    return await _keep(made)


def _checked(
    account: Account, *, endpoint: str, p256dh: str, auth: str, encoding: str, device: str
) -> PushSubscription:
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
    return PushSubscription(
        account_id=account.id,
        endpoint=endpoint,
        p256dh=key,
        auth=secret,
        encoding=encoding,
        device=device[:100],
        created_at=clock.now(),
    )


def _alerts(wanted: Iterable[str]) -> list[str]:
    return sorted(set(wanted) & set(topics.APPS.values()))


def _policy(wanted: str) -> str:
    if wanted not in POLICIES:
        raise Invalid(errors={"policy": N_("Choose from whom you are told something.")})
    return wanted


@atomic
async def _keep(made: PushSubscription) -> PushSubscription:
    # Locked: two at once would both be the last one allowed.
    await Account.filter(id=made.account_id).select_for_update().first()
    if made.token_id is not None:
        await PushSubscription.filter(token_id=made.token_id).delete()
    else:
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


async def of_app(holder: Holder) -> PushSubscription:
    """Give what an application subscribed to; NotFound if it did not."""
    found = await PushSubscription.filter(token_id=holder.token.id).first()
    if found is None:
        raise NotFound(code="no-subscription")
    return found


@atomic
async def choose_for_app(holder: Holder, alerts: Iterable[str] | None, policy: str) -> PushSubscription:
    """Keep what an application wants its person to be told, and from whom; None and "" leave it as it is."""
    found = await of_app(holder)
    found.topics = found.topics if alerts is None else _alerts(alerts)
    found.policy = _policy(policy) if policy else found.policy
    await found.save(update_fields=["topics", "policy"])
    return found


@atomic
async def end_for_app(holder: Holder) -> None:
    """Tell an application nothing any more."""
    await PushSubscription.filter(token_id=holder.token.id).delete()


@atomic
async def choose(account: Account, subscription_id: int, chosen: Iterable[str]) -> None:
    """Keep which topics one device shows."""
    found = await _own(account, subscription_id)
    if found.token_id is not None:  # that is chosen in the app
        raise NotFound(code="no-subscription")
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
    if found.token_id is not None:  # an app would not know what it is about
        raise NotFound(code="no-subscription")
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

"""Hands messages to push services: jobs only. Rights, and whether it is still new, are judged at each attempt, however late."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from activitypub.client.fetch import read_retry_after
from activitypub.client.transport import HttpRequest, HttpResponse
from activitypub.errors import FetchFailed
from fedcop.accounts.rules import is_open
from fedcop.core import clock, signing
from fedcop.core.database import atomic, rows
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.site import site
from fedcop.notifications import queries, topics
from fedcop.notifications.facts import NotificationNoted
from fedcop.notifications.models import Notification
from fedcop.push import service, vapid
from fedcop.push.composing import Message, compose, tag_of, trial
from fedcop.push.endpoints import origin_of
from fedcop.push.models import PushSubscription
from fedcop.push.sealing import seal

ANSWER = 1 << 16  # bytes
GONE = (404, 410)
LATER = (408, 425, 429)
SHORTEST_WAIT, LONGEST_WAIT = 60.0, 3600.0  # seconds: between these a push service may ask us to wait
TRIED = timedelta(minutes=10)  # nobody waits longer for a trial
log = logging.getLogger(__name__)


@atomic
async def fan_out(fact: NotificationNoted) -> None:
    """Promise a message to each device that shows such things (reaction)."""
    found = await PushSubscription.filter(account_id=fact.account_id, stopped_at=None)
    told = await Notification.get_or_none(id=fact.notification_id, read_at=None) if found else None
    for one in found:
        if told is None or not _shows(one, told.kind):
            continue
        # An app shows each by itself, and asks for it by its id.
        about = queries.alike(told) if one.token_id is None else {"id": told.id}
        payload = {"subscription_id": one.id, "kind": told.kind, "about": about}
        await enqueue(send, payload, unique=f"push:{one.id}:{tag_of(told) if one.token_id is None else told.id}")


async def send(subscription_id: int, kind: str, about: dict[str, Any]) -> None:
    """Job: show a device what is new of one line of the notification centre; maybe that is nothing by now."""
    found = await _living(subscription_id)
    if found is None or not _shows(found, kind):
        return
    message = await compose(found.account, kind, about)
    if message is not None and await _is_from_whom_one_wants(found, about):
        await _hand_over(found, message)


async def send_trial(subscription_id: int, asked_at: str) -> None:
    """Job: show a device that messages arrive."""
    found, until = await _living(subscription_id), datetime.fromisoformat(asked_at) + TRIED
    if found is not None and clock.now() <= until:
        await _hand_over(found, trial(found.account, until))


async def _is_from_whom_one_wants(found: PushSubscription, about: Mapping[str, Any]) -> bool:
    """Judge the policy of an app; `people` stands above us, its tables do not."""
    if found.token_id is None or found.policy == "all":
        return True
    told = await Notification.get_or_none(id=about.get("id"))
    if found.policy == "none" or told is None or told.from_actor_id is None:
        return False
    me, them = found.account.actor_id, told.from_actor_id
    follower, target = (me, them) if found.policy == "followed" else (them, me)
    follows = "SELECT 1 AS yes FROM follow WHERE follower_id = ? AND target_id = ? AND state = 'accepted'"
    return bool(await rows(follows, follower, target))


def _shows(one: PushSubscription, kind: str) -> bool:
    if one.token_id is not None:
        return topics.APPS.get(kind) in one.topics
    topic = topics.BY_KIND.get(kind)
    return topic is not None and topic.key in one.topics


async def _living(subscription_id: int) -> PushSubscription | None:
    found = await PushSubscription.get_or_none(id=subscription_id, stopped_at=None).select_related("account__actor")
    if found is None or not is_open(found.account) or found.account.actor.gone_at is not None:
        return None
    return found


async def _hand_over(found: PushSubscription, message: Message) -> None:
    try:
        answer = await site().transport.send(await _request(found, message), max_bytes=ANSWER)
    except FetchFailed as error:
        if not error.permanent:
            raise Retry(error.reason) from error
        log.warning("push subscription %s is refused: %s", found.id, error.reason)
        await service.note_refused(found.id)
    else:
        await _settle(found, answer)


async def _request(found: PushSubscription, message: Message) -> HttpRequest:
    said = message.packed() if found.token_id is None else message.for_app(found.known_by)
    sealed = seal(said, found.p256dh, found.auth, found.encoding)
    authorization, shown = await vapid.prove(origin_of(found.endpoint), found.encoding)
    headers = {
        **sealed.headers,
        "Authorization": authorization,
        "TTL": str(max(int((message.until - clock.now()).total_seconds()), 0)),
        "Urgency": message.urgency,
        # What waits at the push service is replaced too. It learns that two are about one thing, and nothing of the thing.
        "Topic": await signing.sign("push", f"{found.id}:{message.tag}"),
    }
    if parameters := {**sealed.parameters, **shown}:
        headers["Crypto-Key"] = ";".join(f"{name}={value}" for name, value in parameters.items())
    return HttpRequest("POST", found.endpoint, headers, sealed.body)


async def _settle(found: PushSubscription, answer: HttpResponse) -> None:
    if 200 <= answer.status < 300:
        await service.note_sent(found.id)
    elif answer.status in GONE:
        await service.note_gone(found.id)
    elif answer.status in LATER or answer.status >= 500:
        asked = read_retry_after(answer.headers)
        wait = None if asked is None else min(max(asked, SHORTEST_WAIT), LONGEST_WAIT)
        raise Retry(f"the push service answered {answer.status}", after=wait)
    else:
        log.warning("push subscription %s is refused: the push service answered %s", found.id, answer.status)
        await service.note_refused(found.id)

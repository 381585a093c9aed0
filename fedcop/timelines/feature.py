"""What lists of threads plug in: which facts those who are looking right now are told of, as ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fedcop.actors.facts import ActorGone
from fedcop.communities import access
from fedcop.core.feature import Feature
from fedcop.core.signals import Signal
from fedcop.core.site import site
from fedcop.discussions import facts
from fedcop.discussions.polls.facts import PollClosed, PollCounted
from fedcop.discussions.quotes.facts import QuoteAccepted, QuotePolicyChanged, QuoteRevoked
from fedcop.notifications.facts import NotificationNoted, NotificationsMerged
from fedcop.timelines import departures, live

NOTED = "noted"  # a notification, and whose account it is of
MERGED = "merged"  # whose account took in what was set aside


def _of_post(kind: str) -> Callable[[Any], Signal]:
    return lambda fact: Signal(kind, (fact.post_id,))


def _opened(fact: facts.AudienceChanged) -> Signal:
    """Say how far it reached before, and whether that was as far as our own organisation."""
    ours = fact.organisation_before == site().settings.netloc
    return Signal(live.OPENED, (fact.post_id, access.reach(fact.before), int(ours)))


def _shown(fact: facts.ThreadShown) -> Signal:
    return Signal(live.SHOWN, (fact.post_id, fact.community_id))


def _unshown(fact: facts.ThreadUnshown) -> Signal:
    return Signal(live.UNSHOWN, (fact.post_id, fact.community_id))


def _moved(fact: facts.ThreadMoved | facts.ThreadGone) -> Signal:
    return Signal(live.MOVED, (fact.post_id, fact.origin_id))


def _noted(fact: NotificationNoted) -> Signal:
    return Signal(NOTED, (fact.notification_id, fact.account_id))


def _merged(fact: NotificationsMerged) -> Signal:
    return Signal(MERGED, (fact.account_id,))


SIGNALS: Mapping[type, Callable[[Any], Signal]] = {
    facts.PostWritten: _of_post(live.APPEARED),
    facts.PostReceived: _of_post(live.APPEARED),
    facts.PostAppeared: _of_post(live.APPEARED),
    facts.PostRestored: _of_post(live.APPEARED),
    facts.PostEdited: _of_post(live.EDITED),
    facts.Retitled: _of_post(live.EDITED),
    facts.PostAnonymised: _of_post(live.EDITED),
    PollCounted: _of_post(live.EDITED),
    PollClosed: _of_post(live.EDITED),
    QuoteAccepted: _of_post(live.EDITED),
    QuoteRevoked: _of_post(live.EDITED),
    QuotePolicyChanged: _of_post(live.EDITED),
    facts.PostDeleted: _of_post(live.GONE),
    facts.PostRemoved: _of_post(live.GONE),
    facts.PostRefused: _of_post(live.REFUSED),
    facts.AudienceChanged: _opened,
    facts.ThreadShown: _shown,
    facts.ThreadUnshown: _unshown,
    facts.ThreadMoved: _moved,
    facts.ThreadGone: _moved,
    NotificationNoted: _noted,
    NotificationsMerged: _merged,
}

FEATURE = Feature(
    name="timelines",
    reacts={ActorGone: (departures.forget,)},
    signals=SIGNALS,
    exports=(departures.sorted_by,),
)

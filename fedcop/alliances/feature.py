"""What agreements plug in: their reactions, routes and their hourly look at the calendar."""

from __future__ import annotations

from datetime import timedelta

from activitypub.vocab import Accept, Object, Offer, Reject, Undo
from fedcop.alliances import activities, facts, reactors, service
from fedcop.alliances.trust import TRUST
from fedcop.core.feature import Feature
from fedcop.federation.dispatcher import Route

FEATURE = Feature(
    name="alliances",
    receives=(
        Route(Offer, Object, activities.receive_offer),
        Route(Accept, Offer, activities.receive_accept),
        Route(Reject, Offer, activities.receive_reject),
        Route(Undo, Offer, activities.receive_undo),
    ),
    reacts={
        facts.AllianceProposed: (activities.publish_proposal, reactors.tell_proposed),
        facts.AllianceAccepted: (activities.publish_acceptance, reactors.tell_accepted),
        facts.AllianceDeclined: (activities.publish_refusal, reactors.tell_declined),
        facts.AllianceEnded: (activities.publish_end, reactors.tell_ended),
    },
    timetable=((timedelta(hours=1), service.end_due),),
    trusts=(TRUST,),
)

"""What reports plug in: reactions, routes, what an export holds, and forgetting."""

from __future__ import annotations

from datetime import timedelta

from activitypub.vocab import Accept, Flag, Object, Reject, Resolve
from fedcop.core.feature import Feature
from fedcop.federation.dispatcher import Route
from fedcop.reports import exporting, facts, service, telling
from fedcop.reports.activities import incoming, outgoing
from fedcop.reports.appeals import activities as appeals
from fedcop.reports.appeals import telling as appeals_telling
from fedcop.reports.appeals.facts import AppealDecided, AppealMade

FEATURE = Feature(
    name="reports",
    receives=(
        Route(Flag, Object, appeals.receive_flag),
        Route(Flag, None, incoming.receive_flag),  # several objects at once
        Route(Accept, Flag, appeals.receive_answer),
        Route(Reject, Flag, appeals.receive_answer),
        Route(Resolve, Flag, incoming.receive_answer),
    ),
    reacts={
        facts.Reported: (outgoing.publish_report, telling.tell_moderators),
        facts.ReportPassedOn: (outgoing.publish_passed_on,),
        AppealMade: (appeals.publish_appeal, appeals_telling.tell_judges),
        AppealDecided: (appeals.publish_decision, appeals_telling.tell_person),
        facts.ReportDecided: (outgoing.publish_decision, telling.tell_reporter),
    },
    exports=(exporting.made, exporting.appealed),
    keeps=(service.KEPT,),
    timetable=((timedelta(days=1), service.prune),),
)

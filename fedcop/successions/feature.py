"""What successions plug in: reactions, and jobs that go on where they were interrupted."""

from __future__ import annotations

from datetime import timedelta

from fedcop.communities.facts import CommunityChanged
from fedcop.core.feature import Feature
from fedcop.successions import facts, inviting, telling, threads

FEATURE = Feature(
    name="successions",
    reacts={
        facts.MergeProposed: (telling.tell_proposed,),
        facts.MergeAnswered: (telling.tell_answered,),
        facts.ChoiceBegan: (inviting.begin,),
        facts.ChoiceEnded: (threads.begin,),
        facts.CalledOff: (inviting.take_back, telling.tell_called_off),
        CommunityChanged: (telling.tell_succeeded,),
    },
    jobs=(inviting.invite_some, threads.move_some),
    timetable=((timedelta(hours=1), threads.go_on), (timedelta(hours=1), inviting.go_on)),
)

"""What people plug in: what they send and receive, what others may fetch of them, and the brooms."""

from __future__ import annotations

from datetime import timedelta

from activitypub.vocab import Accept, Actor, Delete, Follow, Move, Reject, Undo, Update
from fedcop.accounts.facts import AccountOpened
from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.core.feature import Feature
from fedcop.core.lots import one_by_one
from fedcop.federation.dispatcher import Route
from fedcop.people import departure, domains, export, finding, portraits, reactors, service
from fedcop.people.activities import incoming, likenesses, moving, outgoing, serving
from fedcop.people.facts import (
    AccountDeleted,
    Blocked,
    FollowAccepted,
    FollowAsked,
    FollowEnded,
    MoveAsked,
    PersonLeft,
    PersonMoved,
    ProfileChanged,
    Unblocked,
)
from fedcop.people.memberlist import applying, ending

FEATURE = Feature(
    name="people",
    receives=(
        Route(Follow, Actor, incoming.receive_follow),
        Route(Accept, Follow, incoming.receive_accept),
        Route(Reject, Follow, incoming.receive_reject),
        Route(Undo, Follow, incoming.receive_unfollow),
        # Block and Undo(Block) are routed by `communities`, which hands on those without a target.
        Route(Update, Actor, incoming.receive_update),
        Route(Delete, Actor, incoming.receive_delete),
        Route(Move, Actor, incoming.receive_move),
    ),
    reacts={
        FollowAsked: (outgoing.publish_follow, reactors.tell_asked),
        FollowAccepted: (outgoing.publish_accept, reactors.tell_follower),
        FollowEnded: (outgoing.publish_end, reactors.untell_follower),
        Blocked: (outgoing.publish_block, reactors.untell_blocked),
        Unblocked: (outgoing.publish_unblock,),
        ProfileChanged: (outgoing.publish_profile,),
        PersonMoved: (),
        MoveAsked: (moving.try_move,),
        PersonLeft: (outgoing.publish_move,),
        AccountDeleted: (outgoing.publish_deleted, portraits.forget),
        AccountOpened: (applying.begin,),
        ActorChanged: (finding.keep, likenesses.look),
        ActorGone: (departure.drop_ties, finding.drop, likenesses.forget),
    },
    many={one: one_by_one(one) for one in (finding.keep, reactors.tell_follower)},
    serves=serving.SERVES,
    findable=(finding.everybody,),
    exports=(export.ties,),
    jobs=(export.build, export.forget_copies, likenesses.fetch, service.end_mute, domains.end_ties),
    timetable=((timedelta(hours=6), export.forget_old), (timedelta(hours=6), ending.turn)),
)

"""What discussions plug in: reactions, routes of received activities, documents served, jobs."""

from __future__ import annotations

from datetime import timedelta

from activitypub.vocab import (
    Add,
    Announce,
    Create,
    Delete,
    Dislike,
    EmojiReact,
    Like,
    Lock,
    Move,
    Object,
    Reject,
    Remove,
    TentativeAccept,
    Undo,
    Update,
    Vote,
)
from fedcop.actors.facts import ActorGone
from fedcop.alliances.facts import AllianceEnded
from fedcop.communities.copies.facts import ErasureAsked
from fedcop.communities.facts import (
    ActivityAnnounced,
    Banned,
    CommunityChanged,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
)
from fedcop.core.feature import Feature
from fedcop.discussions import (
    drafts,
    exporting,
    facts,
    finding,
    forgetting,
    hiding,
    reactors,
    scheduling,
    sending,
    sent,
    telling,
)
from fedcop.discussions.activities import (
    acts,
    anonymity,
    backfill,
    incoming,
    moving,
    opening,
    outgoing,
    polling,
    reacting,
    sharing,
    showing,
    waiting,
)
from fedcop.discussions.activities.serving import SERVES
from fedcop.discussions.polls import ending
from fedcop.discussions.polls.facts import PollClosed, PollCounted, PollVoted
from fedcop.federation.dispatcher import Route
from fedcop.people.facts import FollowAccepted

RECEIVES = (
    Route(Create, Object, incoming.receive_post),
    Route(Create, Vote, polling.receive_vote),
    Route(Update, Object, incoming.receive_update),
    Route(Delete, Object, incoming.receive_delete),
    Route(TentativeAccept, Create, waiting.receive_held),
    Route(Reject, Create, waiting.receive_refused),
    Route(Announce, Object, incoming.receive_group_share),
    Route(Undo, Announce, incoming.receive_unshare),
    Route(Like, Object, acts.receive_reaction),
    Route(EmojiReact, Object, acts.receive_reaction),
    Route(Dislike, Object, acts.receive_dislike),
    Route(Undo, Like, acts.receive_unreaction),
    Route(Undo, EmojiReact, acts.receive_unreaction),
    Route(Undo, Dislike, acts.receive_dislike),
    Route(Lock, Object, acts.receive_lock),
    Route(Undo, Lock, acts.receive_unlock),
    Route(Move, Object, moving.receive_move),
    Route(Undo, Delete, acts.receive_undelete),
    Route(Add, Object, acts.receive_add),
    Route(Remove, Object, acts.receive_remove),
)

FEATURE = Feature(
    name="discussions",
    reacts={
        facts.PostWritten: (outgoing.publish_written, finding.keep, telling.tell_of_post),
        facts.PostReceived: (finding.keep, telling.tell_of_post),
        facts.PostWaits: (waiting.publish_held,),
        facts.PostAppeared: (outgoing.publish_appeared, finding.keep, telling.tell_of_appeared),
        facts.PostHeld: (telling.tell_of_held,),
        facts.PostRefused: (waiting.publish_refused, finding.keep, telling.tell_of_refused),
        facts.TextGivenBack: (telling.tell_of_given_back,),
        facts.PostEdited: (outgoing.publish_edited, finding.keep, telling.tell_of_edited),
        facts.AudienceChanged: (opening.publish_audience, finding.keep, telling.untell_audience),
        AllianceEnded: (opening.after_alliance,),
        CommunityChanged: (hiding.after_change, reactors.after_change),
        facts.NameWithdrawn: (telling.untell_name, anonymity.tell_of_each),
        facts.PostAnonymised: (telling.untell_author, finding.keep, anonymity.publish_anonymised),
        facts.PostDeleted: (outgoing.publish_deleted, finding.keep, telling.untell_of_post),
        facts.PostRemoved: (outgoing.publish_removed, finding.keep, telling.tell_of_removed),
        facts.PostRestored: (outgoing.publish_restored, finding.keep, telling.tell_of_restored),
        facts.Reacted: (reacting.publish_reacted, telling.tell_of_reaction),
        facts.Unreacted: (reacting.publish_unreacted, telling.untell_of_reaction),
        facts.Shared: (sharing.publish_shared,),
        facts.Unshared: (sharing.publish_unshared,),
        facts.ThreadShown: (showing.publish_shown,),
        facts.ThreadUnshown: (showing.publish_unshown,),
        PollVoted: (polling.publish_voted,),
        PollCounted: (polling.publish_counted,),
        PollClosed: (polling.publish_closed, telling.tell_of_poll),
        facts.AnswerAccepted: (outgoing.publish_answer, telling.tell_of_answer),
        facts.Retitled: (finding.keep,),
        facts.Pinned: (outgoing.publish_pinned,),
        facts.Unpinned: (outgoing.publish_unpinned,),
        facts.Locked: (outgoing.publish_locked,),
        facts.Unlocked: (outgoing.publish_unlocked,),
        facts.ThreadMoved: (moving.publish_moved, finding.keep_place, telling.tell_of_moved),
        facts.ThreadGone: (telling.tell_of_gone, forgetting.erase_thread),
        facts.ActivityAccepted: (outgoing.relay_accepted,),
        facts.ThreadLookedAt: (backfill.on_looked_at,),
        ActivityAnnounced: (reactors.note_receipt,),
        ErasureAsked: (forgetting.erase_community,),
        MemberLeft: (telling.untell_left,),
        MemberRemoved: (telling.untell_removed,),
        Banned: (telling.untell_banned,),
        ActorGone: (reactors.bury_posts,),
        FollowAccepted: (backfill.on_follow,),
        MemberJoined: (backfill.on_join,),
    },
    exports=(exporting.written,),
    findable=(finding.all_posts,),
    jobs=(
        backfill.fetch_outbox,
        backfill.fetch_thread,
        opening.withdraw_from,
        hiding.close_some,
        scheduling.publish_due,
        ending.tell,
        ending.close_due,
    ),
    timetable=((timedelta(days=1), drafts.prune), (timedelta(days=1), sent.prune)),
    sendable=(sending.may_leave,),
    tellable=(sending.may_tell,),
    receives=RECEIVES,
    serves=SERVES,
)

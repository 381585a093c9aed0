"""What communities plug in: their reactions, routes, documents and jobs."""

from __future__ import annotations

from datetime import timedelta

from activitypub.vocab import (
    Accept,
    Activity,
    Actor,
    Add,
    Announce,
    Block,
    Delete,
    Follow,
    Group,
    Invite,
    Join,
    Leave,
    Object,
    Reject,
    Remove,
    TentativeAccept,
    Undo,
    Update,
    Warn,
)
from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.communities import departures, facts, finding, following, mandates, reactors, relay, remote, sending, upkeep
from fedcop.communities.activities import admitting, documents, inviting, joining, moderating, outgoing, tokens
from fedcop.communities.admission import endings, links, waiting
from fedcop.communities.copies import asking, receipts
from fedcop.communities.participation import reminding
from fedcop.communities.trust import TRUST
from fedcop.core.feature import Feature
from fedcop.core.lots import one_by_one
from fedcop.federation.dispatcher import Route
from fedcop.federation.documents.serving import Document, Listing
from fedcop.people.facts import FollowAccepted, FollowAsked, FollowEnded

RECEIVES = (
    Route(Announce, Activity, relay.receive_relayed),
    Route(Add, Activity, relay.receive_relayed),  # FEP-171b: Hubzilla adds the activity to the conversation
    Route(Follow, Group, following.receive_follow),
    Route(Join, Group, joining.receive_join),
    Route(Undo, Join, joining.receive_undo_join),
    Route(Leave, Group, joining.receive_leave),
    Route(Accept, Join, joining.receive_accept_join),
    Route(Reject, Join, joining.receive_reject_join),
    Route(TentativeAccept, Join, joining.receive_tentative_answer),
    Route(Update, Join, joining.receive_more_said),
    Route(Invite, Actor, joining.receive_invite),
    Route(Undo, Invite, joining.receive_undo_invite),
    Route(Accept, Invite, joining.receive_accept_invite),
    Route(Reject, Invite, joining.receive_reject_invite),
    Route(Add, Actor, moderating.receive_add_member),
    Route(Remove, Actor, moderating.receive_remove_member),
    Route(Accept, Remove, asking.receive_receipt),
    Route(Accept, Delete, receipts.receive_receipt),
    Route(Block, Object, moderating.receive_block),
    Route(Undo, Block, moderating.receive_undo_block),
    Route(Update, Group, moderating.receive_update_group),
    Route(Delete, Group, moderating.receive_delete_group),
    Route(Warn, Actor, moderating.receive_warning),
)

SERVES = {
    "/c/{name}": Document(documents.group, more=documents.tells_more),
    "/c/{name}/i/{code}": Document(inviting.shown),
    "/c/{name}/token": Document(tokens.token),
    "/c/{name}/moderators": Listing(documents.moderators),
    "/c/{name}/members": Listing(documents.members),
    "/c/{name}/followers": Listing(documents.followers),
    "/c/{name}/following": Listing(documents.following),
    "/c/{name}/outbox": Listing(documents.outbox),
    "/c/{name}/featured": Listing(documents.featured),
}

FEATURE = Feature(
    name="communities",
    many={outgoing.publish_admission: one_by_one(outgoing.publish_admission)},
    receives=RECEIVES,
    serves=SERVES,
    keeps=(links.KEPT,),
    exports=(departures.memberships, departures.invitations),
    sendable=(sending.may_leave,),
    findable=(finding.all_communities,),
    trusts=(TRUST,),
    jobs=(remote.meet, inviting.open_link, remote.refresh_known, asking.ask, receipts.confirm, tokens.check),
    timetable=(
        (timedelta(hours=1), upkeep.end_bans),
        (timedelta(hours=1), links.forget),
        (timedelta(hours=1), mandates.warn),
        (timedelta(hours=1), mandates.end),
        (timedelta(hours=1), asking.ask_again),
        (timedelta(hours=1), reminding.remind),
        (timedelta(hours=6), upkeep.refresh_remote),
    ),
    reacts={
        facts.CommunityFounded: (finding.keep,),
        facts.CommunityKnown: (finding.keep,),
        facts.CommunityChanged: (outgoing.publish_change, finding.keep, waiting.fill_places),
        facts.StageChanged: (reactors.tell_opened,),
        facts.CharterChanged: (reactors.tell_charter,),
        facts.ParticipationLow: (reactors.tell_participation,),
        facts.CharterAccepted: (outgoing.publish_acceptance,),
        facts.MembersHeld: (reactors.tell_held,),
        facts.PlaceDoubted: (reactors.tell_doubted,),
        facts.JoinAsked: (outgoing.publish_join, reactors.tell_moderators),
        facts.ApplicantAsked: (admitting.publish_question, reactors.tell_applicant),
        facts.ApplicantAnswered: (admitting.publish_more, reactors.tell_of_answer),
        facts.Waits: (admitting.publish_waiting, reactors.tell_waiting),
        facts.PlaceFound: (admitting.publish_place, reactors.tell_place),
        facts.MemberJoined: (asking.after_joining, outgoing.publish_admission),
        facts.Admitted: (reactors.tell_admitted, remote.look_again),
        facts.Declined: (outgoing.publish_refusal, reactors.tell_declined, waiting.fill_places),
        facts.MemberLeft: (reactors.stop_delivery, outgoing.publish_leave, waiting.fill_places, asking.after_leaving),
        facts.Invited: (outgoing.publish_invitation, reactors.tell_invited),
        facts.InvitationAccepted: (outgoing.publish_invitation_accepted,),
        facts.InvitationDeclined: (outgoing.publish_invitation_declined,),
        facts.RoleChanged: (outgoing.publish_role, reactors.tell_role),
        facts.MandateEnding: (reactors.tell_mandate,),
        facts.MemberRemoved: (
            reactors.stop_delivery_of_removed,
            outgoing.publish_removal,
            reactors.tell_removed,
            endings.note_removed,
            asking.after_removal,
            waiting.fill_places,
        ),
        facts.Banned: (
            reactors.stop_delivery_of_banned,
            outgoing.publish_ban,
            reactors.tell_banned,
            endings.note_banned,
            asking.after_ban,
            waiting.fill_places,
        ),
        facts.Suspended: (outgoing.publish_suspension, reactors.tell_suspended),
        facts.Warned: (outgoing.publish_warning, reactors.tell_warned),
        facts.Unbanned: (outgoing.publish_unban, reactors.tell_unbanned),
        facts.ActivityAnnounced: (),
        facts.WordsTakenAway: (),
        ActorChanged: (remote.learn, finding.keep_group),
        ActorGone: (finding.drop_group, departures.end_memberships),
        FollowAsked: (following.decide_follow,),
        FollowAccepted: (following.note_accepted,),
        FollowEnded: (following.note_ended,),
    },
)

"""What communities plug in: their reactions, routes, documents and jobs."""

from __future__ import annotations

from fedcop.communities import facts
from fedcop.core.feature import Feature

FEATURE = Feature(
    name="communities",
    reacts={
        facts.CommunityFounded: (),
        facts.CommunityKnown: (),
        facts.CommunityChanged: (),
        facts.JoinAsked: (),
        facts.MemberJoined: (),
        facts.Admitted: (),
        facts.Declined: (),
        facts.MemberLeft: (),
        facts.Invited: (),
        facts.InvitationAccepted: (),
        facts.InvitationDeclined: (),
        facts.RoleChanged: (),
        facts.MemberRemoved: (),
        facts.Banned: (),
        facts.Unbanned: (),
        facts.ActivityAnnounced: (),
    },
)

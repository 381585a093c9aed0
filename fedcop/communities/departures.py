"""What falls away when a person is gone for good: their memberships, with all that hangs on them. And what a copy of one's data says of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fedcop.actors.facts import ActorGone
from fedcop.actors.queries import by_id
from fedcop.communities.admission.consent import record_line
from fedcop.communities.admission.models import AdmissionStep
from fedcop.communities.admission.settled import record_leave
from fedcop.communities.mandates import keep_a_responsible
from fedcop.communities.models import Ban, InvitationLink, Membership, OpeningNotice


async def end_memberships(fact: ActorGone) -> None:
    """Let a person who is gone leave every community (reaction); who has helped longest becomes responsible if nobody else is."""
    actor = await by_id(fact.actor_id)
    if actor is None or actor.kind == "Group":
        return
    await OpeningNotice.filter(actor_id=actor.id).delete()
    for membership in await Membership.filter(actor_id=actor.id).select_related("community__actor"):
        await record_leave(membership.community, actor)
        await keep_a_responsible(membership.community)


async def memberships(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the communities of a person, and from which they are banned (part of the export)."""
    found = await Membership.filter(actor_id=actor_id).order_by("id").select_related("community__actor")
    yield (
        "communities.json",
        [
            {
                "community": one.community.actor.uri,
                "name": one.community.actor.display_name,
                "role": one.role,
                "duties": one.duties.split(),
                "field": one.field,
                "until": one.until,
                "state": one.state,
                "message": one.message,
                "since": one.created_at,
                "reminded": one.reminded_at,
                "reminders": not one.unreminded,
                "in_home": one.in_home,
                "told": one.bell,
                "languages": one.languages,
                "list": {"title": one.list_title, "replies": one.list_replies, "hidden": one.list_hidden},
            }
            for one in found
        ],
    )
    said = await AdmissionStep.filter(actor_id=actor_id).order_by("id").select_related("community__actor")
    yield ("admissions.json", [record_line(one, one.community) for one in said])
    bans = await Ban.filter(actor_id=actor_id).order_by("id").select_related("community__actor")
    yield (
        "bans.json",
        [
            {"community": one.community.actor.uri, "reason": one.reason, "since": one.created_at, "until": one.until}
            for one in bans
        ],
    )


async def invitations(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give the invitation links that a person made; whom letters were written to is those people's affair (part of the export)."""
    found = await InvitationLink.filter(by_id=actor_id).order_by("id").select_related("community__actor")
    yield (
        "invitation_links.json",
        [
            {
                "community": one.community.actor.uri,
                "for": one.kind,
                "why": one.why,
                "by_letter": one.letters > 0,
                "used": one.used,
                "since": one.created_at,
                "until": one.expires_at,
            }
            for one in found
        ],
    )

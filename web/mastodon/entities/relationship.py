"""How one stands to a person or a community."""

from __future__ import annotations

from typing import Any

from fedcop.communities.desks import Tie
from fedcop.communities.ties import Place
from fedcop.people.queries import Relationship
from web.mastodon.entities.times import stamp_or_none

_NEVER = {"blocked_by": False}


def person_json(actor_id: int, tie: Relationship, *, recommended: bool) -> dict[str, Any]:
    """Write how one stands to a person; whether they block one is not said here, as on our pages."""
    return _NEVER | {
        "id": str(actor_id),
        "following": tie.following == "accepted",
        "showing_reblogs": tie.following == "accepted" and tie.shares,
        "notifying": tie.bell,
        "languages": list(tie.languages) or None,
        "followed_by": tie.followed_by,
        "blocking": tie.blocking,
        "muting": tie.muting,
        "muting_notifications": tie.mutes_notifications,
        "muting_expires_at": stamp_or_none(tie.muted_until),
        "requested": tie.following == "asked",
        "requested_by": tie.asks_to_follow,
        "domain_blocking": tie.blocking_domain,
        "endorsed": recommended,
        "note": tie.note,
    }


def community_json(actor_id: int, place: Place, tie: Relationship, *, recommended: bool) -> dict[str, Any]:
    """Write how one stands to a community: who belongs to it or follows it is following, who asked has asked."""
    inside = place.belongs or place.follow == "accepted"
    asked = place.follow == "asked" or (place.membership is not None and place.membership.state in ("asked", "waiting"))
    return _NEVER | {
        "id": str(actor_id),
        "following": inside,
        "showing_reblogs": inside and place.in_home,
        "notifying": inside and place.bell,
        "languages": (list(place.languages) or None) if inside else None,
        "followed_by": False,
        "blocking": False,
        "muting": place.muting,
        "muting_notifications": place.mutes_notifications,
        "muting_expires_at": stamp_or_none(place.muted_until),
        "requested": asked and not inside,
        "requested_by": False,
        "domain_blocking": tie.blocking_domain,
        "endorsed": recommended,
        "note": tie.note,
    }


def belonging_json(actor_id: int, tie: Tie) -> dict[str, Any]:
    """Write how a person stands to the community that an app is signed in as: members are its followers, the banned are blocked."""
    return _NEVER | {
        "id": str(actor_id),
        "following": False,
        "showing_reblogs": False,
        "notifying": False,
        "languages": None,
        "followed_by": tie.belongs,
        "blocking": tie.banned,
        "muting": False,
        "muting_notifications": False,
        "muting_expires_at": None,
        "requested": False,
        "requested_by": tie.asks,
        "domain_blocking": False,
        "endorsed": False,
        "note": "",
    }

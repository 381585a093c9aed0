"""People and communities as Account: one kind of thing to apps, told apart by `group`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.clock import EPOCH
from fedcop.core.i18n import N_, _
from fedcop.media.initials import OF_COMMUNITIES, drawable
from fedcop.profiles.models import ShownTag
from fedcop.timelines.numbers import NONE, Numbers
from web.mastodon.entities.plainer import plainer
from web.mastodon.entities.times import day_or_none, midnight
from web.shared.initials import initials, tint

FACE, HEADER = "/static/app/icons/app-192.png", "/static/app/icons/header.png"
SAID, ABOUT = (N_("Profession"), N_("Organisation"), N_("Region")), ("profession", "organisation", "region")
REPORTS = 1 << 4
#: By number and name, and what one may do by this API, in Mastodon's bits.
ROLES = {
    "moderator": ("1", "Moderator", REPORTS | 1 << 10),  # reports, people
    "admin": ("2", "Admin", REPORTS | 1 << 10 | 1 << 5 | 1 << 19),  # other servers and deletion too
    "owner": ("3", "Owner", REPORTS | 1 << 10 | 1 << 5 | 1 << 19),
}


def role_json(role: str) -> dict[str, Any]:
    """Write somebody's role on this instance."""
    number, name, permissions = ROLES.get(role, ("0", "", 0))
    return {"id": number, "name": name, "permissions": str(permissions), "color": "", "highlighted": bool(name)}


def picture(actor: Actor, origin: str) -> str:
    """Give the address of somebody's picture, of their initials where there is none; some apps fall over none at all."""
    if actor.icon_media_id:
        return f"{origin}/media/actor/{actor.id}/{actor.icon_media_id}"
    return origin + (_face(actor.display_name or actor.name, actor.uri, actor.kind == "Group") if actor.id else FACE)


@lru_cache(maxsize=5_000)  # a list asks for each face in it
def _face(name: str, uri: str, is_community: bool) -> str:
    letters = drawable(initials(name))
    return f"/media/initials/{OF_COMMUNITIES if is_community else tint(uri)}/{letters}.png" if letters else FACE


def header(actor: Actor, origin: str) -> str:
    """Give the address of the wide picture of a profile; never none either."""
    return f"{origin}/media/actor/{actor.id}/{actor.header_media_id}" if actor.header_media_id else origin + HEADER


def account_json(
    actor: Actor,
    origin: str,
    numbers: Numbers = NONE,
    community: Community | None = None,
    *,
    inside: bool = True,
    limited: Collection[str] = (),
) -> dict[str, Any]:
    """Write a person, or a community when there is one; `inside`: who looks may read what is said there; `limited`: the servers that are."""
    face, wide = picture(actor, origin), header(actor, origin)
    said: dict[str, Any] = {
        "id": str(actor.id),
        "username": actor.name,
        "acct": actor.name if actor.local else f"{actor.name}@{actor.host}",
        "display_name": actor.display_name or actor.name,
        "locked": actor.approves_followers,
        "bot": actor.kind in ("Service", "Application"),
        "group": community is not None,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "noindex": not actor.indexable,
        "created_at": midnight(actor.published or actor.created_at or EPOCH),
        "note": plainer(actor.summary),
        "url": actor.url or actor.uri,
        "uri": actor.uri,
        "avatar": face,
        "avatar_static": face,
        "header": wide,
        "header_static": wide,
        "followers_count": numbers.followers,
        "following_count": numbers.following,
        "statuses_count": numbers.posts,
        "last_status_at": day_or_none(numbers.last_at),
        "hide_collections": actor.hides_follows,
        "emojis": [],
        "roles": [],
        "fields": [] if community is not None else _fields(actor),
    }
    if community is not None:
        said.update(_of_community(actor, community, origin, inside=inside))
    if actor.host in limited and not actor.local:
        said["limited"] = True
    if not actor.id:  # somebody who took their name from what they wrote: no row, no page
        said.update(username="former_member", acct="former_member", url=origin, uri=origin)
    return said


def _of_community(actor: Actor, community: Community, origin: str, *, inside: bool) -> dict[str, Any]:
    threads = community.threads_count if inside else 0
    is_counted = inside and bool(actor.local or threads)  # of one elsewhere, none is what we do not know
    counted = [(_("Members"), community.members_count), *([(_("Discussions"), threads)] if is_counted else [])]
    return {
        "bot": False,
        "locked": community.join_policy != "open",
        "discoverable": community.join_policy != "invitation" or community.visibility == "public",
        "note": _purpose(actor, community, origin),
        "followers_count": community.members_count,
        "following_count": 0,
        "statuses_count": threads,
        "last_status_at": day_or_none(community.last_activity_at if threads else None),
        "hide_collections": True,
        "fields": [{"name": name, "value": str(number), "verified_at": None} for name, number in counted],
    }


def _purpose(actor: Actor, community: Community, origin: str) -> str:
    """Write what it is for; where it asks something of those who join, apps refuse without a word: say where one joins."""
    said = f"<p>{escape(community.purpose)}</p>" if community.purpose else ""
    if community.join_policy == "invitation" or not (community.charter_version or community.questions):
        return said
    address = f"{origin}/c/{actor.name if actor.local else f'{actor.name}@{actor.host}'}"
    link = f'<a href="{address}" rel="nofollow noopener noreferrer" target="_blank">{address}</a>'
    return f"{said}<p>{escape(_('Join it on its page, where it asks something of those who join:'))} {link}</p>"


def _fields(actor: Actor) -> list[dict[str, Any]]:
    fields = [
        {"name": _(name), "value": escape(value), "verified_at": None}
        for name, value in ((line, getattr(actor, column)) for line, column in zip(SAID, ABOUT, strict=True))
        if value
    ]
    for link in actor.links:
        value = str(link["value"])
        if actor.local:
            address = escape(value, quote=True)
            value = f'<a href="{address}" rel="me nofollow noopener">{escape(value.partition("://")[2])}</a>'
        fields.append({"name": str(link["name"]), "value": value, "verified_at": None})
    return fields


def shown_tag_json(shown: ShownTag, url: str, posts: int, last_at: datetime | None) -> dict[str, Any]:
    """Write a tag on a profile: `url` is where what its owner wrote with it stands. The number is a text, as in Mastodon."""
    return {
        "id": str(shown.id),
        "name": shown.tag,
        "url": url,
        "statuses_count": str(posts),
        "last_status_at": day_or_none(last_at),
    }


def profile_json(actor: Actor, origin: str, tags: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write what somebody says of themselves, as they typed it, and the tags they show: for the form of an app."""
    face = picture(actor, origin) if actor.icon_media_id else None
    wide = header(actor, origin) if actor.header_media_id else None
    return {
        "id": str(actor.id),
        "display_name": actor.display_name,
        "note": actor.summary_source,
        "fields": _typed(actor),
        "avatar": face,
        "avatar_static": face,
        "avatar_description": "",
        "header": wide,
        "header_static": wide,
        "header_description": "",
        "locked": actor.approves_followers,
        "bot": False,
        "hide_collections": actor.hides_follows,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "attribution_domains": actor.attribution_domains.split(),
        "featured_tags": list(tags),
    }


def _typed(actor: Actor) -> list[dict[str, Any]]:
    return [{"name": str(link["name"]), "value": str(link["value"]), "verified_at": None} for link in actor.links]


def own_account_json(
    actor: Actor, origin: str, numbers: Numbers, *, role: str, language: str, asking: int, quote_policy: str
) -> dict[str, Any]:
    """Write the account of who asks, with what only they read of it."""
    return account_json(actor, origin, numbers) | {
        "source": {
            "privacy": "public",
            "sensitive": False,
            "language": language.split("-")[0],
            "note": actor.summary_source,
            "fields": _typed(actor),
            "follow_requests_count": asking,
            "hide_collections": actor.hides_follows,
            "discoverable": actor.discoverable,
            "indexable": actor.indexable,
            "attribution_domains": actor.attribution_domains.split(),
            "quote_policy": quote_policy,
        },
        "role": role_json(role),
    }


def own_community_json(actor: Actor, origin: str, community: Community, *, asking: int, judges: bool) -> dict[str, Any]:
    """Write the community that an app is signed in as, with what only who is in charge reads; `judges`: they decide about reports."""
    return account_json(actor, origin, community=community) | {
        "source": {
            "privacy": "public",
            "sensitive": False,
            "language": community.language,
            "note": community.purpose,
            "fields": [],
            "follow_requests_count": asking,
            "hide_collections": True,
            "discoverable": actor.discoverable,
            "indexable": actor.indexable,
            "attribution_domains": [],
            "quote_policy": "public",
        },
        "role": role_json("member") | {"permissions": str(REPORTS if judges else 0)},
    }

"""This instance as apps read it before they ask for anything else: the fields that switch their features on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fedcop.accounts.instance import Instance
from fedcop.core.settings import Settings
from fedcop.discussions.polls import asking
from fedcop.media import films
from fedcop.profiles.models import MOST_TAGS
from web.mastodon.entities.status import TYPES

#: The version of Mastodon whose documents and paths these are. Apps call what they know of it: see README.md before raising it.
CLAIMED = "4.5.0"
LIKENESS = "/static/app/icons/app-512.png"
LANGUAGES = ("fr", "en")
#: What browsers and telephones call some of them; what a file is, its first bytes say.
ALSO_CALLED = ("audio/mp3", "audio/m4a", "audio/x-m4a", "audio/x-wav", "audio/vnd.wave", "audio/x-flac", "video/x-m4v")
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")


@dataclass(frozen=True)
class Numbers:
    """What is counted of this instance, and the limits of what one may write."""

    people: int
    active_month: int
    posts: int
    places: int
    most_characters: int
    most_files: int


def version(own: str) -> str:
    """Say which Mastodon this is compatible with, and what it really is."""
    return f"{CLAIMED} (compatible; fedcop {own})"


def rules_json(rules: Sequence[str]) -> list[dict[str, Any]]:
    """Write the rules of the instance."""
    return [{"id": str(place), "text": rule, "hint": ""} for place, rule in enumerate(rules, 1)]


def instance_json(about: Instance, settings: Settings, own: str, numbers: Numbers, key: str) -> dict[str, Any]:
    """Write the second form of the document; `key` is what a push subscription is bound to."""
    origin, likeness = settings.origin, settings.origin + (about.logo or LIKENESS)
    return {
        "domain": settings.netloc,
        "title": about.name,
        "version": version(own),
        "source_url": "",
        "description": about.slogan,
        "usage": {"users": {"active_month": numbers.active_month}},
        "thumbnail": {"url": likeness, "blurhash": None, "versions": {"@1x": likeness, "@2x": likeness}},
        "icon": [{"src": likeness, "size": "512x512"}],
        "languages": list(LANGUAGES),
        "configuration": _configuration(settings, numbers)
        | {
            "urls": {
                "streaming": _streaming(settings),
                "status": None,
                "about": f"{origin}/about",
                "privacy_policy": f"{origin}/privacy",
                "terms_of_service": None,
            },
            "vapid": {"public_key": key},
            "translation": {"enabled": False},
            "limited_federation": settings.federation != "open",
            "timelines_access": {
                "live_feeds": {"local": "public", "remote": "public"},
                "hashtag_feeds": {"local": "public", "remote": "public"},
                # No links are gathered here.
                "trending_link_feeds": {"local": "disabled", "remote": "disabled"},
            },
        },
        "registrations": {
            "enabled": about.registration in ("open", "approval"),
            "approval_required": about.registration == "approval",
            "reason_required": about.registration == "approval",
            "message": None,
            "min_age": None,
            "url": f"{origin}/signup",
        },
        "api_versions": {"mastodon": 7, "fedcop": 1},
        "contact": {"email": about.contact, "account": None},
        "rules": rules_json(about.rules),
    }


def old_instance_json(about: Instance, settings: Settings, own: str, numbers: Numbers) -> dict[str, Any]:
    """Write the first form of the document, which most apps still read."""
    return {
        "uri": settings.netloc,
        "title": about.name,
        "short_description": about.slogan,
        "description": about.slogan,
        "email": about.contact,
        "version": version(own),
        "urls": {"streaming_api": _streaming(settings)},
        "stats": {"user_count": numbers.people, "status_count": numbers.posts, "domain_count": numbers.places},
        "thumbnail": settings.origin + (about.logo or LIKENESS),
        "languages": list(LANGUAGES),
        "registrations": about.registration in ("open", "approval"),
        "approval_required": about.registration == "approval",
        "invites_enabled": about.invited_by == "member",
        "configuration": _configuration(settings, numbers),
        "contact_account": None,
        "rules": rules_json(about.rules),
        "max_toot_chars": numbers.most_characters,
    }


def _streaming(settings: Settings) -> str:
    return f"{'wss' if settings.secure else 'ws'}://{settings.netloc}"


def _configuration(settings: Settings, numbers: Numbers) -> dict[str, Any]:
    """Write the limits. What there is not has the limit 0: some apps fall over a missing number."""
    return {
        "accounts": {"max_featured_tags": MOST_TAGS, "max_pinned_statuses": 0, "max_profile_fields": 8},
        "statuses": {
            "max_characters": numbers.most_characters,
            "max_media_attachments": numbers.most_files,
            "characters_reserved_per_url": 23,
            "supported_mime_types": list(TYPES),
        },
        "media_attachments": _files(min(settings.max_upload, (1 << 31) - 1)),
        "polls": {
            "max_options": asking.MOST,
            "max_characters_per_option": asking.LONGEST,
            "min_expiration": int(asking.SHORTEST.total_seconds()),
            "max_expiration": int(asking.FURTHEST.total_seconds()),
        },
    }


def _files(largest: int) -> dict[str, Any]:
    """Say what may be uploaded: films and sounds only where this machine can prepare them."""
    plays = films.programs() is not None
    return {
        "supported_mime_types": [*PICTURES, *((*films.READERS, *ALSO_CALLED) if plays else ())],
        "description_limit": 1500,
        "image_size_limit": largest,
        "image_matrix_limit": 33_177_600,
        "video_size_limit": largest if plays else 0,
        "video_frame_rate_limit": films.FRAMES if plays else 0,
        "video_matrix_limit": films.PIXELS if plays else 0,
    }

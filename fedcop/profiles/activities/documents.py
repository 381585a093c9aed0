"""Tags of profiles as other servers read them (Mastodon's `featuredTags`). Pure mapping."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from activitypub.uris import PUBLIC
from fedcop.actors.models import Actor
from fedcop.core import addresses


def to_hashtag(actor: Actor, tag: str) -> dict[str, Any]:
    """Write a tag of a profile; its page has what this person began with it."""
    return {"type": "Hashtag", "href": f"{actor.url or actor.uri}?tag={quote(tag)}", "name": f"#{tag}"}


def to_change(activity_id: int, actor: Actor, tag: str, *, shown: bool) -> dict[str, Any]:
    """Write that somebody shows a tag, or no longer: added to the collection that Mastodon looks for it in."""
    return {
        "id": addresses.activity_uri(activity_id),
        "type": "Add" if shown else "Remove",
        "actor": actor.uri,
        "to": [PUBLIC],
        "cc": [actor.followers_uri],
        "object": to_hashtag(actor, tag),
        "target": actor.featured_uri,
    }

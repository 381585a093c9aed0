"""Links as PreviewCard: of what a discussion is about. Nothing is fetched for it: title and words are those of the discussion."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fedcop.core.sanitise import host_of
from fedcop.discussions.statuses import Status


def card_json(status: Status, address: str = "", description: str = "") -> dict[str, Any] | None:
    """Write the link of a post, the one with an address or its first; None where it has none."""
    said = [(str(link.get("href") or ""), str(link.get("name") or "")) for link in status.view.post.links]
    href, name = next(((href, name) for href, name in said if host_of(href) and address in ("", href)), ("", ""))
    if not href:
        return None
    post, host = status.view.post, host_of(href)
    title = status.view.said.title if not post.title_derived else ""
    return {
        "url": href,
        "title": name or title or host,
        "description": description,
        "language": status.view.said.language or None,
        "type": "link",
        "author_name": "",
        "author_url": "",
        "authors": [],
        "provider_name": host,
        "provider_url": f"{urlsplit(href).scheme}://{host}",
        "html": "",
        "width": 0,
        "height": 0,
        "image": None,
        "image_description": "",
        "embed_url": "",
        "blurhash": None,
        "published_at": None,
    }

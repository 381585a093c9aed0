"""Resources that are deposited later: what of their form is kept, and how it becomes a resource. When: discussions/scheduling.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.errors import Invalid
from fedcop.discussions.kinds import Later
from fedcop.discussions.models import Post
from fedcop.discussions.scheduling import files_of
from fedcop.discussions.service.checking import check_text
from fedcop.discussions.text import clean_title
from fedcop.discussions.versions import SECOND, typed
from fedcop.media import queries as media
from fedcop.resources import service
from fedcop.resources.service import Card

FIELDS = (
    "kind", "licence", "link", "credits", "third_party", "title", "source", "language", *SECOND, "tags", "media", "audience"
)  # fmt: skip


def content_of(card: Card, text: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is kept of a form: the card, and the other fields as typed."""
    return {
        **text,
        "kind": card.kind,
        "licence": card.licence,
        "link": card.link,
        "credits": [dict(credit) for credit in card.credits],
        "third_party": card.third_party,
        "media": [str(media_id) for media_id in card.media],
    }


async def check(author: Actor, community: Community, content: Mapping[str, Any]) -> None:
    """Refuse what could not be deposited now either, all of it at once."""
    card, text = _read(content)
    files = await media.waiting_of(author.id, list(card.media))
    errors: dict[str, str] = {}
    try:
        service.check(card, files, text["title"])
    except Invalid as error:
        errors = dict(error.errors)
    try:
        check_text(
            clean_title(text["title"]),
            text["source"],
            is_root=True,
            has_more=True,
            language=text["language"] or community.language,
            others=text["versions"],
        )
    except Invalid as error:
        errors = {**error.errors, **errors}
    if errors:
        raise Invalid(errors=errors)


async def publish(author: Actor, community: Community, content: Mapping[str, Any]) -> Post:
    """Deposit what was kept."""
    card, text = _read(content)
    audience, promised = (str(content.get(name) or "") for name in ("audience", "promised"))
    made = await service.deposit(author, community, card, **text, audience=audience, promised=promised)
    return await Post.get(id=made.post_id)


def _read(content: Mapping[str, Any]) -> tuple[Card, dict[str, Any]]:
    def said(name: str) -> str:
        return str(content.get(name) or "")

    card = Card(
        kind=said("kind"),
        licence=said("licence"),
        link=said("link"),
        credits=content.get("credits") or (),
        third_party=bool(content.get("third_party")),
        media=files_of(content),
    )
    return card, {
        "title": said("title"),
        "source": said("source").strip(),
        "language": said("language"),
        "tags": said("tags").replace(",", " ").split(),
        "versions": typed(*(said(name).strip() for name in SECOND)),
    }


LATER = Later(fields=FIELDS, check=check, publish=publish)

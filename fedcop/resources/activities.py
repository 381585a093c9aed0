"""The card of a resource on the wire: `fc:resource` beside an ordinary Page, so that every peer shows title, text and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activitypub.jsonld.normalise import read_date
from activitypub.vocab import Link, Object, Thing
from fedcop.core.sanitise import plain
from fedcop.discussions.activities.attaching import is_http
from fedcop.discussions.models import Post
from fedcop.resources import queries, service
from fedcop.resources.models import ResourceVersion

TERM = "fc:resource"


def claims(thing: Thing) -> bool:
    """Tell whether a received object is a resource."""
    return isinstance(thing.extra.get(TERM), Mapping)


async def to_object(post: Post) -> dict[str, Any]:
    """Give the extra properties of a resource's document."""
    resource = await queries.by_post(post.id)
    if resource is None:
        return {}
    found = await ResourceVersion.filter(resource_id=resource.id).order_by("number")
    latest = found[-1] if found else None
    versions = [one for one in found if one is latest or not queries.was_for_fewer(one, post)]
    card: dict[str, Any] = {
        "type": resource.kind,
        "license": resource.licence,
        "credits": [{key: value for key, value in credit.items() if value} for credit in resource.credits],
        "thirdParty": resource.third_party,
        "version": resource.version,
        "files": list(latest.files) if latest else [],
    }
    if resource.link:
        card["link"] = resource.link
    if latest and latest.note:
        card["note"] = latest.note
    if len(versions) > 1:
        card["previousVersions"] = [
            {
                "version": v.number,
                "note": v.note,
                "published": v.created_at.isoformat(),
                "link": v.link,
                "files": list(v.files),
            }
            for v in versions[:-1]
        ]
    return {TERM: card, "license": resource.licence}


async def read_object(thing: Thing, post: Post) -> None:
    """Keep the card of a received resource."""
    card = thing.extra.get(TERM)
    if not isinstance(card, Mapping) or not isinstance(thing, Object):
        return
    credits = card.get("credits")
    version = card.get("version")
    await service.record(
        post,
        service.FoundCard(
            kind=_text(card.get("type")),
            licence=_text(card.get("license")),
            link=_link(card, thing),
            credits=[credit for credit in credits if isinstance(credit, Mapping)] if isinstance(credits, list) else [],
            third_party=card.get("thirdParty") is True,
            version=version if isinstance(version, int) and version > 0 else 1,
            note=_text(card.get("note")),
            earlier=_earlier(card.get("previousVersions")),
        ),
    )


def _earlier(told: Any) -> list[service.FoundVersion]:
    """The earlier versions that a document tells of; what is malformed is left out."""
    found = []
    for version in told if isinstance(told, list) else []:
        number = version.get("version") if isinstance(version, Mapping) else None
        if not isinstance(number, int):
            continue
        files = version.get("files")
        found.append(
            service.FoundVersion(
                number=number,
                note=_text(version.get("note")),
                link=_web(version.get("link")),
                published=read_date(version.get("published")),
                files=[_file(file) for file in files if isinstance(file, Mapping)] if isinstance(files, list) else [],
            )
        )
    return found


def _file(told: Mapping[str, Any]) -> dict[str, Any]:
    size = told.get("size")
    return {
        "name": plain(_text(told.get("name")))[:255],
        "url": _web(told.get("url")),
        "sha256": _text(told.get("sha256"))[:64],
        "size": size if isinstance(size, int) and 0 <= size < 1 << 50 else None,
        "media_type": _text(told.get("media_type"))[:120],
    }


def _web(told: Any) -> str:
    text = _text(told)
    return text if is_http(text) else ""


def _link(card: Mapping[str, Any], thing: Object) -> str:
    named = (card.get("link"), *(a.href for a in thing.attachment if isinstance(a, Link)))
    return next(filter(None, map(_web, named)), "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

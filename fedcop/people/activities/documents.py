"""Our people as other servers read them: the Person document, its collections, and the activities about people. Pure mapping."""

from __future__ import annotations

from html import escape
from typing import Any

from activitypub.jsonld.normalise import write_date
from activitypub.uris import PUBLIC
from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.federation.documents.local_actors import document_of

Json = dict[str, Any]


async def to_person(actor: Actor) -> Json:
    """Write the document of one of our people: what everybody understands, and our terms for the profession."""
    ours = {"fc:profession": actor.profession, "fc:organisation": actor.organisation, "fc:region": actor.region}
    more: Json = {term: value for term, value in ours.items() if value}
    attachment = _fields(actor)
    if actor.attribution_domains:
        more["attributionDomains"] = actor.attribution_domains.split("\n")
    more["featuredTags"] = f"{actor.uri}/tags"
    return await document_of(actor, **more, **({"attachment": attachment} if attachment else {}))


def _fields(actor: Actor) -> list[Json]:
    """The profession first, for software that does not know our terms (features F7.1); then links."""
    region = "Région" if "fr" in actor.languages.split(",") else "Region"
    known = (("Profession", actor.profession), ("Organisation", actor.organisation), (region, actor.region))
    fields = [{"type": "PropertyValue", "name": name, "value": escape(value)} for name, value in known if value]
    for link in actor.links:
        address = escape(link["value"], quote=True)
        shown = escape(link["value"].partition("://")[2].rstrip("/"))
        value = f'<a href="{address}" rel="me nofollow noopener">{shown}</a>'
        fields.append({"type": "PropertyValue", "name": link["name"], "value": value})
    return fields


def to_tombstone(actor: Actor) -> Json:
    """Write what stays of somebody who is gone."""
    gone = {"deleted": write_date(actor.gone_at)} if actor.gone_at else {}
    return {"id": actor.uri, "type": "Tombstone", "formerType": actor.kind, **gone}


def to_follow(uri: str, follower: str, target: str) -> Json:
    """Write a Follow; `uri` is its id, ours or theirs."""
    return {"id": uri, "type": "Follow", "actor": follower, "object": target, "to": [target]}


def to_answer(kind: str, activity_id: int, target: Actor, follow: Json) -> Json:
    """Write an Accept or Reject of a Follow, nested whole: some match by its id, others by its content."""
    nested = {key: value for key, value in follow.items() if key != "to"}
    return {
        "id": addresses.activity_uri(activity_id),
        "type": kind,
        "actor": target.uri,
        "to": [follow["actor"]],
        "object": nested,
    }


def to_undo(activity_id: int, actor: Actor, undone: Json) -> Json:
    """Write an Undo of a Follow or Block of ours."""
    return {
        "id": addresses.activity_uri(activity_id),
        "type": "Undo",
        "actor": actor.uri,
        "to": undone["to"],
        "object": undone,
    }


def to_block(uri: str, actor: str, target: str) -> Json:
    """Write a Block between two people."""
    return {"id": uri, "type": "Block", "actor": actor, "object": target, "to": [target]}


async def to_update(activity_id: int, actor: Actor) -> Json:
    """Write that a profile says something new."""
    return {
        "id": addresses.activity_uri(activity_id),
        "type": "Update",
        "actor": actor.uri,
        "to": [PUBLIC],
        "cc": [actor.followers_uri],
        "object": await to_person(actor),
    }


def to_delete(activity_id: int, actor: Actor) -> Json:
    """Write that one of our people is gone for good."""
    return {
        "id": addresses.activity_uri(activity_id),
        "type": "Delete",
        "actor": actor.uri,
        "to": [PUBLIC],
        "object": actor.uri,
    }


def to_move(activity_id: int, actor: Actor, target: str) -> Json:
    """Write that one of our people lives elsewhere now."""
    return {
        "id": addresses.activity_uri(activity_id),
        "type": "Move",
        "actor": actor.uri,
        "to": [actor.followers_uri],
        "object": actor.uri,
        "target": target,
    }

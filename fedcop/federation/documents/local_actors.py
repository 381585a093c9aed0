"""The document of one of our actors, as far as all kinds share it; people and communities add their own."""

from __future__ import annotations

from typing import Any

from activitypub.jsonld.normalise import write_date
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.federation.documents.serving import Asking

RFC9421 = {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421: HTTP Message Signatures"}


async def document_of(actor: Actor, **more: Any) -> dict[str, Any]:
    """Give the document of a local actor, its keys included; keyword arguments are further properties by their JSON names."""
    if actor.gone_at is not None:
        return {"id": actor.uri, "type": "Tombstone", "formerType": actor.kind}
    document: dict[str, Any] = {
        "id": actor.uri,
        "type": actor.kind,
        "preferredUsername": actor.name,
        "webfinger": f"{actor.name}@{actor.host}",
        "name": actor.display_name or actor.name,
        "summary": actor.summary,
        "url": actor.url or actor.uri,
        "inbox": actor.inbox,
        "outbox": actor.outbox,
        "endpoints": {"sharedInbox": actor.shared_inbox},
        "manuallyApprovesFollowers": actor.approves_followers,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "generator": {"type": "Application", "id": addresses.instance_actor_uri(), "implements": [RFC9421]},
    }
    if actor.kind != "Application":
        document |= {
            "followers": actor.followers_uri,
            "following": f"{actor.uri}/following",
            "featured": actor.featured_uri,
        }
    if actor.icon_media_id is not None:
        picture = addresses.portrait_url(actor.id, actor.icon_media_id)
        document["icon"] = {"type": "Image", "mediaType": "image/webp", "url": picture}
    if actor.header_media_id is not None:
        picture = addresses.portrait_url(actor.id, actor.header_media_id)
        document["image"] = {"type": "Image", "mediaType": "image/webp", "url": picture}
    if actor.published is not None:
        document["published"] = write_date(actor.published)
    if actor.summary_source:
        document["source"] = {"content": actor.summary_source, "mediaType": "text/markdown"}
    if actor.links:
        fields = [{"type": "PropertyValue", "name": link["name"], "value": link["value"]} for link in actor.links]
        document["attachment"] = fields
    if actor.also_known_as:
        document["alsoKnownAs"] = actor.also_known_as
    if actor.moved_to_uri:
        document["movedTo"] = actor.moved_to_uri
    return {**document, **await _keys(actor), **more}


async def _keys(actor: Actor) -> dict[str, Any]:
    """One RSA key as an object, one Ed25519 key in a list: NodeBB and Lemmy read nothing else."""
    found: dict[str, Any] = {}
    for key in await actors.keys_of(actor):
        if key.kind == "rsa" and "publicKey" not in found:
            found["publicKey"] = {"id": key.key_id, "owner": actor.uri, "publicKeyPem": key.public}
        elif key.kind == "ed25519" and "assertionMethod" not in found:
            multikey = {"id": key.key_id, "type": "Multikey", "controller": actor.uri, "publicKeyMultibase": key.public}
            found["assertionMethod"] = [multikey]
    return found


async def instance_document(asking: Asking) -> dict[str, Any]:
    """Give the document of the actor that signs our fetches; always for everybody, or two careful servers could never begin."""
    return await document_of(await service.instance_actor())

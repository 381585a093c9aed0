"""A community with a few people, as most tests of discussions want it."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.discussions import queries, service
from fedcop.discussions.models import Post
from tests.rig.people import make_member


@dataclass
class Village:
    """A public community, its responsible person, two members, and somebody who only reads."""

    community: Community
    lea: Actor  # responsible
    noor: Actor
    sacha: Actor
    reader: Actor


async def make_village(name: str = "fruitiers", *, visibility: str = "public", **fields: str) -> Village:
    """Found a community with its people."""
    lea, noor, sacha, reader = [
        (await make_member(f"{who}_{name}")).actor for who in ("lea", "noor", "sacha", "reader")
    ]
    fields = {"purpose": "Faire pousser ce qui tient l’hiver", **fields}
    community = await communities.found(lea, title="Fruitiers nordiques", name=name, visibility=visibility, **fields)
    for person in (noor, sacha):
        membership = await communities.join(person, community)
        if membership.state == "asked":
            await communities.admit(lea, membership)
    return Village(community, lea, noor, sacha, reader)


async def received(found: service.FoundPost) -> Post | None:
    """Store a post as if it had come from its server."""
    present = await queries.by_uri(found.uri)
    return await service.record_newer(present, found) if present is not None else await service.record_new(found)

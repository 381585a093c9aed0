"""A fedcop with a community and keys that never change, among strict strangers: the stage of the interop stories."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import base58
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pytest import MonkeyPatch

from activitypub.signatures import verify_proof
from fedcop.accounts.signup import create_confirmed
from fedcop.actors.keys import KeyPair, KeyPairs
from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core.site import Site
from fedcop.discussions.models import Post
from tests.rig.fakeserver import FakeServer, Stranger
from tests.rig.manners import Manners
from tests.rig.strictness import objections
from tests.rig.thrift import rsa_pair
from tests.rig.world import World

HOME = "https://coop.example"
INBOX = f"{HOME}/inbox"
PASSWORD = "une phrase de passe assez longue"
ED25519 = b"\xed\x01"  # the multicodec prefix of a public key


def fix_keys(monkeypatch: MonkeyPatch) -> None:
    """Let actors have the same Ed25519 keys in each run, so that proofs in golden files stay as they are."""
    numbers = count(1)
    monkeypatch.setattr("fedcop.actors.keys._make", lambda: _pairs(next(numbers)))


def _pairs(number: int) -> KeyPairs:
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"fedcop interop %d" % number).digest())
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return KeyPair("rsa", *rsa_pair("interop", number)), KeyPair(
        "ed25519", pem, "z" + base58.b58encode(ED25519 + public).decode()
    )


@dataclass
class Coop:
    """Ana and Bob are at home at coop.example; Ana founded the community."""

    world: World
    site: Site
    ana: Actor
    bob: Actor
    community: Community
    passed: dict[str, int] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """The community's uri."""
        return self.community.actor.uri

    async def settle(self) -> None:
        """Let everything happen, a second later: what is made next has a time, and so ids, of its own."""
        await self.world.settle()
        self.world.clock.advance(1)

    async def joined_by(self, handle: str, manners: Manners) -> Stranger:
        """A stranger who follows the community, and was accepted."""
        person = await self.world.stranger(handle, manners)
        await person.follows(self.group, INBOX)
        await self.settle()
        assert person.server.took("Accept"), "nobody answered the Follow"
        return person

    def new(self, server: FakeServer) -> list[dict[str, Any]]:
        """What came to a server since the last look; each is read as strictly as its software does."""
        at = self.passed.get(server.host, 0)
        self.passed[server.host] = len(server.received)
        for item in server.received[at:]:
            assert not objections(server.manners, item.body), (objections(server.manners, item.body), item.activity)
        return [item.activity for item in server.received[at:]]

    async def proven(self, activity: dict[str, Any]) -> bool:
        """Whether the author's proof holds, by the key in the author's document, as a peer would see it."""
        document = json.loads((await self.world.get(activity["actor"])).body)
        [key] = [one for one in document["assertionMethod"] if one["id"] == activity["proof"]["verificationMethod"]]
        return verify_proof(activity, key["publicKeyMultibase"], now=self.world.clock.now(), owner=activity["actor"])


async def open_coop(world: World, **settings: Any) -> Coop:
    """Set the stage."""
    site = await world.fedcop(HOME, **settings)
    ana = (await create_confirmed("ana", "ana@coop.example", PASSWORD)).actor
    bob = (await create_confirmed("bob", "bob@coop.example", PASSWORD)).actor
    community = await communities.found(ana, title="Sols vivants", name="sols", purpose="Des sols qui vivent")
    await communities.join(bob, community)
    found = Coop(world, site, ana, bob, community)
    await found.settle()
    return found


async def post(uri: str) -> Post:
    """A post that the current fedcop has."""
    return await Post.get(uri=uri)

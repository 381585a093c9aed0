"""People for tests: members of ours with an account, strangers as they are after their document was read."""

from __future__ import annotations

from typing import Any

from activitypub.signatures.keys import generate_ed25519
from fedcop.accounts.models import Account
from fedcop.accounts.signup import create_confirmed
from fedcop.actors.models import Actor
from fedcop.actors.service import RemoteActor, remember_remote
from fedcop.people import service
from tests.rig.thrift import next_rsa_pair

PASSWORD = "une phrase de passe assez longue"


async def make_member(name: str, role: str = "member", *, language: str = "fr-CA", **profile: Any) -> Account:
    """Make a member of this instance; `profile` are fields of change_profile()."""
    account = await create_confirmed(name, f"{name}@atelier.example", PASSWORD, role, language=language)
    if profile:
        await service.change_profile(account.actor, **profile)
    return account


async def make_stranger(
    name: str = "gus", host: str = "ailleurs.example", kind: str = "Person", **columns: Any
) -> Actor:
    """Make an actor of elsewhere, keys included, as remote_actors would leave it."""
    uri = columns.pop("uri", f"https://{host}/users/{name}")
    found = {
        "uri": uri,
        "kind": kind,
        "name": name,
        "host": host,
        "display_name": name.title(),
        "url": f"https://{host}/@{name}",
        "inbox": f"{uri}/inbox",
        "shared_inbox": f"https://{host}/inbox",
        "outbox": f"{uri}/outbox",
        "followers_uri": f"{uri}/followers",
        "rsa": ((f"{uri}#main-key", next_rsa_pair("theirs")[1]),),
        "ed25519": ((f"{uri}#ed25519-key", generate_ed25519()[1]),),
    }
    return await remember_remote(RemoteActor(**{**found, **columns}))

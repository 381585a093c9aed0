"""The actor that speaks for a whole server: between fedcops, what organisations say to each other goes from one to the other."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.federation.peers.policies import own_scheme


def peer_uri(host: str) -> str:
    """Give the id of the actor that speaks for a fedcop: theirs is where ours is."""
    return f"{own_scheme()}://{host}{addresses.INSTANCE_ACTOR_PATH}"


def speaks_for_its_server(actor: Actor) -> bool:
    """Tell whether an actor is the one that speaks for its server."""
    return not actor.local and actor.kind == "Application" and actor.uri == peer_uri(actor.host)

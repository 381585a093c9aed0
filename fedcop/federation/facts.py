"""What can happen in the engine."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True)
class DeliveryAccepted(Fact):
    """A received activity is stored and waits to be done; those of one server keep their order."""

    item_id: int
    host: str

    @property
    def lane(self) -> str:
        """One lane for each server."""
        return f"from:{self.host}"


@dataclass(frozen=True)
class KeyDoubted(Fact):
    """A signature did not fit the key that we know: the key may have been changed."""

    actor_uri: str


@dataclass(frozen=True)
class ServerMet(Fact):
    """Somebody of a server is known here, and nobody has asked it lately what it runs."""

    host: str


@dataclass(frozen=True)
class PostArrived(Fact):
    """A server took a post of ours for a community of its, of which it will say no more."""

    post_id: int
    host: str

"""What an agreement trusts another server with, and how it ends when that server comes back with other keys (federation/presence.py)."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.alliances import service
from fedcop.alliances.models import Alliance
from fedcop.federation.peers.presence import Trust
from fedcop.federation.peers.speaker import peer_uri


async def whom(host: str) -> list[Actor]:
    """Give who speaks for a server with which there is an agreement."""
    if not await Alliance.filter(host=host, state="active").exists():
        return []
    return await Actor.filter(uri=peer_uri(host), local=False, gone_at=None)


async def hold(host: str, actor: Actor | None) -> None:
    """End what was agreed or proposed: whoever has the name now may propose it anew."""
    if actor is None or actor.uri == peer_uri(host):
        await service.record_other_keys(host)


TRUST = Trust(whom, hold)

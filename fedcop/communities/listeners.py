"""Who hears what a community of ours says, and what their servers run: asked once for all that is passed on in one go.

Not for: who of them may have a thing, or in which form (relay.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities.models import Community
from fedcop.federation.models import Server
from fedcop.federation.peers import servers


@dataclass(frozen=True)
class Listeners:
    """Those of one moment: for the jobs of one lot, and no longer."""

    _people: dict[int, list[Actor]] = field(default_factory=dict)
    _servers: dict[str, Server] = field(default_factory=dict)

    async def people(self, community: Community) -> list[Actor]:
        """Give one person of each server that is to hear a community."""
        if community.id not in self._people:
            self._people[community.id] = await queries.recipients(community)
        return list(self._people[community.id])

    async def servers(self, hosts: Iterable[str]) -> dict[str, Server]:
        """Give the rows of servers, as `servers.met` does."""
        wanted = set(hosts)
        if missing := wanted - self._servers.keys():
            self._servers.update(await servers.met(missing))
        return {host: self._servers[host] for host in sorted(wanted)}

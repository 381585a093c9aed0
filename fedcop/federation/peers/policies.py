"""The decisions about other servers, kept in memory for a moment since every delivery asks for them. Never fetches."""

from __future__ import annotations

import time

from fedcop.core.siblings import Siblings, forget_everywhere
from fedcop.core.site import Site, site
from fedcop.federation.models import Server

TOPIC = "policies"
KEPT = 15.0  # seconds: how long a process that was not told may not know of a new decision


class Policies:
    """Host to policy, for the few servers about which something was decided. `site.part(Policies)` gives the site's only one."""

    def __init__(self, site: Site) -> None:
        self._mode = site.settings.federation
        self._decided: dict[str, str] = {}
        self._met: set[str] = set()
        self._own = site.settings.netloc
        self._limited: list[str] = []
        self._read_at = float("-inf")
        site.part(Siblings).hear(TOPIC, lambda _: self.forget())

    def forget(self) -> None:
        """Read the decisions again when next asked."""
        self._read_at = float("-inf")

    async def of(self, host: str) -> str:
        """Give the decision about a server: its own, or that about the nearest domain above it."""
        await self._refresh()
        return self._decision(host)

    async def limited(self) -> list[str]:
        """Name the servers that are limited, of those that we met; never ourselves, whatever was decided about a domain above us."""
        await self._refresh()
        return self._limited

    def _decision(self, host: str) -> str:
        return next((self._decided[name] for name in _domains(host) if name in self._decided), "open")

    async def may_talk(self, host: str) -> bool:
        """Tell whether we take from and give to a server."""
        policy = await self.of(host)
        if self._mode == "open" or policy in ("allowed", "blocked"):
            return policy != "blocked"
        return self._mode == "closed" and host.lower() in self._met

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < KEPT:
            return
        found = await Server.exclude(policy="open").values_list("host", "policy")
        self._decided = {str(host): str(policy) for host, policy in found}
        if self._mode == "closed":
            # Whoever was asked what it runs has been met; the door is closed to all others.
            known = await Server.filter(asked_at__not_isnull=True).values_list("host", flat=True)
            self._met = {str(host) for host in known}
        self._limited = []
        if "limited" in self._decided.values():
            # By their names, so that a list need not know what is above each: who is met for the first time is told of by servers.server().
            met = await Server.exclude(host=self._own).values_list("host", flat=True)
            self._limited = sorted(str(host) for host in met if self._decision(str(host)) == "limited")
        self._read_at = time.monotonic()


async def decided() -> None:
    """Let every process read the decisions anew, once they are committed."""
    await forget_everywhere(TOPIC, site().part(Policies).forget)


def _domains(host: str) -> list[str]:
    """The host with and without port, then the domains above it; a blocked domain covers its subdomains."""
    name = host.lower().rpartition(":")[0] if _has_port(host) else host.lower()
    labels = name.split(".")
    above = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    return [host.lower(), name, *above]


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and ":" in host and not host.endswith("]")


def own_scheme() -> str:
    """Give "https", or "http" where we run without TLS ourselves, among local servers in development."""
    return site().settings.origin.partition(":")[0]


def is_wanted_scheme(uri: str) -> bool:
    """Tell whether an id has a scheme that ids may have here: https; http only in development."""
    return uri[:8].lower() == "https://" or (site().settings.development and uri[:7].lower() == "http://")

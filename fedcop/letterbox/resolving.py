"""Asks the domain name system, for the one page that says whether our mail is believed. None: no answer, so nobody knows."""

from __future__ import annotations

from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.resolver
import dns.reversename

from fedcop.core.site import Site

PATIENCE = 5.0  # seconds for one question


class Resolver(Protocol):
    """What answers; a test puts its own into `site.parts`."""

    async def ask(self, name: str, kind: str) -> list[str] | None:
        """Give the records of a kind (TXT, A, AAAA, or PTR of an address); none is an empty list."""
        ...


class DnsResolver:
    """The resolver of this machine."""

    async def ask(self, name: str, kind: str) -> list[str] | None:
        """Ask it."""
        try:
            asked = dns.reversename.from_address(name) if kind == "PTR" else name
            answer = await dns.asyncresolver.resolve(asked, kind, lifetime=PATIENCE)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError):
            return None
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [str(record).rstrip(".").lower() for record in answer]


def resolver(_site: Site) -> Resolver:
    """Make the resolver of a site."""
    return DnsResolver()

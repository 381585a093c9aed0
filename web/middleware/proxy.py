"""Finds out whose machine asks. Forwarded headers count only when a trusted proxy wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp.web import AppKey, Request, StreamResponse, middleware

from fedcop.core.settings import Settings
from web.keys import ADDRESS
from web.shared.routing import Handler

Network = IPv4Network | IPv6Network
IpAddress = IPv4Address | IPv6Address
SHORT = 100  # characters of forwarded addresses, which anybody may lengthen
TRUSTED: AppKey[tuple[Network, ...]] = AppKey("trusted")


@middleware
async def find_address(request: Request, handler: Handler) -> StreamResponse:
    """Note the address of the person's machine."""
    trusted = request.app[TRUSTED]
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", [])) if trusted else ""
    find = _found if len(forwarded) < SHORT else client_address
    request[ADDRESS] = find(request.remote or "", forwarded, trusted)
    return await handler(request)


def trusted_networks(settings: Settings) -> tuple[Network, ...]:
    """Read the addresses and networks of the proxies in front of us, once, at the start; the settings are checked."""
    return tuple(ip_network(text, strict=False) for text in settings.trusted_proxies)


def client_address(peer: str, forwarded: str, trusted: Iterable[Network]) -> str:
    """Walk back from the peer through proxies we trust; the first address that is none of them is the client."""
    networks = list(trusted)
    found = peer
    for hop in [peer, *reversed([part.strip() for part in forwarded.split(",") if part.strip()])]:
        address = _parse(hop)
        if address is None:
            break
        found = str(address)
        if not any(address in network for network in networks):
            break
    return found


_found = lru_cache(maxsize=4_000)(client_address)


def _parse(text: str) -> IpAddress | None:
    try:
        address = ip_address(text.strip("[]").split("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

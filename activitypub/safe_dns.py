"""Which addresses we connect to: the public internet only. Rules and a resolver that obeys them; no HTTP here.

Names are judged before DNS is asked, answers before a socket is made, and the socket's address once more when it is
made, so that a second DNS answer cannot smuggle in another address.
"""

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from activitypub.errors import BadUri, UnsafeAddress
from activitypub.uris import Parts, is_address_literal, split

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Names that only mean something inside a machine, a home or a company.
_INNER_NAMES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "corp",
    "home",
    "home.arpa",
    "onion",
)
_CLOSED_IPV4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 only global unicast is open, which leaves out ::1, mapped IPv4, NAT64, fc00::/7, fe80::/10, 5f00::/16 …
_OPEN_IPV6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_IPV6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo and other protocols that carry a second address inside
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",
    )
)
# What `allow_local` opens, for development and tests: the machine itself and private networks, never link-local.
_LOCAL = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


class Resolver(Protocol):
    """What answers names with addresses (the shape of aiohttp's resolvers)."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Sequence[Mapping[str, Any]]:
        """Give the addresses of a host."""

    async def close(self) -> None:
        """Release what the resolver holds."""


class SafeResolver:
    """Asks another resolver and refuses the whole answer if any address in it is not allowed."""

    def __init__(self, inner: Resolver, *, allow_local: bool = False) -> None:
        self._inner = inner
        self._allow_local = allow_local

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[Any]:
        """Give the addresses of a host, all of them public."""
        answers = list(await self._inner.resolve(host, port, family))
        for answer in answers:
            check_address(answer["host"], allow_local=self._allow_local)
        return answers

    async def close(self) -> None:
        """Close the other resolver."""
        await self._inner.close()


def check_url(url: str, *, allow_local: bool = False, allow_http: bool = False) -> Parts:
    """Give a url's parts if we may ask it at all, judging scheme, port and name; else raise UnsafeAddress."""
    try:
        parts = split(url)
    except BadUri as error:
        raise UnsafeAddress(f"{error}") from error
    if parts.scheme != "https" and not allow_http:
        raise UnsafeAddress("the address is not https")
    if is_address_literal(parts.host):
        if not allow_local:
            raise UnsafeAddress("the address names a number instead of a server")
        check_address(parts.host.strip("[]"), allow_local=True)
    if allow_local:
        return parts
    if parts.port != (443 if parts.scheme == "https" else 80):
        raise UnsafeAddress(f"the address names port {parts.port}, which servers of this network do not use")
    if "." not in parts.host or any(parts.host == name or parts.host.endswith(f".{name}") for name in _INNER_NAMES):
        raise UnsafeAddress(f"{parts.host} is a name inside a private network")
    return parts


def check_address(text: str, *, allow_local: bool = False) -> None:
    """Raise UnsafeAddress unless an IP address is on the public internet (or local, where that is allowed)."""
    if reason := _why_refused(text, allow_local):
        raise UnsafeAddress(reason)


@lru_cache(maxsize=4096)
def _why_refused(text: str, allow_local: bool) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "the name leads to something that is not an address"
    if not is_open(address) and not (allow_local and is_local(address)):
        return "the name leads to an address that is not on the public internet"
    return ""


def is_open(address: IpAddress) -> bool:
    """Tell whether an address is on the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_IPV4)
    if address.scope_id is not None:
        return False
    return address in _OPEN_IPV6 and not any(address in network for network in _CLOSED_IPV6)


def is_local(address: IpAddress) -> bool:
    """Tell whether an address is this machine's or a private network's."""
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    return any(address in network for network in _LOCAL if network.version == address.version)

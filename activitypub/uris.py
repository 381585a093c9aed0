"""Addresses: which are allowed, when two belong to the same server, and handles such as ana@coop.example.

Comparisons here are on parsed, normalised parts, never on prefixes; what cannot be normalised safely is refused.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import quote, urlsplit

import idna

from activitypub.errors import BadUri

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MAX_LENGTH = 2048

_PUBLIC_SPELLINGS = frozenset({PUBLIC, "as:Public", "Public"})
_SOLD = frozenset(("ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "ltd", "ne", "net", "nom", "or", "org", "qc"))
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_ODD = re.compile(r"[\x00-\x20\\\x7f]")
# A last label that a resolver would read as a number: `127.1`, `0x7f000001`, `2130706433`.
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")
_HANDLE_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.~+-]{0,126}[A-Za-z0-9_~+-])?")
_WIRE_SAFE = "/:@!$&'()*+,;=?%[]~"
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


@dataclass(frozen=True)
class Handle:
    """Name and host of a person or community, as people write it."""

    name: str
    host: str

    def __str__(self) -> str:
        return f"{self.name}@{self.host}"


@dataclass(frozen=True)
class Parts:
    """An http(s) address in pieces: host and port normalised, target (path and query) as written but ASCII."""

    scheme: str
    host: str
    port: int
    target: str

    @cached_property
    def authority(self) -> str:
        """Give host and port as a Host header names them: without the port that the scheme implies."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @cached_property
    def origin(self) -> str:
        """Give scheme and authority."""
        return f"{self.scheme}://{self.authority}"


def is_public(uri: str) -> bool:
    """Tell whether a uri is one of the three spellings of the Public address."""
    return uri in _PUBLIC_SPELLINGS


def split(uri: str) -> Parts:
    """Take an http(s) address apart; raise BadUri for everything that two programs could read differently."""
    if not isinstance(uri, str) or not uri:
        raise BadUri("there is no address")
    return _split(uri)


@lru_cache(maxsize=2048)  # one delivery names the same few addresses a dozen times
def _split(uri: str) -> Parts:
    _refuse_odd_text(uri)
    try:
        pieces = urlsplit(uri)
    except ValueError as error:
        raise BadUri("this is not an address") from error
    if pieces.scheme not in _DEFAULT_PORTS:
        raise BadUri("the address is neither https nor http")
    if "@" in pieces.netloc:
        raise BadUri("the address contains a user name")
    host, port = split_authority(pieces.netloc)
    target = quote(pieces.path, safe=_WIRE_SAFE) or "/"
    # An empty query is kept: `/inbox?` and `/inbox` are different request targets.
    if pieces.query or uri.partition("#")[0].endswith("?"):
        target = f"{target}?{quote(pieces.query, safe=_WIRE_SAFE)}"
    return Parts(pieces.scheme, host, port or _DEFAULT_PORTS[pieces.scheme], target)


def origin_of(uri: str) -> str:
    """Give `https://host[:port]` of an address, in lower case and IDNA, without the default port."""
    return split(uri).origin


def host_of(uri: str) -> str:
    """Give `host[:port]` of an address, in lower case and IDNA, without the default port."""
    return split(uri).authority


def domain_of(host: str) -> str:
    """Give what somebody had to buy to have this name: two labels, or three where the second is one under which names are sold."""
    labels = host.partition(":")[0].split(".")
    if labels[-1].isdigit() or host.startswith("["):
        return host  # a number is below nothing
    return ".".join(labels[-3 if len(labels) > 2 and labels[-2] in _SOLD else -2 :])


def same_origin(a: str, b: str) -> bool:
    """Tell whether two addresses belong to one server; a bad address belongs to none."""
    try:
        return origin_of(a) == origin_of(b)
    except BadUri:
        return False


def to_wire(uri: str) -> str:
    """Spell an address as it goes over the wire: host normalised, ASCII only, no fragment, at least `/` as path."""
    parts = split(uri)
    return parts.origin + parts.target


def same_address(a: str, b: str) -> bool:
    """Tell whether two addresses lead to the same document; paths are compared byte for byte."""
    try:
        return to_wire(a) == to_wire(b)
    except BadUri:
        return False


def strip_fragment(uri: str) -> str:
    """Drop what follows `#`."""
    return uri.partition("#")[0]


@lru_cache(maxsize=4096)
def split_authority(text: str) -> tuple[str, int | None]:
    """Normalise `host[:port]`; raise BadUri unless it is one plain name or address."""
    if text.startswith("["):
        inside, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadUri("the address has a malformed IPv6 host")
        return f"[{_ipv6(inside)}]", _port(rest[1:]) if rest else None
    host, colon, port = text.partition(":")
    return _name(host), _port(port) if colon else None


@lru_cache(maxsize=4096)
def is_address_literal(host: str) -> bool:
    """Tell whether a normalised host is a number rather than a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def parse_handle(text: str) -> Handle:
    """Read `@ana@host`, `ana@host`, `acct:ana@host` or `!soil@host`."""
    if not isinstance(text, str) or len(text) > 512:
        raise BadUri("this is not a handle")
    plain = text.strip()
    if plain[:5].lower() == "acct:":
        plain = plain[5:]
    if plain[:1] in ("@", "!"):
        plain = plain[1:]
    name, at, host = plain.partition("@")
    if not at or not _HANDLE_NAME.fullmatch(name):
        raise BadUri("this is not a handle of the form name@server")
    # The host of a handle goes through the same reader as the host of an address.
    if not host or any(mark in host for mark in "/?#@\\%"):
        raise BadUri("the server in this handle is not a host name")
    return Handle(name, host_of(f"https://{host}"))


def _refuse_odd_text(uri: str) -> None:
    if len(uri) > MAX_LENGTH:
        raise BadUri(f"the address is longer than {MAX_LENGTH} characters")
    if uri.isascii():
        odd = _ODD.search(uri) is not None
    else:
        odd = any(character == "\\" or unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in uri)
    if odd:
        raise BadUri("the address contains characters that addresses cannot have")


def _ipv6(text: str) -> str:
    # A zone (`%eth0`) names an interface of the machine that reads it: never valid in an address from outside.
    try:
        return ipaddress.IPv6Address(text).compressed if "%" not in text else _no_host()
    except ValueError as error:
        raise BadUri("the address has a malformed IPv6 host") from error


def _no_host() -> str:
    raise BadUri("the address has no valid host name")


def _name(host: str) -> str:
    if not host or "%" in host:
        return _no_host()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode()
        except (idna.IDNAError, UnicodeError):
            return _no_host()
    host = host.lower()
    labels = host.split(".")
    # A trailing dot gives an empty label: DNS sees the same server, cookies and certificates another one. Refused.
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return _no_host()
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return _no_host()
    return host


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise BadUri("the address has a malformed port")
    return int(text)

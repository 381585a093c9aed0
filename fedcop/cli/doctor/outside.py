"""How the instance looks from outside: its own address through proxy and certificate, its mail server, its mail's good name.

Whatever leaves the machine goes through `Outside` or the letterbox's resolver, parts of a site that tests replace.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Protocol
from urllib.parse import urlsplit

from cryptography import x509

from fedcop.cli.doctor.finding import Finding, note
from fedcop.core.clock import now
from fedcop.core.settings import Settings
from fedcop.core.site import Site
from fedcop.letterbox import health
from fedcop.letterbox.resolving import resolver

PATIENCE = 10.0
ASKED = "/.well-known/nodeinfo"
SHORT = 10  # days left that are too few, of a certificate that lives for months
BAD_GATEWAY = (502, 503, 504)


@dataclass(frozen=True)
class Answer:
    """What one's own address answers."""

    status: int
    body: bytes = b""
    where: str = ""  # Location
    begins: datetime | None = None  # of the certificate
    ends: datetime | None = None


class Outside(Protocol):
    """What asks; a test puts its own into `site.parts`."""

    def get(self, url: str) -> Answer:
        """Ask for a page, without following. Raises OSError (a bad certificate too)."""
        ...

    def connect(self, host: str, port: int) -> None:
        """Open a connection and close it. Raises OSError."""
        ...


class Network:
    """The network of this machine."""

    def __init__(self, site: Site) -> None:
        self.ca_file = site.settings.ca_file

    def get(self, url: str) -> Answer:
        """Ask."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        line: http.client.HTTPConnection = (
            http.client.HTTPSConnection(host, parts.port, timeout=PATIENCE, context=context)
            if secure
            else http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)
        )
        try:
            line.connect()
            certificate = line.sock.getpeercert() if isinstance(line.sock, ssl.SSLSocket) else None
            line.request("GET", parts.path, headers={"Accept": "application/json"})
            said = line.getresponse()
            ends = begins = None
            if certificate:
                begins, ends = (_moment(certificate.get(name)) for name in ("notBefore", "notAfter"))
            return Answer(said.status, said.read(1 << 16), said.headers.get("Location", ""), begins, ends)
        except http.client.HTTPException as error:
            raise OSError(f"it does not speak HTTP ({type(error).__name__})") from error
        finally:
            line.close()

    def connect(self, host: str, port: int) -> None:
        """Try."""
        with socket.create_connection((host, port), timeout=PATIENCE):
            pass


def _moment(text: object) -> datetime | None:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if isinstance(text, str) else None


def outside(site: Site) -> Outside:
    """Make what asks for a site."""
    return Network(site)


async def address(site: Site) -> list[Finding]:
    """Whether the settings about address and proxy fit together."""
    settings = site.settings
    found = []
    if settings.development:
        return [
            Finding(
                "Development mode is on: plain http and servers of this machine are let in, and rate limits are off.",
                "Take `development` out of fedcop.toml and FEDCOP_DEVELOPMENT out of the environment.",
            )
        ]
    if not settings.secure:
        found.append(
            Finding(
                f"url is {settings.url}: without https no other server will speak to this one.",
                "Begin url with https://, before the first member signs up; it stands in the id of everything.",
            )
        )
    behind_proxy = settings.secure and settings.tls_cert is None
    if behind_proxy and not settings.trusted_proxies:
        found.append(
            Finding(
                "A proxy must be in front, since url is https and tls_cert is not set, and trusted_proxies is empty: "
                "all readers look like one, and share one allowance.",
                'Write the proxy\'s address into fedcop.toml: trusted_proxies = ["127.0.0.1"]',
            )
        )
    if any(ip_network(text, strict=False).prefixlen == 0 for text in settings.trusted_proxies):
        found.append(
            Finding(
                "trusted_proxies trusts everybody: whoever asks can claim to be at any address.",
                "Name the proxy's own address there and no other.",
            )
        )
    if behind_proxy and not _is_loopback(settings.host):
        found.append(
            note(
                f"fedcop listens on {settings.host} in plain http: who reaches that port goes around the proxy.",
                'Write host = "127.0.0.1", or let a firewall close the port to all but the proxy.',
            )
        )
    if not settings.contact:
        found.append(
            note("contact is empty: nobody learns whom to write to about this server.", 'Write contact = "…@…"')
        )
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def reached(site: Site) -> list[Finding]:
    """Whether this very instance answers at its own address, through the proxy and with a good certificate."""
    settings = site.settings
    if settings.development:
        return []
    try:
        answer = await asyncio.to_thread(site.part(outside).get, settings.origin + ASKED)
    except ssl.SSLCertVerificationError as error:
        says = f"The certificate at {settings.origin} is not believed: {error.verify_message}."
        mend = "Renew it (certbot renew; Caddy does so by itself), with the whole chain, for this very name; if an authority of your own signed it, name that: ca_file."
        return [Finding(says, mend)]
    except (OSError, ValueError) as error:
        says = f"{settings.origin} does not answer: {getattr(error, 'strerror', None) or error}."
        return [Finding(says, "Look at the domain's A and AAAA records, the firewall (port 443) and the proxy.")]
    return [*_judged(answer, settings), *lasting(answer.begins, answer.ends)]


def _judged(answer: Answer, settings: Settings) -> list[Finding]:
    if answer.status in BAD_GATEWAY:
        says = f"The proxy at {settings.origin} answers {answer.status}: it does not reach fedcop."
        mend = f"See whether fedcop runs (systemctl status fedcop), and let the proxy point to {settings.host}:{settings.port}."
        return [Finding(says, mend)]
    if 300 <= answer.status < 400:
        says = f"{settings.origin}{ASKED} leads on to {answer.where}; other servers expect the answer there."
        return [Finding(says, "Let the proxy hand all paths to fedcop as they are.")]
    try:
        ours = str(json.loads(answer.body)["links"][0]["href"]).startswith(settings.origin + "/")
    except (ValueError, LookupError, TypeError):
        ours = False
    if answer.status != 200 or not ours:
        says = f"What answers at {settings.origin} ({answer.status}) is not this instance."
        return [Finding(says, "Look at the proxy's configuration for this name: deploy/proxies has two that work.")]
    return []


def lasting(begins: datetime | None, ends: datetime | None) -> list[Finding]:
    """Judge how long a certificate still holds."""
    if ends is None:
        return []
    left = (ends - now()).total_seconds() / 86_400
    whole = (ends - begins).total_seconds() / 86_400 if begins else 90.0
    if left >= min(SHORT, whole / 4):
        return []
    says = (
        f"The certificate has ended on {ends:%Y-%m-%d}."
        if left < 0
        else f"The certificate ends on {ends:%Y-%m-%d}, in {left:.0f} days, and was not renewed."
    )
    return [Finding(says, "Renew it: certbot renew, or see why Caddy could not: journalctl -u caddy")]


async def own_certificate(site: Site) -> list[Finding]:
    """How long the certificate holds that fedcop serves itself."""
    path = site.settings.tls_cert
    if path is None:
        return []
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        return [
            Finding(f"tls_cert: {path} cannot be read: {error}.", "Name the file with the whole chain (fullchain.pem).")
        ]
    return lasting(certificate.not_valid_before_utc, certificate.not_valid_after_utc)


async def mail(site: Site) -> list[Finding]:
    """Whether letters can leave."""
    url = site.settings.smtp
    if not url:
        if site.settings.development:
            return []
        says = "smtp is not set: no letter leaves, so nobody can confirm an address or choose a new password."
        return [Finding(says, 'Write smtp = "smtp://user:password@mail.example:587" into fedcop.toml.')]
    parts = urlsplit(url)
    port = parts.port or (465 if parts.scheme == "smtps" else 25)
    try:
        await asyncio.to_thread(site.part(outside).connect, parts.hostname or "", port)
    except OSError as error:
        says = f"The mail server {parts.hostname} port {port} does not answer: {error.strerror or error}."
        return [Finding(says, "Compare smtp with what the mail's provider says; many close port 25 to others.")]
    return []


RECORDS = {
    "spf": ("SPF: which servers may send for the domain", "TXT"),
    "dkim": ("DKIM: the key that signs letters", "TXT"),
    "dmarc": ("DMARC: what to do with letters that fail", "TXT"),
    "reverse": ("the reverse name of the mail server", "PTR"),
}


async def believed(site: Site) -> list[Finding]:
    """Whether other mail servers have reason to believe ours."""
    if not site.settings.smtp or site.settings.development:
        return []
    found = []
    for one in await health.findings(site.settings, site.part(resolver)):
        what, kind = RECORDS[one.key]
        if one.state == health.MISSING:
            mend = (
                f"Add a {kind} record at {one.name}: {one.copy}" if one.copy else f"Add a {kind} record at {one.name}."
            )
            found.append(Finding(f"There is no {what}; letters may be taken for spam.", mend))
        elif one.state == health.WRONG:
            mend = f"Write there: {one.copy}" if one.copy else "See /admin/mail."
            found.append(
                Finding(f"{one.name} is wrong ({what}): {' / '.join(one.found.splitlines()) or 'empty'}.", mend)
            )
        elif one.state == health.UNKNOWN and one.key in ("spf", "dmarc"):
            found.append(note(f"Nobody could say what {one.name} holds ({what}).", "Try again later."))
    return found


async def what_they_say(says: list[str]) -> list[Finding]:
    """Hear from the reasons of failed deliveries whether it is our clock that is off."""
    ahead, behind = (sum(f"min {way}" in text for text in says) for way in ("ahead", "behind"))
    if max(ahead, behind) < 2:
        return []
    way = "behind" if ahead > behind else "ahead of"
    return [
        Finding(
            f"{max(ahead, behind)} other servers say that our clock is {way} theirs.",
            "Compare `date -u` with a clock you trust, and switch NTP on: timedatectl set-ntp true.",
        )
    ]

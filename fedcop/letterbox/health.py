"""Whether other mail servers believe ours: SPF, DKIM, DMARC and the reverse name, as the domain name system says them.

A job asks and keeps what it found; pages and `fedcop doctor` read that. What had no answer is unknown, and said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.jobs import enqueue
from fedcop.core.models import InstanceSetting, Job
from fedcop.core.settings import Settings
from fedcop.core.site import site
from fedcop.letterbox.resolving import Resolver, resolver

KEY = "mail_health"
GOOD, MISSING, WRONG, UNKNOWN = "good", "missing", "wrong", "unknown"
SELECTORS = ("default", "mail", "dkim", "fedcop", "s1", "s2", "k1", "selector1", "selector2", "google")
LETTER_JOBS = ("deliver_mail", "letters:send", "digests.sending:write", "calls.sending:write")


@dataclass(frozen=True)
class Finding:
    """What is known of one thing: where its record stands, what it says, and what one would copy."""

    key: str  # spf, dkim, dmarc, reverse
    state: str
    name: str = ""
    found: str = ""
    copy: str = ""


@dataclass(frozen=True)
class Health:
    """What was found the last time."""

    checked_at: datetime
    findings: tuple[Finding, ...]


async def ask() -> int:
    """Promise to look again."""
    return await enqueue(check, unique="mail-health")


async def check() -> None:
    """Job: ask, and keep the answers."""
    found = await findings(site().settings, site().part(resolver))
    await _keep(found)


@atomic
async def _keep(found: Sequence[Finding]) -> None:
    value = {"at": clock.now().isoformat(), "findings": [asdict(one) for one in found]}
    await InstanceSetting.update_or_create(key=KEY, defaults={"value": value})


async def read() -> Health | None:
    """Give what was found the last time."""
    kept = await InstanceSetting.get_or_none(key=KEY)
    if kept is None or not isinstance(kept.value, dict):
        return None
    return Health(datetime.fromisoformat(kept.value["at"]), tuple(Finding(**one) for one in kept.value["findings"]))


async def findings(settings: Settings, by: Resolver) -> list[Finding]:
    """Find out all four things."""
    domain, host = settings.mail_from.rpartition("@")[2], urlsplit(settings.smtp).hostname or ""
    return [await _spf(by, domain, host), await _dkim(by, domain), await _dmarc(by, domain), await _reverse(by, host)]


async def _spf(by: Resolver, domain: str, host: str) -> Finding:
    answer = await by.ask(domain, "TXT")
    copy = f"v=spf1 a:{host} ~all" if host else "v=spf1 mx ~all"
    if answer is None:
        return Finding("spf", UNKNOWN, domain)
    records = [text for text in answer if text.lower().split(" ")[0] == "v=spf1"]
    if not records:
        return Finding("spf", MISSING, domain, copy=copy)
    lets_all = any(word in ("all", "+all") for word in records[0].lower().split())
    state = WRONG if len(records) > 1 or lets_all else GOOD
    return Finding("spf", state, domain, "\n".join(records), copy if state == WRONG else "")


async def _dkim(by: Resolver, domain: str) -> Finding:
    for selector in SELECTORS:
        name = f"{selector}._domainkey.{domain}"
        for text in await by.ask(name, "TXT") or ():
            if "p=" in text.replace(" ", ""):
                revoked = "p=" in [part.strip().replace(" ", "") for part in text.split(";")]
                return Finding("dkim", WRONG if revoked else GOOD, name, text)
    return Finding("dkim", UNKNOWN, f"…._domainkey.{domain}")  # its selector may be any word


async def _dmarc(by: Resolver, domain: str) -> Finding:
    name = f"_dmarc.{domain}"
    answer = await by.ask(name, "TXT")
    if answer is None:
        return Finding("dmarc", UNKNOWN, name)
    records = [text for text in answer if text.lower().replace(" ", "").startswith("v=dmarc1")]
    if len(records) != 1:
        return Finding("dmarc", WRONG if records else MISSING, name, "\n".join(records), "v=DMARC1; p=none")
    return Finding("dmarc", GOOD, name, records[0])


async def _reverse(by: Resolver, host: str) -> Finding:
    found = [*(await by.ask(host, "A") or ()), *(await by.ask(host, "AAAA") or ())] if host else []
    for address in found:
        if not ip_address(address).is_global:
            continue
        names = await by.ask(address, "PTR")
        if names is None:
            return Finding("reverse", UNKNOWN, address)
        if not names:
            return Finding("reverse", MISSING, address, copy=host)
        back = [*(await by.ask(names[0], "A") or ()), *(await by.ask(names[0], "AAAA") or ())]
        return Finding("reverse", GOOD if address in back else WRONG, address, names[0])
    return Finding("reverse", UNKNOWN, host)


async def waiting() -> tuple[int, int, str]:
    """Count the letters that wait because they could not be handed over yet, and those given up; and why, for the newest."""
    rows = [one for one in await Job.filter(attempts__gt=0).order_by("-id") if one.name.endswith(LETTER_JOBS)]
    failed = [one for one in rows if one.failed_at is not None]
    return len(rows) - len(failed), len(failed), next((one.error for one in rows if one.error), "")

"""What the people who run this server decide about others, and how deliveries go in all. Asks nobody; one line a server: console.py."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from activitypub.errors import BadUri
from activitypub.uris import host_of
from fedcop.core import clock
from fedcop.core.database import atomic, rows
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.site import site
from fedcop.federation.models import Refusal, Server
from fedcop.federation.peers import policies

POLICIES = ("open", "limited", "blocked", "allowed")
PAGE = 40


@dataclass(frozen=True)
class Refused:
    """One delivery that a peer refused for good."""

    refusal: Refusal
    host: str
    about: str


@atomic
async def decide(host: str, policy: str, reason: str = "") -> Server:
    """Decide about a server and all below it; raise Invalid with the field that cannot be accepted."""
    name = clean_host(host)
    if policy not in POLICIES:
        raise Invalid(errors={"policy": N_("Choose what applies to this server.")})
    found = await Server.get_or_none(host=name) or await Server.create(host=name, created_at=clock.now())
    found.policy, found.policy_reason = policy, reason.strip()[:2000]
    if policy == "blocked":
        found.paused_since = None  # what waits is not for it any more, and is taken out as it would be sent
    await found.save(update_fields=["policy", "policy_reason", "paused_since"])
    await policies.decided()
    return found


def clean_host(host: str) -> str:
    """Bring the name of another server into the form we keep; raise Invalid (field "host") if it is none."""
    text = host.strip().lower().removeprefix("https://").removeprefix("http://").strip("/").removeprefix("@")
    try:
        if not text or "/" in text:
            raise BadUri("no host")
        name = host_of(f"https://{text}/")
    except BadUri as error:
        raise Invalid(errors={"host": N_("Enter the name of a server, like example.org.")}) from error
    if name == site().settings.netloc:
        raise Invalid(errors={"host": N_("This is this very server.")})
    return name


async def servers(*, words: str = "", policy: str = "", after: str = "", limit: int = PAGE) -> list[Server]:
    """List servers by name; one more than `limit` means more."""
    found = Server.all()
    if words:
        found = found.filter(host__icontains=words.lower())
    if policy == "decided":
        found = found.exclude(policy="open")
    elif policy:
        found = found.filter(policy=policy)
    if after:
        found = found.filter(host__gt=after)
    return await found.order_by("host").limit(limit + 1)


async def decided(policies: Collection[str], *, below: int | None = None, limit: int = PAGE) -> list[Server]:
    """List servers about which one of these was decided, the last met first."""
    found = Server.filter(policy__in=list(policies))
    return await (found.filter(id__lt=below) if below is not None else found).order_by("-id").limit(limit)


async def by_id(server_id: int) -> Server | None:
    """Find a server."""
    return await Server.get_or_none(id=server_id)


@dataclass(frozen=True)
class Totals:
    """How deliveries are going, in numbers."""

    waiting: int
    failing: int
    dormant: int
    delivered: int  # destinations that took something during the last day
    paused: int


async def totals() -> Totals:
    """Count what waits and who fails."""
    (found,) = await rows(
        "SELECT (SELECT COUNT(*) FROM mailbox_entry) AS waiting,"
        " (SELECT COUNT(*) FROM destination WHERE failing_since IS NOT NULL AND dormant_since IS NULL) AS failing,"
        " (SELECT COUNT(*) FROM destination WHERE dormant_since IS NOT NULL) AS dormant,"
        " (SELECT COUNT(*) FROM destination WHERE delivered_at > ?) AS delivered,"
        " (SELECT COUNT(*) FROM server WHERE paused_since IS NOT NULL) AS paused",
        clock.now() - timedelta(days=1),
    )
    return Totals(found["waiting"], found["failing"], found["dormant"], found["delivered"], found["paused"])


async def refusals(limit: int = 30) -> list[Refused]:
    """List what peers refused for good, newest first."""
    found = await rows(
        "SELECT r.id, d.host, o.about FROM refusal r JOIN destination d ON d.id = r.destination_id"
        " LEFT JOIN outgoing_activity o ON o.id = r.outgoing_id ORDER BY r.id DESC LIMIT ?",
        limit,
    )
    by_id = {refusal.id: refusal for refusal in await Refusal.filter(id__in=[row["id"] for row in found] or [0])}
    return [Refused(by_id[row["id"]], row["host"], row["about"] or "") for row in found if row["id"] in by_id]

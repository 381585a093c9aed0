"""What the people who run this server see and decide about others: policies, deliveries that wait, refusals. Asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from activitypub.errors import BadUri
from activitypub.uris import host_of
from fedcop.core import clock
from fedcop.core.database import after_commit, atomic, rows
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.site import site
from fedcop.federation.models import Destination, Refusal, Server
from fedcop.federation.policies import Policies
from fedcop.federation.wake import wake_sender

POLICIES = ("open", "limited", "blocked", "allowed")
PAGE = 40


@dataclass(frozen=True)
class Mailbox:
    """One destination with what waits for it."""

    destination: Destination
    waiting: int


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
    await found.save(update_fields=["policy", "policy_reason"])
    await after_commit(site().part(Policies).forget)
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


async def mailboxes(*, after: int = 0, limit: int = PAGE) -> Sequence[Mailbox]:
    """List destinations for which something waits or that fail, the longest failing first; two queries."""
    found = await rows(
        "SELECT d.id, COUNT(e.id) AS waiting FROM destination d LEFT JOIN mailbox_entry e ON e.destination_id = d.id"
        " WHERE d.id > ? GROUP BY d.id, d.failing_since HAVING COUNT(e.id) > 0 OR d.failing_since IS NOT NULL"
        " ORDER BY d.id LIMIT ?",
        after,
        limit + 1,
    )
    kept = {row["id"]: row["waiting"] for row in found}
    destinations = await Destination.filter(id__in=list(kept) or [0]).order_by("id")
    return [Mailbox(destination, kept[destination.id]) for destination in destinations]


@dataclass(frozen=True)
class Totals:
    """How deliveries are going, in numbers."""

    waiting: int
    failing: int
    dormant: int
    delivered: int  # destinations that took something during the last day


async def totals() -> Totals:
    """Count what waits and who fails."""
    (found,) = await rows(
        "SELECT (SELECT COUNT(*) FROM mailbox_entry) AS waiting,"
        " (SELECT COUNT(*) FROM destination WHERE failing_since IS NOT NULL AND dormant_since IS NULL) AS failing,"
        " (SELECT COUNT(*) FROM destination WHERE dormant_since IS NOT NULL) AS dormant,"
        " (SELECT COUNT(*) FROM destination WHERE delivered_at > ?) AS delivered",
        clock.now() - timedelta(days=1),
    )
    return Totals(found["waiting"], found["failing"], found["dormant"], found["delivered"])


async def refusals(limit: int = 30) -> list[Refused]:
    """List what peers refused for good, newest first."""
    found = await rows(
        "SELECT r.id, d.host, o.about FROM refusal r JOIN destination d ON d.id = r.destination_id"
        " LEFT JOIN outgoing_activity o ON o.id = r.outgoing_id ORDER BY r.id DESC LIMIT ?",
        limit,
    )
    by_id = {refusal.id: refusal for refusal in await Refusal.filter(id__in=[row["id"] for row in found] or [0])}
    return [Refused(by_id[row["id"]], row["host"], row["about"] or "") for row in found if row["id"] in by_id]


@atomic
async def try_now(destination_id: int) -> Destination:
    """Let a mailbox be tried at once, whatever its clock says."""
    found = await Destination.get_or_none(id=destination_id)
    if found is None:
        raise NotFound(code="no-destination")
    found.retry_at = found.dormant_since = None
    await found.save(update_fields=["retry_at", "dormant_since"])
    await after_commit(wake_sender)
    return found

"""When the last member of a server is gone, that server is asked to erase what it holds of a private community of ours.

`Remove` of the server's own actor from the group's `copies`: a fedcop obeys and answers with a signed `Accept`. Other software
knows no such request; the ledger says so plainly.
"""

from __future__ import annotations

from typing import Any

from activitypub.errors import ActivityPubError
from activitypub.jsonld.normalise import write_date
from activitypub.vocab import id_of
from fedcop.actors import queries as actors
from fedcop.communities import access, queries
from fedcop.communities.copies.models import AGAIN, Erasure
from fedcop.communities.facts import Banned, MemberJoined, MemberLeft, MemberRemoved
from fedcop.communities.models import Ban, Community, Membership
from fedcop.core import addresses, clock
from fedcop.core.database import atomic, execute
from fedcop.core.facts import concerning
from fedcop.core.ids import new_id
from fedcop.core.jobs import enqueue, ordered
from fedcop.core.site import site
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse, Verdict
from fedcop.federation.models import HeldCopy, MailboxEntry, OutgoingActivity
from fedcop.federation.peers import servers
from fedcop.federation.peers.speaker import peer_uri, speaks_for_its_server
from fedcop.federation.sending import outbox
from fedcop.federation.sending.audience import inboxes_of
from fedcop.federation.sending.copies import Recent

AT_ONCE = 100


def copies_uri(group_uri: str) -> str:
    """Name the collection of servers that hold copies of what a group says; nobody is shown it."""
    return f"{group_uri}/copies"


@ordered
async def after_leaving(fact: MemberLeft) -> None:
    """Ask the server of who left, if that was the last one there."""
    await _consider(fact.community_id, fact.actor_id)


@ordered
async def after_removal(fact: MemberRemoved) -> None:
    """Do the same after a removal."""
    await _consider(fact.community_id, fact.actor_id)


@ordered
async def after_ban(fact: Banned) -> None:
    """Do the same after a ban."""
    ban = await Ban.get_or_none(id=fact.ban_id)
    if ban is not None:
        await _consider(fact.community_id, ban.actor_id)


@ordered
@concerning(lambda fact: fact.may_hold and not fact.ours)
async def after_joining(fact: MemberJoined) -> None:
    """Somebody of a server belongs again: what it was asked to erase it may hold."""
    membership = await Membership.filter(id=fact.membership_id).select_related("actor").first()
    if membership is not None and not membership.actor.local:
        await Erasure.filter(community_id=fact.community_id, host=membership.actor.host).delete()


async def _consider(community_id: int, actor_id: int) -> None:
    community, person = await queries.by_id(community_id), await actors.by_id(actor_id)
    if community is None or person is None or person.local or not community.actor.local:
        return
    if community.visibility == access.PUBLIC or person.host in await access.reading_hosts(community):
        return
    if await HeldCopy.filter(community_id=community.id, host=person.host, confirmed_at=None).exists():
        await _open(community, person.host)


@atomic
async def _open(community: Community, host: str) -> None:
    await Erasure.filter(community_id=community.id, host=host).delete()
    erasure_id = new_id()
    uri = addresses.activity_uri(erasure_id)
    made = await Erasure.create(id=erasure_id, uri=uri, community=community, host=host, asked_at=clock.now())
    await enqueue(ask, {"erasure_id": made.id}, lane=f"community:{community.id}")


async def ask_again() -> None:
    """Ask those once more who took the request and said nothing for a day (timetable)."""
    due = Erasure.filter(state="asked", last_asked_at__lte=clock.now() - AGAIN)
    for one in await due.order_by("last_asked_at").limit(AT_ONCE):
        await enqueue(ask, {"erasure_id": one.id}, unique=f"erasure:{one.id}")


async def ask(erasure_id: int) -> None:
    """Send the request; what waits in a mailbox already is tried by the mailbox's own clock."""
    found = await Erasure.filter(id=erasure_id, state="asked").select_related("community__actor").first()
    if found is None or await MailboxEntry.filter(outgoing__uri__startswith=f"{found.uri}#").exists():
        return
    await servers.manner_of(found.host)
    software = await servers.software_of(found.host)
    if software not in ("fedcop", ""):
        await Erasure.filter(id=found.id).update(state="cannot", last_asked_at=clock.now())
        return
    tries, group = found.tries + 1, found.community.actor
    await Erasure.filter(id=found.id).update(tries=tries, last_asked_at=clock.now())
    try:
        peer = await resolver.actor(peer_uri(found.host))
    except (ActivityPubError, Verdict):
        return  # silent: asked again tomorrow
    uri = f"{found.uri}#{tries}"
    await outbox.publish(_request(uri, group.uri, peer.uri), actor=group, inboxes=inboxes_of([peer]))


def _request(uri: str, group_uri: str, peer: str) -> dict[str, Any]:
    return {
        "id": uri,
        "type": "Remove",
        "actor": group_uri,
        "object": peer,
        "target": copies_uri(group_uri),
        "published": write_date(clock.now()),
        "to": [peer],
    }


async def receive_receipt(inbound: Inbound) -> Outcome:
    """A server says, signed, that what it held is gone."""
    if not speaks_for_its_server(inbound.actor):
        raise Refuse("only a server's own actor speaks for its organisation")
    uri = (id_of(inbound.object) or "").partition("#")[0]
    found = await Erasure.get_or_none(uri=uri)
    if found is None and await _thread_let_go(inbound.host, uri):
        return Outcome.DONE
    if found is None:
        raise Ignore("this was not asked, or not any more")
    if found.host != inbound.host:
        raise Refuse("another server was asked")
    await _confirm(found)
    return Outcome.DONE


@atomic
async def _thread_let_go(host: str, uri: str) -> bool:
    """Note that a server erased a thread which moved to where nobody there may read it; `discussions` stands above us, its table does not."""
    asked = await OutgoingActivity.filter(uri=uri).first()
    if asked is None or asked.post_id is None:
        return False
    done = await execute(
        "UPDATE held_copy SET confirmed_at = ? WHERE host = ? AND confirmed_at IS NULL"
        " AND post_id IN (SELECT id FROM post WHERE root_id = ?)",
        clock.now(), host, asked.post_id,
    )  # fmt: skip
    site().part(Recent).forget()
    return bool(done)


@atomic
async def _confirm(found: Erasure) -> None:
    now = clock.now()
    await Erasure.filter(id=found.id).update(state="confirmed", answered_at=now)
    held = HeldCopy.filter(community_id=found.community_id, host=found.host, confirmed_at=None)
    await held.update(confirmed_at=now)
    site().part(Recent).forget()

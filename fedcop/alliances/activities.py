"""How two organisations agree over ActivityPub: `Offer` of an `fc:Alliance` between instance actors, `Accept`, `Reject`, `Undo`.

Whoever proposed ends it with `Undo`, whoever accepted with `Reject`: each takes back what was theirs. The Accept carries the
whole Offer, so that nobody can have accepted another text than the one that was proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from activitypub.errors import ActivityPubError, FetchFailed
from activitypub.jsonld.normalise import write_date
from activitypub.vocab import Activity, Object, id_of
from fedcop.accounts import instance
from fedcop.accounts.letters import speaking
from fedcop.actors import service as actor_service
from fedcop.actors.models import Actor
from fedcop.alliances import queries, service, terms
from fedcop.alliances.facts import AllianceAccepted, AllianceDeclined, AllianceEnded, AllianceFact, AllianceProposed
from fedcop.alliances.models import NOON, Alliance
from fedcop.alliances.terms import Terms
from fedcop.core import addresses
from fedcop.core.i18n import N_, _, format_date
from fedcop.core.jobs import Retry, ordered
from fedcop.core.sanitise import plain, to_text
from fedcop.core.site import site
from fedcop.federation import known
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse, Verdict
from fedcop.federation.peers import overseeing, servers
from fedcop.federation.peers.policies import Policies
from fedcop.federation.peers.speaker import peer_uri, speaks_for_its_server
from fedcop.federation.sending import outbox
from fedcop.federation.sending.audience import inboxes_of

Json = dict[str, Any]
KIND = "fc:Alliance"


async def to_offer(alliance: Alliance) -> Json:
    """Write the Offer of an agreement, ours or theirs, with all that counts in it."""
    us, them = addresses.instance_actor_uri(), peer_uri(alliance.host)
    proposer, other = (us, them) if alliance.ours else (them, us)
    shares = {
        "public": alliance.shares_public,
        "directory": alliance.shares_directory,
        "communities": list(alliance.communities),
    }
    document: Json = {
        "type": KIND,
        "id": f"{alliance.uri}#alliance",
        "attributedTo": proposer,
        "to": [other],
        "name": (await instance.read()).name if alliance.ours else alliance.host,
        "startTime": write_date(alliance.from_at),
        "fc:shares": shares,
        "fc:signedBy": alliance.signed_by,
        "fc:dataAt": alliance.data_at,
    }
    if alliance.until_at is not None:
        document["endTime"] = write_date(alliance.until_at)
    if alliance.assessment:
        document["fc:assessment"] = alliance.assessment
    if alliance.ours:
        with speaking((await instance.read()).language):
            document["content"] = in_words(terms.of(alliance))
    return {"id": alliance.uri, "type": "Offer", "actor": proposer, "to": [other], "object": document}


def in_words(text: Terms) -> str:
    """Say an agreement in HTML, for whoever does not read our terms."""
    shared = [_(words) for words, holds in ((PUBLIC, text.shares_public), (DIRECTORY, text.shares_directory)) if holds]
    lines = [
        _("Shared: %(what)s", what=", ".join([*shared, *text.communities])),
        _("From: %(date)s", date=format_date(text.from_at + NOON)),
        _("Last day: %(date)s", date=format_date(text.until_at - NOON)) if text.until_at else "",
        _("Signed by: %(who)s", who=text.signed_by),
        _("The data lie here: %(place)s", place=text.data_at),
        text.assessment,
    ]
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line)


PUBLIC = N_("Public discussions and resources")
DIRECTORY = N_("The directory of people and communities")


@ordered
async def publish_proposal(fact: AllianceProposed) -> None:
    """Bring our proposal to the other organisation's server, if that understands such things."""
    alliance = await _of(fact)
    if alliance is None or alliance.state != "proposed":
        return
    await _open_the_door(alliance.host)
    await servers.manner_of(alliance.host)
    try:
        peer = await resolver.actor(peer_uri(alliance.host))
    except FetchFailed as error:
        if not error.permanent:
            raise Retry(error.reason) from error
        peer = None
    except (ActivityPubError, Verdict):
        peer = None
    if peer is None or not speaks_for_its_server(peer) or await servers.software_of(alliance.host) != "fedcop":
        await service.record_failure(alliance, N_("This server does not understand proposals of agreements."))
        return
    await _send(await to_offer(alliance), peer)
    await known.remember(alliance.uri, "offer", alliance.id, owner_uri=addresses.instance_actor_uri())


async def _open_the_door(host: str) -> None:
    """Where we talk to chosen servers only, a proposal is such a choice."""
    if await site().part(Policies).of(host) == "open" and not await servers.may_talk(host):
        await overseeing.decide(host, "allowed", _("An agreement was proposed to it."))


@ordered
async def publish_acceptance(fact: AllianceAccepted) -> None:
    """Tell the other side that we accept, with the text that we accept."""
    alliance = await _of(fact)
    if alliance is not None:
        answer = await _answer("Accept", fact, alliance)
        answer |= {"fc:signedBy": alliance.answer_signed_by, "fc:dataAt": alliance.answer_data_at}
        await _send(answer, await resolver.actor(peer_uri(alliance.host)))


@ordered
async def publish_refusal(fact: AllianceDeclined) -> None:
    """Tell the other side that we decline, and why."""
    alliance = await _of(fact)
    if alliance is not None:
        await _send(await _answer("Reject", fact, alliance), await resolver.actor(peer_uri(alliance.host)))


@ordered
async def publish_end(fact: AllianceEnded) -> None:
    """Tell the other side that we end it: by taking back our Offer, or our yes to theirs."""
    alliance = await _of(fact)
    if alliance is None or fact.known_to_both:
        return
    kind = "Undo" if alliance.ours else "Reject"
    await _send(await _answer(kind, fact, alliance), await resolver.actor(peer_uri(alliance.host)))


async def _of(fact: AllianceFact) -> Alliance | None:
    """The agreement, if it was our side that acted."""
    return await Alliance.get_or_none(id=fact.alliance_id) if fact.by_us else None


async def _answer(kind: str, fact: AllianceFact, alliance: Alliance) -> Json:
    document: Json = {
        "id": addresses.activity_uri(fact.activity_id),
        "type": kind,
        "actor": addresses.instance_actor_uri(),
        "to": [peer_uri(alliance.host)],
        "object": await to_offer(alliance),
    }
    return document | ({"summary": alliance.reason} if alliance.reason else {})


async def _send(document: Json, peer: Actor) -> None:
    actor = await actor_service.instance_actor()
    await outbox.publish(document, actor=actor, inboxes=inboxes_of([peer], shared=False))


async def receive_offer(inbound: Inbound) -> Outcome:
    """Another organisation proposes an agreement."""
    _must_speak_for_its_server(inbound)
    proposed = inbound.object
    if addresses.instance_actor_uri() not in inbound.activity.to:
        raise Ignore("this is not proposed to us")
    if not isinstance(proposed, Object) or proposed.type != KIND:
        raise Ignore("only agreements are proposed to servers")
    made = await service.record_proposal(inbound.host, inbound.id, read(proposed))
    if made is not None:
        await known.remember(inbound.id, "offer", made.id, owner_uri=inbound.actor.uri)
    return Outcome.DONE


async def receive_accept(inbound: Inbound) -> Outcome:
    """The other side accepts what we proposed: the very same text, or nothing."""
    alliance = await _meant(inbound, ours=True)
    offer = inbound.object
    accepted = offer.object if isinstance(offer, Activity) else None
    if not isinstance(accepted, Object) or read(accepted) != terms.of(alliance):
        raise Refuse("what was accepted is not what was proposed")
    said = _signature(inbound.activity.extra)
    await service.record_acceptance(alliance, *said)
    return Outcome.DONE


async def receive_reject(inbound: Inbound) -> Outcome:
    """The other side declines what we proposed, or ends what it had accepted."""
    await service.record_refusal(await _meant(inbound, ours=True), _words(inbound))
    return Outcome.DONE


async def receive_undo(inbound: Inbound) -> Outcome:
    """The side that proposed takes it back, or ends it."""
    await service.record_end(await _meant(inbound, ours=False), _words(inbound))
    return Outcome.DONE


def _must_speak_for_its_server(inbound: Inbound) -> None:
    if not speaks_for_its_server(inbound.actor):
        raise Refuse("only a server's own actor speaks for its organisation")


async def _meant(inbound: Inbound, *, ours: bool) -> Alliance:
    """Find the agreement of an answer; only the other side of it may give one."""
    _must_speak_for_its_server(inbound)
    found = await queries.by_uri(id_of(inbound.object) or "")
    if found is None or found.ours != ours:
        raise Ignore("there is no such agreement")
    if found.host != inbound.host:
        raise Refuse("the agreement is with another server")
    return found


def read(document: Object) -> Terms:
    """Read the text of an agreement; Refuse what cannot be one."""
    shares = document.extra.get("fc:shares")
    begins = document.start_time
    if not isinstance(shares, Mapping) or begins is None:
        raise Refuse("the agreement does not say what is shared from when")
    named = shares.get("communities")
    named = [str(one)[:400] for one in named if isinstance(one, str)] if isinstance(named, list) else []
    signed_by, data_at = _signature(document.extra)
    assessment = document.extra.get("fc:assessment")
    return Terms(
        shares_public=shares.get("public") is True,
        shares_directory=shares.get("directory") is True,
        communities=tuple(named[: terms.MAX_COMMUNITIES]),
        from_at=begins,
        until_at=document.end_time,
        signed_by=signed_by,
        data_at=data_at,
        assessment=plain(str(assessment or ""), lines=True).strip()[: terms.MAX_ASSESSMENT],
    )


def _signature(said: Mapping[str, Any]) -> tuple[str, str]:
    signed_by, data_at = plain(str(said.get("fc:signedBy") or "")).strip(), plain(str(said.get("fc:dataAt") or ""))
    if not signed_by:
        raise Refuse("nobody signed the agreement")
    return signed_by[: terms.MAX_SIGNATURE], data_at.strip()[: terms.MAX_PLACE]


def _words(inbound: Inbound) -> str:
    return to_text(inbound.activity.summary or "").strip()

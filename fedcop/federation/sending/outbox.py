"""publish(): one activity rendered once, sealed with its author's proof, and one narrow row per mailbox, in one transaction.

Not for: choosing who gets it (the features and audience.py) or sending it (sender.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from activitypub.jsonld.compose import with_context
from activitypub.signatures.proofs import add_proof
from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.core.clock import now
from fedcop.core.database import after_commit, atomic
from fedcop.core.ids import new_id
from fedcop.federation import keyring, known
from fedcop.federation.models import Destination, MailboxEntry, OutgoingActivity
from fedcop.federation.sending import copies
from fedcop.federation.sending.destinations import destinations_for
from fedcop.federation.sending.wake import wake_sender


async def seal(document: dict[str, Any], actor: Actor) -> bytes:
    """Give the exact bytes of a document of ours: with the smallest @context and the actor's FEP-8b32 proof.

    An embedded object of the same author gets a proof of its own, since it is shown elsewhere without its activity.
    """
    key = await keyring.proof_key(actor)
    sealed = with_context(document)
    inner = sealed.get("object")
    if isinstance(inner, dict) and inner.get("attributedTo") == actor.uri and "proof" not in inner:
        alone = {"@context": sealed["@context"], **inner}
        proven = add_proof(alone, private_pem=key.private_pem, verification_method=key.key_id, created=now())
        sealed = {**sealed, "object": {**inner, "proof": proven["proof"]}}
    sealed = add_proof(sealed, private_pem=key.private_pem, verification_method=key.key_id, created=now())
    return orjson.dumps(sealed)


async def publish(
    activity: dict[str, Any],
    *,
    actor: Actor,
    inboxes: Iterable[str],
    post_id: int | None = None,
    about: str = "",
    arrives: bool = False,
) -> bytes:
    """Seal an activity of a local actor and put it into mailboxes; give the bytes that every peer will see.

    `arrives`: it is to be told when a post was delivered. A job that was killed half-way and runs again sends the bytes of its first run, so that all peers hold the same.
    """
    earlier = await OutgoingActivity.get_or_none(uri=str(activity["id"]), sender_id=actor.id)
    body = bytes(earlier.body) if earlier else await seal(activity, actor)
    await publish_raw(
        body,
        sender=actor,
        uri=str(activity["id"]),
        inboxes=inboxes,
        post_id=post_id,
        about=about or f"{activity.get('type', '?')} by {actor.name}",
        arrives=arrives,
    )
    return body


@atomic
async def publish_raw(
    body: bytes,
    *,
    sender: Actor,
    uri: str,
    inboxes: Iterable[str],
    post_id: int | None = None,
    about: str = "",
    arrives: bool = False,
) -> OutgoingActivity | None:
    """Put bytes as they are into mailboxes; `sender` (ours) will sign the requests. Publishing the same uri twice adds nobody twice."""
    if not sender.local:
        raise ValueError(f"{sender.uri} is not ours and cannot sign")
    outside = [inbox for inbox in set(inboxes) if not addresses.is_ours(inbox)]
    outgoing = await OutgoingActivity.get_or_none(uri=uri, sender_id=sender.id)
    if outgoing is None:
        effect = copies.effect_of(orjson.loads(body)) if post_id is not None else ""
        outgoing = await OutgoingActivity.create(
            uri=uri,
            sender_id=sender.id,
            body=body,
            about=about,
            post_id=post_id,
            effect=copies.ARRIVES if arrives and effect == copies.BRINGS else effect,
            created_at=now(),
        )
        # Who calls may know better what it is: a follow, a join, a reaction.
        if addresses.is_ours(uri) and await known.look_up(uri) is None:
            await known.remember(uri, "activity", outgoing.id, owner_uri=sender.uri)
    targets = [d for d in await destinations_for(outside) if d.dormant_since is None or await _is_empty(d)]
    if targets:
        entries = [MailboxEntry(id=new_id(), destination_id=d.id, outgoing_id=outgoing.id) for d in targets]
        await MailboxEntry.bulk_create(entries, ignore_conflicts=True)
        await after_commit(wake_sender)
    return outgoing


async def _is_empty(dormant: Destination) -> bool:
    """Nothing piles up for a server that sleeps, but one activity waits, to try it once a day."""
    return not await MailboxEntry.exists(destination_id=dormant.id)


@atomic
async def withdraw(sender: Actor, inboxes: Iterable[str], *, before: int | None = None) -> int:
    """Take back what `sender` has not delivered yet to these inboxes (somebody left, access ended); give how many.

    `before` is an id: what was published after it still goes, such as the word that access ended.
    """
    found = await destinations_for(inboxes)
    if not found:
        return 0
    entries = MailboxEntry.filter(destination_id__in=[d.id for d in found], outgoing__sender_id=sender.id)
    if before is not None:
        entries = entries.filter(outgoing_id__lt=before)
    waiting = await entries.values_list("id", flat=True)
    if not waiting:
        return 0
    return await MailboxEntry.filter(id__in=list(waiting)).delete()

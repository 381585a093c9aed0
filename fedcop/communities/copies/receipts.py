"""Receipts of deletions between fedcops: once a post and its files are gone, the server's own actor signs an `Accept` of the `Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activitypub.vocab import Activity
from fedcop.actors import queries as actors
from fedcop.actors import service as actor_service
from fedcop.core import addresses, clock
from fedcop.core.database import atomic, rows
from fedcop.core.ids import new_id
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.site import site
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.federation.models import HeldCopy, OutgoingActivity
from fedcop.federation.peers import servers
from fedcop.federation.peers.speaker import speaks_for_its_server
from fedcop.federation.sending import copies, outbox
from fedcop.federation.sending.audience import inboxes_of
from fedcop.media.models import Media

SOON = 5.0  # seconds, for bytes that are being erased


async def promise(inbound: Inbound, post_id: int, file_keys: Sequence[str]) -> None:
    """Promise an answer to whoever told us that a post is gone; inside the transaction that takes it away."""
    to = inbound.via or inbound.signer
    payload = {
        "post_id": post_id,
        "file_keys": list(file_keys),
        "uri": inbound.id,
        "by": inbound.actor.uri,
        "to_id": to.id,
        "answer_id": new_id(),
    }
    await enqueue(confirm, payload)


async def confirm(post_id: int, file_keys: list[str], uri: str, by: str, to_id: int, answer_id: int) -> None:
    """Sign that a post is gone, when it is, to a server that reads such answers."""
    to = await actors.by_id(to_id)
    found = await rows("SELECT uri, deleted_at, removed_at FROM post WHERE id = ?", post_id)
    if to is None or not found or await servers.software_of(to.host) != "fedcop":
        return
    if found[0]["deleted_at"] is None and found[0]["removed_at"] is None:
        return
    for key in file_keys if found[0]["deleted_at"] is not None else ():
        if await site().storage.exists(key) and not await Media.filter(key=key).exists():
            raise Retry("its files are being erased", SOON)
    actor = await actor_service.instance_actor()
    gone = {"id": uri, "type": "Delete", "actor": by, "object": found[0]["uri"]}
    answer = {
        "id": addresses.activity_uri(answer_id),
        "type": "Accept",
        "actor": actor.uri,
        "to": [to.uri],
        "object": gone,
    }
    await outbox.publish(answer, actor=actor, inboxes=inboxes_of([to]))


async def receive_receipt(inbound: Inbound) -> Outcome:
    """A server says, signed, that a post which we told it of is gone there; it speaks for its own copy only."""
    if not speaks_for_its_server(inbound.actor):
        raise Refuse("only a server's own actor says what it holds")
    told = inbound.object
    uri = told.object_id if isinstance(told, Activity) else None
    found = await rows("SELECT id, deleted_at, removed_at FROM post WHERE uri = ?", uri or "")
    if not found or not (
        found[0]["deleted_at"] or found[0]["removed_at"] or await _was_withdrawn(found[0]["id"], told)
    ):
        raise Ignore("no such thing was deleted here")
    if not await _note(int(found[0]["id"]), inbound.host):
        raise Ignore("this server held no copy, or has answered already")
    return Outcome.DONE


async def _was_withdrawn(post_id: int, told: Any) -> bool:
    """Tell whether it answers an activity of ours that took a post, which is still there, from some servers."""
    return await OutgoingActivity.exists(post_id=post_id, uri=told.id or "", effect=copies.ENDS)


@atomic
async def _note(post_id: int, host: str) -> bool:
    held = HeldCopy.filter(post_id=post_id, host=host, confirmed_at=None)
    return bool(await held.update(confirmed_at=clock.now()))

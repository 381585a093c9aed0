"""Pictures of people and communities elsewhere: small copies of ours, so that whoever looks at a page asks no other server.

Only the drawn picture is kept, never what was sent. Not for: files of posts (federation/files.py), pictures of our own (portraits.py).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from activitypub.client.fetch import fetch_bytes
from activitypub.errors import ActivityPubError
from fedcop.accounts import throttle
from fedcop.actors import queries as actors
from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.actors.models import Actor
from fedcop.core import budgets
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import TooMany
from fedcop.core.facts import concerning
from fedcop.core.jobs import Retry, enqueue
from fedcop.core.site import site
from fedcop.federation import keyring
from fedcop.federation.peers import servers
from fedcop.media import copies
from fedcop.media import queries as media
from fedcop.media import service as files
from fedcop.media.models import Media
from fedcop.people.portraits import HEADER, PORTRAIT, Frame

LARGEST = budgets.LIKENESS_BYTES  # bytes; what others take for a portrait too
FRAMES = (PORTRAIT, HEADER)
# Of one server: nobody has us ask another one for thousands by naming its pictures (SECURITY.md E19).
AT_ONCE, SECONDS = 120, 600


@concerning(lambda fact: fact.pictured and not fact.local)
async def look(fact: ActorChanged) -> None:
    """Have the pictures fetched that somebody elsewhere shows now, and let those go that they show no more (reaction)."""
    actor = await _stranger(fact.actor_id)
    for frame in FRAMES if actor is not None else ():
        assert actor is not None
        url = getattr(actor, frame.address)
        shown = await _shown(actor, frame)
        if not url and shown is not None:
            await _hang(actor, frame, None)
        elif url and (shown is None or shown.remote_url != url):
            lane, unique = f"likenesses:{urlsplit(url).netloc}", f"likeness:{actor.id}:{frame.column}"
            await enqueue(fetch, {"actor_id": actor.id, "column": frame.column}, lane=lane, unique=unique)


async def fetch(actor_id: int, column: str) -> None:
    """Job: keep a small copy of a picture; one that cannot be had is tried again when its owner is next looked at."""
    actor, frame = await _stranger(actor_id), next(one for one in FRAMES if one.column == column)
    url = getattr(actor, frame.address, "")
    shown = await _shown(actor, frame) if actor is not None else None
    if actor is None or not url or (shown is not None and shown.remote_url == url):
        return
    host = urlsplit(url).netloc
    if not await servers.may_talk(host):
        return
    try:
        throttle.spend(f"likenesses:{host}", limit=AT_ONCE, seconds=SECONDS)
    except TooMany as error:
        raise Retry("many pictures lie on this server", error.retry_after) from error
    signer = await keyring.instance_signer()
    most = min(LARGEST, site().settings.max_upload)
    try:
        answer = await fetch_bytes(site().transport, url, signer=signer, now=now, max_bytes=most)
    except ActivityPubError:
        return
    drawn = await copies.draw_likeness(actor.id, url, answer.body, largest=frame.largest)
    if drawn is not None:
        await _hang(actor, frame, drawn)


async def forget(fact: ActorGone) -> None:
    """Let the pictures of somebody elsewhere go who is gone (reaction)."""
    await files.discard_all(fact.actor_id, local=False)


async def _stranger(actor_id: int) -> Actor | None:
    actor = await actors.by_id(actor_id)
    return None if actor is None or actor.local or actor.gone_at is not None else actor


async def _shown(actor: Actor, frame: Frame) -> Media | None:
    number = getattr(actor, frame.column)
    return (await media.many([number])).get(number) if number else None


@atomic
async def _hang(actor: Actor, frame: Frame, picture: Media | None) -> None:
    """Show this picture of somebody, or none, and let the one before go. They may have gone, or be shown otherwise, meanwhile."""
    now_ = await Actor.get(id=actor.id)
    if picture is not None:
        if now_.gone_at is not None or getattr(now_, frame.address) != picture.remote_url:
            await files.discard(now_, picture)
            return
        await picture.save(force_create=True)
    before = await _shown(now_, frame)
    setattr(now_, frame.column, picture.id if picture is not None else None)
    await now_.save(update_fields=[frame.column])
    if before is not None:
        await files.discard(now_, before)

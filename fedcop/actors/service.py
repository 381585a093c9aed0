"""Make, remember and bury actors. Does not fetch (see federation.remote_actors) and does not know accounts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from fedcop.actors import queries
from fedcop.actors.facts import ActorChanged, ActorGone
from fedcop.actors.keys import KeyPairs, make_pairs
from fedcop.actors.models import Actor, ActorKey
from fedcop.actors.rules import clean_name
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict
from fedcop.core.facts import record
from fedcop.core.i18n import N_
from fedcop.core.site import site

NAME_TAKEN = N_("This name is taken.")
_RSA_FRAGMENT = "#main-key"
_ED25519_FRAGMENT = "#ed25519-key"
# Longer values of strangers are cut, not refused: a peer with a long name is still a peer.
_LIMITS = {"display_name": 300, "profession": 200, "organisation": 200, "region": 200, "name": 100}
MAX_LINKS = 50
MAX_ALIASES = 20


@dataclass(frozen=True)
class RemoteActor:
    """What was read from a stranger's document, checked and sanitised by the reader."""

    uri: str
    kind: str
    name: str
    host: str
    display_name: str = ""
    summary: str = ""
    url: str = ""
    icon_url: str = ""
    header_url: str = ""
    inbox: str = ""
    shared_inbox: str = ""
    outbox: str = ""
    followers_uri: str = ""
    featured_uri: str = ""
    featured_tags_uri: str = ""
    moderators_uri: str = ""
    approves_followers: bool = False
    discoverable: bool = True
    indexable: bool = True
    moved_to_uri: str = ""
    also_known_as: tuple[str, ...] = ()
    links: tuple[dict[str, str], ...] = ()
    published: datetime | None = None
    profession: str = ""
    organisation: str = ""
    region: str = ""
    rsa: tuple[tuple[str, str], ...] = field(default=())
    ed25519: tuple[tuple[str, str], ...] = field(default=())


async def create_local(
    kind: str, name: str, *, display_name: str = "", pairs: KeyPairs | None = None, **columns: Any
) -> Actor:
    """Make a person or community of ours with its keys; raise Conflict if the name is or ever was taken.

    Inside a transaction of the caller's pass `pairs` (from `keys.make_pairs()`), so that no key is made while it is open.
    """
    wished = clean_name(name)
    return await _enter_local(kind, wished, pairs or await make_pairs(), display_name=display_name, **columns)


@atomic
async def _enter_local(kind: str, name: str, pairs: KeyPairs, **columns: Any) -> Actor:
    if await Actor.exists(name_key=name, host=site().settings.netloc):
        raise Conflict(NAME_TAKEN, "name-taken")
    uri = addresses.group_uri(name) if kind == "Group" else addresses.person_uri(name)
    try:
        actor = await Actor.create(**_own_addresses(uri, kind, name), **columns)
    except IntegrityError as error:
        raise Conflict(NAME_TAKEN, "name-taken") from error
    await _store_pairs(actor, pairs)
    await record(_changed(actor))
    return actor


def _changed(actor: Actor, *, met: bool = False) -> ActorChanged:
    pictured = any((actor.icon_url, actor.header_url, actor.icon_media_id, actor.header_media_id))
    return ActorChanged(actor_id=actor.id, kind=actor.kind, local=actor.local, met=met, pictured=pictured)


def _own_addresses(uri: str, kind: str, name: str) -> dict[str, Any]:
    return {
        "uri": uri,
        "kind": kind,
        "local": True,
        "name": name,
        "name_key": name.lower(),
        "host": site().settings.netloc,
        "url": uri,
        "inbox": f"{uri}/inbox",
        "shared_inbox": addresses.absolute("/inbox"),
        "outbox": f"{uri}/outbox",
        "followers_uri": f"{uri}/followers",
        "featured_uri": f"{uri}/featured",
        "moderators_uri": f"{uri}/moderators" if kind == "Group" else "",
        "created_at": clock.now(),
        "published": clock.now(),
    }


async def _store_pairs(actor: Actor, pairs: KeyPairs) -> None:
    for pair in pairs:
        fragment = _RSA_FRAGMENT if pair.kind == "rsa" else _ED25519_FRAGMENT
        await ActorKey.create(
            actor_id=actor.id,
            key_id=actor.uri + fragment,
            kind=pair.kind,
            public=pair.public,
            private=pair.private,
            created_at=clock.now(),
        )


async def instance_actor() -> Actor:
    """Give the Application that signs our fetches; it is made at first need, and its name is our host."""
    found = await queries.instance_actor_or_none()
    return found or await _enter_instance_actor(await make_pairs())


@atomic
async def _enter_instance_actor(pairs: KeyPairs) -> Actor:
    found = await queries.instance_actor_or_none()
    if found is not None:
        return found
    host = site().settings.netloc
    # GoToSocial takes "host:port" for an address of the scheme "host", and an actor without a name for none.
    columns = _own_addresses(addresses.instance_actor_uri(), "Application", host.replace(":", "."))
    actor = await Actor.create(
        **columns, display_name=host, approves_followers=True, discoverable=False, indexable=False
    )
    await _store_pairs(actor, pairs)
    return actor


@atomic
async def change_local(actor: Actor, **columns: Any) -> Actor:
    """Change columns of one of ours and tell who reacts."""
    assert actor.local, "a stranger's actor changes by remember_remote"
    actor.update_from_dict(columns)
    await actor.save(update_fields=list(columns))
    await record(_changed(actor))
    return actor


@atomic
async def remember_remote(found: RemoteActor) -> Actor:
    """Insert or update a stranger with its keys; a gone actor that answers again is alive again."""
    now = clock.now()
    columns = _remote_columns(found) | {"fetched_at": now, "fetch_failures": 0, "gone_at": None}
    actor = await Actor.get_or_none(uri=found.uri)
    assert actor is None or not actor.local, "our own actors are not learned from documents"
    columns["name_key"] = await _free_key(found)
    met = actor is None
    if actor is None:
        actor = await Actor.create(uri=found.uri, local=False, created_at=now, **columns)
    else:
        actor.update_from_dict(columns)
        await actor.save()
    await _replace_keys(actor, found, met=met)
    await record(_changed(actor, met=met))
    return actor


def _remote_columns(found: RemoteActor) -> dict[str, Any]:
    columns = {name: getattr(found, name) for name in RemoteActor.__dataclass_fields__}
    for name in ("uri", "rsa", "ed25519"):
        del columns[name]
    for name, limit in _LIMITS.items():
        columns[name] = columns[name][:limit]
    columns["host"] = found.host.lower()
    columns["links"] = list(found.links[:MAX_LINKS])
    columns["also_known_as"] = list(found.also_known_as[:MAX_ALIASES])
    return columns


async def _free_key(found: RemoteActor) -> str:
    """Choose the key of the name. Lemmy has a person and a community of one name; other hosts reuse the name of a deleted account."""
    key, host = found.name[: _LIMITS["name"]].lower(), found.host.lower()
    other = await Actor.get_or_none(name_key=key, host=host)
    if other is None or other.uri == found.uri:
        return key
    if other.gone_at is not None and not other.local:
        other.name_key = _second_key(key, other.uri)
        await other.save(update_fields=["name_key"])
        return key
    return _second_key(key, found.uri)


def _second_key(key: str, uri: str) -> str:
    return f"{key[:80]}~{hashlib.sha256(uri.encode()).hexdigest()[:16]}"


async def _replace_keys(actor: Actor, found: RemoteActor, *, met: bool) -> None:
    given = [("rsa", *pair) for pair in found.rsa] + [("ed25519", *pair) for pair in found.ed25519]
    names = [key_id for _, key_id, _ in given] or [""]
    if not met:
        await ActorKey.filter(actor_id=actor.id).exclude(key_id__in=names).delete()
    here = {key.key_id: key for key in await ActorKey.filter(key_id__in=names)}
    for kind, key_id, public in given:
        known = here.get(key_id)
        if known is None:
            here[key_id] = await ActorKey.create(
                actor_id=actor.id, key_id=key_id, kind=kind, public=public, created_at=clock.now()
            )
        elif known.actor_id == actor.id and (known.public, known.kind) != (public, kind):
            known.public, known.kind, known.created_at = public, kind, clock.now()
            await known.save(update_fields=["public", "kind", "created_at"])
        # A key id that belongs to somebody else stays theirs: nobody takes over a key by naming it.


@atomic
async def note_failed_fetch(actor: Actor) -> None:
    """Count that a stranger's document could not be had."""
    actor.fetch_failures += 1
    await actor.save(update_fields=["fetch_failures"])


@atomic
async def mark_gone(actor: Actor) -> None:
    """Bury an actor: the row stays so that its name is never given again, what it said of itself goes."""
    if actor.gone_at is not None:
        return
    actor.gone_at = clock.now()
    for name in (
        "display_name",
        "summary",
        "summary_source",
        "profession",
        "organisation",
        "region",
        "languages",
        "icon_url",
        "header_url",
        "attribution_domains",
    ):
        setattr(actor, name, "")
    actor.links, actor.also_known_as, actor.icon_media_id, actor.header_media_id = [], [], None, None
    await actor.save()
    if not actor.local:  # ours are still needed to sign the Delete
        await ActorKey.filter(actor_id=actor.id).delete()
    await record(ActorGone(actor_id=actor.id))


@atomic
async def suspend(actor: Actor) -> None:
    """Let an actor do nothing here any more, and hide it."""
    if actor.suspended_at is None:
        actor.suspended_at = clock.now()
        await actor.save(update_fields=["suspended_at"])
        await record(_changed(actor))


@atomic
async def unsuspend(actor: Actor) -> None:
    """Take a suspension back."""
    if actor.suspended_at is not None:
        actor.suspended_at = None
        await actor.save(update_fields=["suspended_at"])
        await record(_changed(actor))

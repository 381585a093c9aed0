"""Makes a copy of everything that we hold of a person: one zip with JSON in it and their files. Each feature adds its part.

A part is an async generator function in `Feature.exports`: given the actor's id, it yields (name in the zip, content);
content is anything that JSON can say, or a StoredFile.
"""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from fedcop.accounts import letters, sessions, throttle
from fedcop.accounts.models import Account, Export
from fedcop.actors.models import Actor
from fedcop.core import clock, signing
from fedcop.core.database import atomic
from fedcop.core.errors import NotFound
from fedcop.core.feature import StoredFile
from fedcop.core.i18n import _
from fedcop.core.jobs import enqueue
from fedcop.core.mail import post_mail
from fedcop.core.site import site
from fedcop.core.storage import TEMPORARY
from fedcop.people.models import Block, DomainBlock, Follow, Mute, PersonalNote

KEPT_FOR = timedelta(days=7)
_CHUNK = 1 << 18


@atomic
async def ask(account: Account) -> Export:
    """Promise a copy of somebody's data; one that is being made is given again."""
    waiting = await Export.filter(account_id=account.id, ready_at__isnull=True).order_by("-id").first()
    if waiting is not None:
        return waiting
    throttle.spend(f"export:{account.id}", limit=3, seconds=86_400)
    made = await Export.create(account_id=account.id, requested_at=clock.now())
    await enqueue(build, {"export_id": made.id}, unique=f"export:{made.id}")
    return made


async def latest(account: Account) -> Export | None:
    """Give the newest copy, ready or not."""
    return await Export.filter(account_id=account.id).order_by("-id").first()


async def ready(account: Account, export_id: int) -> Export:
    """Give a copy of this person's that can be downloaded."""
    found = await Export.get_or_none(id=export_id, account_id=account.id, ready_at__not_isnull=True)
    if found is None:
        raise NotFound(code="no-export")
    return found


async def key_of(export: Export) -> str:
    """Give where a copy lies, or would: whoever makes it may be killed before they write it down, and its owner be gone by then."""
    return export.key or await _key(export.id)


async def _key(export_id: int) -> str:
    return f"exports/{export_id}-{await signing.sign('export', str(export_id))}.zip"


async def build(export_id: int) -> None:
    """Make the zip (job)."""
    export = await Export.get_or_none(id=export_id).select_related("account__actor")
    key = await _key(export_id)
    if export is None:  # what was made before the account ended
        await site().storage.delete(key)
        return
    if export.ready_at is not None:
        return
    base = site().settings.data / TEMPORARY
    await asyncio.to_thread(base.mkdir, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="export-", dir=base) as folder:
        path = Path(folder) / "data.zip"
        await _write(path, export.account)
        size = path.stat().st_size
        await site().storage.put(key, _chunks(path))
    if not await _finish(export, key, size):
        await site().storage.delete(key)


@atomic
async def _finish(export: Export, key: str, size: int) -> bool:
    """Say that it is there; False if its owner is gone meanwhile."""
    if not await Export.filter(id=export.id).update(key=key, size=size, ready_at=clock.now()):
        return False
    account = export.account
    with letters.speaking(account.language):
        await post_mail(await letters.address(letters.export_ready(), to=account.email, code=account.language))
    return True


async def _write(path: Path, account: Account) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with letters.speaking(account.language):
            archive.writestr("README.txt", _explanation())
        archive.writestr("account.json", _json(await _account(account)))
        for feature in site().features:
            for part in feature.exports:
                async for name, content in part(account.actor_id):
                    await _add(archive, name, content)


async def _add(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    if not isinstance(content, StoredFile):
        await asyncio.to_thread(archive.writestr, name, _json(content))
        return
    if await site().storage.exists(content.key):
        with archive.open(name, "w", force_zip64=True) as target:
            async for chunk in site().storage.open(content.key):
                await asyncio.to_thread(target.write, chunk)


def _json(content: Any) -> bytes:
    return orjson.dumps(content, default=_plain, option=orjson.OPT_INDENT_2)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _explanation() -> str:
    return "\n\n".join(
        (
            _("This is a copy of what this server holds of you."),
            _("account.json is your account and profile; each other file is named after what is in it."),
            _("The files are JSON, in UTF-8: any text editor opens them, and other software can read them."),
        )
    )


async def _account(account: Account) -> dict[str, Any]:
    actor = account.actor
    said = (
        "uri",
        "name",
        "display_name",
        "profession",
        "organisation",
        "region",
        "languages",
        "summary_source",
        "links",
    )
    return {
        "email": account.email,
        "role": account.role,
        "language": account.language,
        "time_zone": account.time_zone,
        "created_at": account.created_at,
        "reason": account.reason,
        "preferences": account.preferences,
        "profile": {name: getattr(actor, name) for name in said},
        "sessions": [
            {"created_at": row.created_at, "seen_at": row.seen_at, "user_agent": row.user_agent, "address": row.address}
            for row in await sessions.list_(account)
        ],
    }


async def ties(actor_id: int) -> AsyncIterator[tuple[str, Any]]:
    """Give whom the person follows, blocks and mutes, which servers they block, what they note about whom, and who follows them (part of the export)."""
    following = await Follow.filter(follower_id=actor_id).order_by("id").select_related("target")
    yield (
        "following.json",
        [
            {
                "who": _name(row.target),
                "state": row.state,
                "since": row.created_at,
                "told": row.bell,
                "languages": row.languages,
            }
            for row in following
        ],
    )
    followers = await Follow.filter(target_id=actor_id).order_by("id").select_related("follower")
    yield (
        "followers.json",
        [{"who": _name(row.follower), "state": row.state, "since": row.created_at} for row in followers],
    )
    blocks = await Block.filter(actor_id=actor_id).order_by("id").select_related("target")
    yield "blocked.json", [{"who": _name(row.target), "since": row.created_at} for row in blocks]
    servers = await DomainBlock.filter(actor_id=actor_id).order_by("id")
    yield "blocked_servers.json", [{"server": row.host, "since": row.created_at} for row in servers]
    mutes = await Mute.filter(actor_id=actor_id).order_by("id").select_related("target")
    yield (
        "muted.json",
        [
            {"who": _name(row.target), "since": row.created_at, "until": row.ends_at, "told": not row.notifications}
            for row in mutes
        ],
    )
    notes = await PersonalNote.filter(actor_id=actor_id).order_by("id").select_related("target")
    yield "notes.json", [{"about": _name(row.target), "text": row.text, "at": row.changed_at} for row in notes]


def _name(actor: Actor) -> dict[str, str]:
    return {"uri": actor.uri, "handle": f"@{actor.name}@{actor.host}", "name": actor.display_name}


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as source:
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            yield chunk


async def forget_copies(keys: list[str]) -> None:
    """Delete the copies of somebody who is gone (job)."""
    for key in keys:
        await site().storage.delete(key)


async def forget_old() -> None:
    """Delete copies that are a week old (a job of the timetable)."""
    for export in await Export.filter(requested_at__lt=clock.now() - KEPT_FOR):
        await site().storage.delete(await key_of(export))
        await export.delete()

"""Room for what other servers published: beyond it, the bytes that nobody opened for longest go, and come again when somebody opens them.

Only public files go: what is private may not be had a second time. Ours never do. Previews stay, so that pages look as before.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic, fetch, rows
from fedcop.core.site import site
from fedcop.media.facts import FilesDropped, RemoteFileNamed
from fedcop.media.models import AWAY, Media

AT_ONCE = 200
NOTED_AGAIN = timedelta(days=1)  # a file that is opened often is not written down each time
MAY_GO = (
    "SELECT * FROM media WHERE local = ? AND key <> '' AND remote_url <> '' AND size > 0 AND post_id IS NOT NULL"
    " AND audience = 'public' AND state IN ('ready', 'verified', 'changed') ORDER BY COALESCE(used_at, created_at), id LIMIT ?"
)
HELD = "SELECT COALESCE(SUM(size), 0) AS size FROM media WHERE local = ? AND key <> ''"


async def held() -> int:
    """Count the bytes of other servers' files that lie here."""
    return int((await rows(HELD, False))[0]["size"])


async def keep_within() -> None:
    """Let the bytes of public files go that nobody opened for longest, until what is left fits (timetable)."""
    limit = site().settings.remote_media
    if not limit:
        return
    over = await held() - limit
    while over > 0:
        freed = await _let_go(over)
        if not freed:  # what is left may not go
            return
        over -= freed


@atomic
async def _let_go(over: int) -> int:
    freed, gone = 0, []
    # Those that nobody ever opened count from when they came.
    for media in await fetch(Media, MAY_GO, False, AT_ONCE):
        if freed >= over:
            break
        freed += media.size or 0
        gone.append(media)
    if gone:
        await Media.filter(id__in=[media.id for media in gone]).update(state=AWAY, key="")
        await facts.record(FilesDropped(keys=tuple(media.key for media in gone)))
    return freed


@atomic
async def bring_again(media: Media) -> None:
    """Have the bytes fetched that were let go; asked twice is once."""
    if await Media.filter(id=media.id, state=AWAY).update(state="waiting", used_at=now()):
        await facts.record(RemoteFileNamed(media_id=media.id, host=urlsplit(media.remote_url).netloc))


async def note_use(media: Media) -> None:
    """Note that somebody opened a file of another server, once a day, where that decides what stays."""
    if media.local or not site().settings.remote_media:
        return
    if media.used_at is None or now() - media.used_at > NOTED_AGAIN:
        await Media.filter(id=media.id).update(used_at=now())

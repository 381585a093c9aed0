"""Fetches the files that received posts name, signed by this instance, and hands their bytes to media, which verifies them."""

from __future__ import annotations

import hashlib

from activitypub.client.fetch import fetch_bytes
from activitypub.errors import ActivityPubError, FetchFailed
from fedcop.core.clock import now
from fedcop.core.jobs import Retry
from fedcop.core.site import site
from fedcop.federation import keyring
from fedcop.federation.fetching import tokens
from fedcop.federation.peers import servers
from fedcop.media import copies
from fedcop.media.facts import RemoteFileNamed
from fedcop.media.models import Media

TRIES_FOR = 3 * 86_400  # seconds after which a file that cannot be had is given up


async def fetch_named(fact: RemoteFileNamed) -> None:
    """Fetch one file; a server that does not answer is asked again for three days."""
    media = await Media.get_or_none(id=fact.media_id)
    if media is None or media.state not in ("waiting", "failed"):
        return
    if not await servers.may_talk(fact.host):
        await copies.receive_nothing(media, "we do not talk to this server")
        return
    try:
        content = await _fetch_as_member(media.remote_url, fact.mirror)
    except ActivityPubError as error:
        copy = await _copy(fact.mirror, media.signed_sha256)
        if copy is None:
            await _not_had(media, error, mirrored=bool(fact.mirror))
            return
        content = copy
    await copies.receive_bytes(media, content)


async def _fetch_as_member(url: str, mirror: str) -> bytes:
    """Fetch from the author's server; where it does not know us, with the token of the community whose copy is at `mirror`."""
    try:
        return await _fetch(url)
    except FetchFailed as error:
        group = mirror.rpartition("/files/")[0]
        shown = await tokens.header_for(group, url) if error.status in tokens.REFUSALS else ""
        if not shown:
            raise
        return await _fetch(url, shown)


async def _fetch(url: str, shown: str = "") -> bytes:
    signer, most = await keyring.instance_signer(), site().settings.max_upload
    answer = await fetch_bytes(site().transport, url, signer=signer, now=now, max_bytes=most, authorization=shown)
    return answer.body


async def _copy(mirror: str, sha256: str) -> bytes | None:
    """Ask the community's own server for its copy: in a private community the author's server does not know us."""
    if not mirror:
        return None
    try:
        content = await _fetch(mirror)
    except ActivityPubError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


async def _not_had(media: Media, error: ActivityPubError, *, mirrored: bool) -> None:
    await copies.receive_nothing(media, str(error))
    # The community's server may be about to fetch its copy.
    hopeful = isinstance(error, FetchFailed) and (mirrored or not error.permanent)
    if hopeful and (now() - (media.used_at or media.created_at)).total_seconds() < TRIES_FOR:
        raise Retry(str(error)) from error

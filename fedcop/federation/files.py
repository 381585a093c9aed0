"""Fetches the files that received posts name, signed by this instance, and hands their bytes to media, which verifies them."""

from __future__ import annotations

from activitypub.client.fetch import fetch_bytes
from activitypub.errors import ActivityPubError, FetchFailed
from fedcop.core.clock import now
from fedcop.core.jobs import Retry
from fedcop.core.site import site
from fedcop.federation import keyring, servers
from fedcop.media import service
from fedcop.media.facts import RemoteFileNamed
from fedcop.media.models import Media

TRIES_FOR = 3 * 86_400  # seconds after which a file that cannot be had is given up


async def fetch_named(fact: RemoteFileNamed) -> None:
    """Fetch one file; a server that does not answer is asked again for three days."""
    media = await Media.get_or_none(id=fact.media_id)
    if media is None or media.state not in ("waiting", "failed"):
        return
    if not await servers.may_talk(fact.host):
        await service.receive_nothing(media, "we do not talk to this server")
        return
    try:
        answer = await fetch_bytes(
            site().transport,
            media.remote_url,
            signer=await keyring.instance_signer(),
            now=now,
            max_bytes=site().settings.max_upload,
        )
    except FetchFailed as error:
        await service.receive_nothing(media, str(error))
        if not error.permanent and (now() - media.created_at).total_seconds() < TRIES_FOR:
            raise Retry(str(error)) from error
        return
    except ActivityPubError as error:
        await service.receive_nothing(media, str(error))
        return
    await service.receive_bytes(media, answer.body)

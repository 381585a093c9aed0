"""Gives tokens to who may read a private community of ours (FEP-db0e), and asks other servers whether theirs hold still."""

from __future__ import annotations

from urllib.parse import quote

import orjson

from activitypub.actor_tokens import make_token
from activitypub.client.fetch import Budget, fetch_bytes
from activitypub.errors import ActivityPubError, FetchFailed
from fedcop.actors import queries as actors
from fedcop.communities import access, queries, tokens
from fedcop.core import clock
from fedcop.core.errors import NotFound
from fedcop.core.site import site
from fedcop.federation import keyring
from fedcop.federation.documents.serving import Asking
from fedcop.federation.peers import servers


async def token(asking: Asking) -> bytes:
    """Give a token to somebody who may read a private community of ours; to others there is nothing here."""
    name = asking.path["name"]
    if asking.actor is None or "@" in name:
        raise NotFound
    community = await queries.visible_community(asking.actor, name)
    private = community.actor.local and community.visibility != access.PUBLIC
    if not private or not await access.may_read(asking.actor, community):
        raise NotFound
    signer = await keyring.signer_for(community.actor)
    return orjson.dumps(make_token(community.actor.uri, asking.actor.uri, signer, clock.now()))


async def check(community_id: int, actor_id: int) -> None:
    """Ask the community's own server whether somebody may read it; silence is no yes, and is not remembered either."""
    community, actor = await queries.by_id(community_id), await actors.by_id(actor_id)
    if community is None or actor is None or community.actor.local or not community.actor.followers_uri:
        return
    if not await servers.may_talk(community.actor.host):
        return
    asked = f"{community.actor.followers_uri}?is_follower={quote(actor.uri, safe='')}"
    budget = Budget(requests=2, seconds=5)
    try:
        await fetch_bytes(
            site().transport,
            asked,
            signer=await keyring.instance_signer(),
            now=clock.now,
            max_bytes=1 << 20,
            accept="application/activity+json",
            budget=budget,
        )
    except FetchFailed as error:
        if error.permanent:
            await tokens.record_answer(actor_id, community_id, holds=False)
        return
    except ActivityPubError:
        return
    await tokens.record_answer(actor_id, community_id, holds=True)

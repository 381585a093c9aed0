"""Tokens that are shown to us (FEP-db0e): the word of a group elsewhere that somebody may read what one of ours wrote in it.

Fails closed, in silence: whoever shows what does not hold is a stranger as before. Never fetches; activities/tokens.py does.
"""

from __future__ import annotations

from datetime import timedelta

from activitypub.actor_tokens import ActorToken, read_token
from activitypub.errors import BadDocument
from fedcop.actors.models import Actor
from fedcop.communities import access, privacy, queries
from fedcop.communities.models import Community, TokenCheck
from fedcop.core import clock, jobs
from fedcop.core.database import atomic
from fedcop.core.site import site
from fedcop.federation import keyring
from fedcop.federation.models import Server

CHECK = "fedcop.communities.activities.tokens:check"
HOLDS_FOR = timedelta(seconds=60)
"""How long the word of a community's server counts: access ends everywhere within a minute."""


async def community_of(actor: Actor, text: str) -> Community | None:
    """Give the community that a token is for, if the token is good: of this actor, now, and signed by the group itself."""
    try:
        token = read_token(text)
    except BadDocument:
        return None
    if token.actor != actor.uri or not token.is_current(clock.now()):
        return None
    community = await queries.by_uri(token.issuer)
    if community is None or community.actor.local or community.visibility == access.PUBLIC:
        return None
    return community if await _is_signed(token) else None


async def _is_signed(token: ActorToken) -> bool:
    for key_id, _signature in token.signatures:
        key = await keyring.key_of(key_id)
        if key is not None and key.owner == token.issuer and token.is_signed_by(key_id, key.public):
            return True
    return False


async def ask(actor: Actor, community: Community) -> int | None:
    """Promise to ask the community's server whether somebody belongs still; None if it said so a moment ago."""
    if await _known(actor, community) is not None or not await can_be_asked(community):
        return None
    payload = {"community_id": community.id, "actor_id": actor.id}
    return await jobs.enqueue(site().jobs[CHECK], payload, unique=f"token:{community.id}:{actor.id}")


async def holds(actor: Actor, community: Community) -> bool:
    """Tell whether a good token counts now: the community's server said so within the last minute, where it can be asked."""
    known = await _known(actor, community)
    return known.holds if known is not None else not await can_be_asked(community)


async def _known(actor: Actor, community: Community) -> TokenCheck | None:
    since = clock.now() - HOLDS_FOR
    return await TokenCheck.get_or_none(actor_id=actor.id, community_id=community.id, checked_at__gt=since)


async def can_be_asked(community: Community) -> bool:
    """Tell whether a community's server tells who may read it (Lemmy's `is_follower`); of others the token alone is known."""
    row = await Server.get_or_none(host=community.actor.host)
    return row is not None and privacy.keeps_private(row.software, row.version)


@atomic
async def record_answer(actor_id: int, community_id: int, *, holds: bool) -> None:
    """Write down what the community's server said."""
    told = {"holds": holds, "checked_at": clock.now()}
    await TokenCheck.update_or_create(told, actor_id=actor_id, community_id=community_id)

"""Invitation links between fedcops: shown to the server of who holds one, and looked at for somebody of ours who does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from activitypub.client.fetch import Budget
from activitypub.errors import ActivityPubError
from activitypub.uris import same_origin
from activitypub.vocab import Invite, parse
from fedcop.actors.models import Actor
from fedcop.communities import access, lookup, mapping, remote
from fedcop.communities.activities.joining import words_of
from fedcop.communities.admission import links
from fedcop.core import clock
from fedcop.core.words import Words
from fedcop.federation.documents.serving import Asking
from fedcop.federation.fetching import remote_actors, resolver
from fedcop.federation.inbound import Verdict


async def shown(asking: Asking) -> dict[str, Any] | None:
    """Give the invitation that a link is, to a server that says who it is; from then on it may know of the community."""
    if asking.actor is None or asking.actor.kind not in access.MACHINES:
        return None
    community, link = await links.opened(asking.path["name"], asking.path["code"], asking.actor)
    return mapping.link(community, link)


async def open_link(link: Words) -> None:
    """Job: look at a link for somebody here who opened it; one that does not work leaves nothing behind."""
    found = lookup.LINK.fullmatch(link)
    if found is None:
        return
    budget = Budget(requests=20, seconds=10)
    try:
        said = parse((await remote_actors.fetch_document(link, budget, same_origin_only=True)).body)
        if not isinstance(said, Invite) or not said.target_id or not same_origin(said.target_id, link):
            return
        group = await resolver.actor(said.target_id, budget=budget)
        community = await remote.community_of(group, budget=budget)
        by = await _inviter(said, link, budget)
    except (ActivityPubError, Verdict):
        return
    if community.actor.local:
        return  # by another spelling of our own name: what we say ourselves needs no remembering
    kind = links.KNOWN if said.extra.get("fc:kind") == links.KNOWN else links.STRANGERS
    longest = clock.now() + timedelta(days=links.MAX_DAYS)
    ends = min(said.end_time or longest, longest)
    await links.record_found(community, found["code"], kind=kind, why=words_of(said), by=by, expires_at=ends)


async def _inviter(said: Invite, link: str, budget: Budget) -> Actor | None:
    """Who invites: somebody of the server that serves the link, which can speak for nobody else."""
    if not said.actor_id or not same_origin(said.actor_id, link):
        return None
    try:
        return await resolver.actor(said.actor_id, budget=budget)
    except (ActivityPubError, Verdict):
        return None

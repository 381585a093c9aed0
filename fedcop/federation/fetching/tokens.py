"""Tokens that groups elsewhere give us (FEP-db0e): fetched when a third server does not let us read, kept while they hold.

Not for: what others show us (communities/tokens.py).
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from activitypub import actor_tokens
from activitypub.client.fetch import Budget, fetch_bytes, fetch_object
from activitypub.errors import ActivityPubError
from activitypub.uris import host_of, same_origin
from fedcop.core import addresses, clock
from fedcop.core.site import Site, site
from fedcop.federation import keyring
from fedcop.federation.peers import servers
from fedcop.federation.peers.policies import is_wanted_scheme

NONE_FOR = timedelta(minutes=10)  # how long a group that gave none is not asked again
MANY = 1_000
REFUSALS = (401, 403, 404)
"""How a server answers that does not know us: absent and forbidden are one answer."""


class Tokens:
    """What groups gave this process, by their uri: the header to show, "" for none, and until when."""

    def __init__(self, _site: Site) -> None:
        self._kept: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def of(self, group: str) -> str | None:
        """Give what is kept of a group; None if it has to be asked."""
        header, until = self._kept.get(group, ("", clock.now()))
        return header if clock.now() < until else None

    def keep(self, group: str, header: str, until: datetime) -> None:
        """Keep what a group gave."""
        self._kept[group] = (header, until)
        self._kept.move_to_end(group)
        if len(self._kept) > MANY:
            self._kept.popitem(last=False)


async def header_for(group: str, url: str, budget: Budget | None = None) -> str:
    """Give what to show to the server of a url, so that it lets our instance actor read what is in a group; "" if there is nothing."""
    if not group or addresses.is_ours(group) or not is_wanted_scheme(group) or same_origin(group, url):
        return ""
    kept = site().part(Tokens)
    known = kept.of(group)
    if known is None:
        known, until = await _asked(group, budget or Budget(requests=4, seconds=10))
        kept.keep(group, known, until)
    return known


async def _asked(group: str, budget: Budget) -> tuple[str, datetime]:
    nothing = "", clock.now() + NONE_FOR
    if not await servers.may_talk(host_of(group)):
        return nothing
    signer, memory = await keyring.instance_signer(), site().part(servers.Schemes)
    try:
        document = await fetch_object(
            site().transport, group, signer=signer, now=clock.now, budget=budget, memory=memory, same_origin_only=True
        )
        endpoints = document.data.get("endpoints")
        where = endpoints.get("actorToken") if isinstance(endpoints, dict) else None
        if not isinstance(where, str) or not same_origin(where, group):
            return nothing
        limit = actor_tokens.MAX_BYTES
        answer = await fetch_bytes(
            site().transport, where, signer=signer, now=clock.now, max_bytes=limit, budget=budget
        )
        token = actor_tokens.read_token(answer.body)
    except ActivityPubError:
        return nothing
    if token.issuer != group or token.actor != addresses.instance_actor_uri() or not token.is_current(clock.now()):
        return nothing
    return actor_tokens.header(answer.body), token.valid_until - actor_tokens.SKEW

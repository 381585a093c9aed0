"""From people to inboxes: who gets an activity, said as a set of addresses. Decides nothing about rights; the features do."""

from __future__ import annotations

from collections.abc import Iterable

from activitypub.errors import BadUri
from activitypub.uris import host_of, same_origin
from fedcop.actors.models import Actor
from fedcop.core import addresses


def inbox_of(actor: Actor, *, shared: bool = True) -> str | None:
    """Give the address for one actor: the shared inbox if it lies on the actor's own origin, else the personal one.

    None for ourselves, for the gone, and where the document named no usable inbox (SECURITY.md E11).
    """
    if actor.local or actor.gone_at is not None:
        return None
    if shared and actor.shared_inbox and same_origin(actor.shared_inbox, actor.uri):
        return actor.shared_inbox
    if actor.inbox and same_origin(actor.inbox, actor.uri):
        return actor.inbox
    return None


def inboxes_of(actors: Iterable[Actor], *, shared: bool = True) -> set[str]:
    """Give one address per server for many actors, ours left out."""
    found = (inbox_of(actor, shared=shared) for actor in actors)
    return {inbox for inbox in found if inbox is not None}


def by_host(inboxes: Iterable[str]) -> dict[str, set[str]]:
    """Group addresses by "host[:port]", dropping what is no address or is ours."""
    grouped: dict[str, set[str]] = {}
    for inbox in inboxes:
        try:
            host = host_of(inbox)
        except BadUri:
            continue
        if not addresses.is_ours(inbox):
            grouped.setdefault(host, set()).add(inbox)
    return grouped

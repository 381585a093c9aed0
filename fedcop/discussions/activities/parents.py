"""Finds what a reply answers, upwards through the network until something is known: at most 50 steps, within one budget."""

from __future__ import annotations

from activitypub.errors import FetchFailed, Gone, Missing
from activitypub.vocab import Object
from fedcop.core import addresses, budgets
from fedcop.discussions import queries
from fedcop.discussions.activities import placing, reading
from fedcop.discussions.models import Post
from fedcop.federation import known
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Refuse, TryAgain

MAX_HOPS = budgets.ANCESTORS


async def parent_of(inbound: Inbound, claimed: reading.Claimed) -> Post | None:
    """Fetch and store what a reply answers, with all between it and what we know; None if the chain leads to no thread here."""
    if not await _is_worth_it(inbound, claimed):
        raise Ignore("it answers something unknown, and is for nobody here")
    chain, top = await _climb(inbound, claimed.parent_uri)
    return await _store(inbound, chain, top)


async def _is_worth_it(inbound: Inbound, claimed: reading.Claimed) -> bool:
    """Whether anybody here may want the thread: a community announced it, or one that we know is addressed."""
    if inbound.via is not None or inbound.id.endswith(placing.FOUND):
        return True
    return await placing.community_named(inbound, claimed) is not None


async def _climb(inbound: Inbound, start: str) -> tuple[list[Object], Post | None]:
    """Fetch upwards from a uri; gives what was fetched, lowest first, and the known post above it."""
    chain: list[Object] = []
    seen: set[str] = set()
    uri = start
    while len(chain) < MAX_HOPS and uri not in seen:
        seen.add(uri)
        if (present := await queries.by_uri(uri)) is not None:
            return chain, present
        if addresses.is_ours(uri) or await known.is_buried(uri):
            return [], None
        try:
            group = inbound.via.uri if inbound.via is not None else ""
            thing = await resolver.object_(uri, budget=inbound.budget, group=group)
        except (Gone, Missing):
            return [], None
        except FetchFailed as error:
            if error.permanent:
                return [], None
            raise TryAgain(error.reason) from error
        chain.append(thing)
        if not thing.in_reply_to:
            return chain, None
        uri = thing.in_reply_to
    raise Refuse("the chain of replies is too long, or a circle")


async def _store(inbound: Inbound, chain: list[Object], top: Post | None) -> Post | None:
    """Store from the top down; each is judged as if its author had sent it. None: the thread is none of ours."""
    parent = top
    for thing in reversed(chain):
        claimed = reading.read(thing)
        if claimed is None:
            return None
        author = await resolver.actor(claimed.author_uri, budget=inbound.budget)
        found = placing.found_inbound(inbound, thing, author)
        if parent is not None:
            home = await placing.home_of_reply(found, claimed, parent)
        else:
            community = await placing.community_named(found, claimed)
            if community is None or (inbound.via is None and community.actor.local):
                return None
            home = await placing.home_of_root(found, claimed, community)
        post = await placing.found_post(claimed, author, home, moment=inbound.received_at)
        parent = await placing.take(found, post, thing)
        if parent is None:
            return None
    return parent

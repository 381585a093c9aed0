"""Reacting to posts and sharing them, by people here and elsewhere. Each is idempotent by person, post and kind, and by uri."""

from __future__ import annotations

from fedcop.actors import known
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.core import addresses, facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.core.ids import new_id
from fedcop.discussions import rules
from fedcop.discussions.facts import Reacted, Shared, Unreacted, Unshared
from fedcop.discussions.kinds import REACTIONS
from fedcop.discussions.models import Post, Reaction, Share
from fedcop.discussions.service.counts import refresh_reactions, refresh_shares


async def react(actor: Actor, post: Post, kind: str) -> Reaction:
    """React to a post. Twice is once."""
    if kind not in REACTIONS:
        raise Invalid(errors={"kind": N_("Choose a reaction.")})
    community = None if post.community_id is None else await communities.by_id(post.community_id)
    await rules.may_react(actor, community, post)
    return await record_reaction(actor, post, kind, None)


async def _hold(post: Post) -> None:
    """Let who reacts to the same post at the same moment wait: somebody who pressed twice, too."""
    await Post.filter(id=post.id).only("id").select_for_update().first()


@atomic
async def record_reaction(actor: Actor, post: Post, kind: str, uri: str | None) -> Reaction:
    """Store a reaction; `uri` None mints one. One of each kind per person and post."""
    await _hold(post)
    present = await Reaction.get_or_none(post_id=post.id, actor_id=actor.id, kind=kind)
    if present is not None:
        return present
    reaction_id = new_id()
    minted = uri or addresses.activity_uri(reaction_id)
    if uri and (again := await Reaction.get_or_none(uri=uri)) is not None:
        return again
    reaction = await Reaction.create(
        id=reaction_id, uri=minted, post_id=post.id, actor_id=actor.id, kind=kind, created_at=now()
    )
    await known.remember(minted, "reaction", reaction.id, actor.uri)
    await refresh_reactions(post.id)
    await facts.record(
        Reacted(
            post_id=post.id,
            root_id=post.root_id,
            activity_id=reaction.id,
            reaction_id=reaction.id,
            actor_id=actor.id,
            kind=kind,
        )
    )
    return reaction


@atomic
async def unreact(actor: Actor, post: Post, kind: str | None = None) -> None:
    """Take a reaction back; without a kind, all that this person gave the post."""
    mine = Reaction.filter(post_id=post.id, actor_id=actor.id)
    for reaction in await (mine.filter(kind=kind) if kind else mine):
        await reaction.delete()
        await known.forget(reaction.uri)
        await facts.record(
            Unreacted(post_id=post.id, root_id=post.root_id, uri=reaction.uri, actor_id=actor.id, kind=reaction.kind)
        )
    await refresh_reactions(post.id)


async def share(actor: Actor, post: Post) -> Share:
    """Share a public post with those who follow this person."""
    if post.audience != "public":
        raise Invalid(N_("A post of a private community cannot be shared outside it."), code="private")
    await rules.may_react(actor, None, post)
    return await record_share(actor, post, None)


@atomic
async def record_share(actor: Actor, post: Post, uri: str | None) -> Share:
    """Store a share; `uri` None mints one. One per person and post."""
    await _hold(post)
    present = await Share.get_or_none(post_id=post.id, actor_id=actor.id)
    if present is not None:
        return present
    share_id = new_id()
    minted = uri or addresses.activity_uri(share_id)
    found = await Share.create(id=share_id, uri=minted, post_id=post.id, actor_id=actor.id, created_at=now())
    await known.remember(minted, "share", found.id, actor.uri)
    await refresh_shares(post.id)
    await facts.record(
        Shared(post_id=post.id, root_id=post.root_id, activity_id=found.id, share_id=found.id, actor_id=actor.id)
    )
    return found


@atomic
async def unshare(actor: Actor, post: Post) -> None:
    """Take a share back."""
    found = await Share.get_or_none(post_id=post.id, actor_id=actor.id)
    if found is None:
        return
    await found.delete()
    await known.forget(found.uri)
    await refresh_shares(post.id)
    await facts.record(Unshared(post_id=post.id, root_id=post.root_id, uri=found.uri, actor_id=actor.id))

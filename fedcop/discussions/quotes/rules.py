"""Who may quote which post, and where. Who reads what is quoted is communities/access.py's, asked anew for each reader."""

from __future__ import annotations

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.i18n import N_
from fedcop.discussions import rules
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import policy
from fedcop.people import queries as people

NOT_ALLOWED = N_("This post cannot be quoted: its author does not allow it.")
NOT_THERE = N_("What not everybody reads can be quoted in its own community only, for no more people than read it.")


async def standing(actor: Actor, post: Post) -> str:
    """Tell how somebody stands to a post: they may quote it ("automatic"), may ask ("manual"), may not ("denied"), or nobody here can tell ("unknown")."""
    if actor.id == post.author_id:
        return policy.AUTOMATIC
    author = await actors.by_id(post.author_id)
    if (
        author is None
        or author.gone_at is not None
        or author.suspended_at is not None
        or actor.suspended_at is not None
    ):
        return policy.DENIED
    if post.anonymised_at is not None:  # whoever could learn who blocked or follows them here would learn whose it is
        return policy.stand(post.quote_policy, local=post.local, follows=False, followed=False)
    if await people.blocked_either_way(actor, author):
        return policy.DENIED
    asks = policy.asks_for_ties(post.quote_policy)
    follows = asks and await people.is_following(actor, author)
    followed = asks and await people.is_following(author, actor)
    return policy.stand(post.quote_policy, local=post.local, follows=follows, followed=followed)


def is_room_for(quoted: Post, community_id: int | None, audience: str, organisation: str = "") -> bool:
    """Tell whether a text that such people read in a community may name a post: all who read the one may read the other.

    `organisation` is the server of whose accounts the audience speaks, where it does.
    """
    if quoted.audience == access.PUBLIC:
        return True
    return (
        quoted.community_id is not None
        and quoted.community_id == community_id
        and access.reach(audience) <= access.reach(quoted.audience)
        and (audience not in access.OF_SERVERS or organisation == quoted.organisation)
    )


async def may_quote(
    author: Actor, quoted: Post, community_id: int | None, audience: str, organisation: str = ""
) -> None:
    """May this person quote a post in a text for such readers? What they may not see is not there."""
    if quoted.state != "visible" or rules.is_gone(quoted) or not await access.may_see(author, quoted):
        raise NotFound()
    home = None if quoted.community_id is None else await communities.by_id(quoted.community_id)
    # Whoever is banned from a community answers nobody there, and quotes nobody either.
    await rules.may_react(author, home, quoted)
    if await standing(author, quoted) == policy.DENIED:
        raise Forbidden(NOT_ALLOWED, code="not-quotable")
    if not is_room_for(quoted, community_id, audience, organisation or author.host):
        raise Forbidden(NOT_THERE, code="not-quotable-here")


async def may_revoke(author: Actor, quoted: Post | None) -> None:
    """Only who is quoted takes it back."""
    if quoted is None or quoted.author_id != author.id or not quoted.local:
        raise NotFound()

"""Whom a text names that cannot read it: said before it is published, not after."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.discussions import text as texts
from fedcop.discussions.models import Post


async def named_in_vain(
    author: Actor, source: str, community: Community, answered: Post | None = None, audience: str = ""
) -> list[Actor]:
    """Give those whom a text names and who could not read it there; `answered` is the post that it replies to, else `audience` was chosen.

    Of a community elsewhere we know only which of our own people belong to it: of others nothing is said.
    """
    audience = answered.audience if answered is not None else audience or access.default_of(community)
    if audience == access.PUBLIC:
        return []
    thing = answered or access.Thing(audience, author.host, community.id, author.id)
    if not await access.may_read(author, community):
        return []  # who belongs is no affair of those who do not
    named = [
        person for person in (await texts.prepare(source)).mentioned if person.id not in (author.id, community.actor_id)
    ]
    certain = [person for person in named if person.local or community.actor.local]
    return [person for person in certain if not await access.may_see(person, thing)]

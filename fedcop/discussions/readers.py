"""Who could read what is being written: whom one may name, and who is named in vain. Said before it is published, not after."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.discussions import text as texts
from fedcop.discussions.models import Post
from fedcop.people import queries as people


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


SUGGESTED = 6
LOOKED_AT = 40  # rows; who is hidden from the author is left out after


async def suggested(author: Actor, community: Community, words: str) -> list[Actor]:
    """Suggest people whom an author could name there: members, then, where all may read, people whom they follow.

    `words` is a part of a name or a display name. For who may read the community: whoever asks has judged that.
    """
    asked = words.strip().lstrip("@")
    if not asked:
        return []
    found = [row.actor for row in await communities.members(community, words=asked, limit=LOOKED_AT)]
    if access.default_of(community) == access.PUBLIC:
        found += await people.followed_named(author, asked, limit=SUGGESTED)
    hidden = {author.id, *await people.hidden_among(author, [actor.id for actor in found])}
    known = {actor.id: actor for actor in found if actor.id not in hidden}
    return sorted(known.values(), key=lambda actor: not _begins(actor, asked.casefold()))[:SUGGESTED]


def _begins(actor: Actor, asked: str) -> bool:
    return any(word.startswith(asked) for word in (actor.name.casefold(), *actor.display_name.casefold().split()))

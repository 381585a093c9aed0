"""That an author took their name from a post: told by an `Update` of it with `fc:anonymous`, which fedcops obey and others cannot.

Such an Update counts even where its author may not speak any more, as a Delete does: it takes away and adds nothing. It is
never undone: an older document, or a newer one without the word, changes nothing.
"""

from __future__ import annotations

import orjson

from activitypub.vocab import Object
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.communities import relay
from fedcop.core import facts
from fedcop.core.database import atomic
from fedcop.core.jobs import ordered
from fedcop.discussions import queries, rules, service
from fedcop.discussions.activities import mapping, placing, reading
from fedcop.discussions.activities.outgoing import form_of, place_of, publish, telling_of, waits_here
from fedcop.discussions.facts import NameWithdrawn, PostAnonymised
from fedcop.discussions.models import Post
from fedcop.federation.inbound import Inbound
from fedcop.federation.wordless import is_wordless

BATCH = 50


async def tell_of_each(fact: NameWithdrawn) -> None:
    """Promise that it is told of each post, some at a time."""
    last = fact.first_id - 1
    while found := await _next(fact, last):
        await _promise(found)
        last = found[-1].id


async def _next(fact: NameWithdrawn, last: int) -> list[Post]:
    theirs = Post.filter(author_id=fact.actor_id, community_id=fact.community_id, anonymised_at__isnull=False)
    return await theirs.filter(id__gt=last, id__lte=fact.last_id).order_by("id").limit(BATCH)


@atomic
async def _promise(posts: list[Post]) -> None:
    for post in posts:
        await facts.record(PostAnonymised(post_id=post.id, root_id=post.root_id))


@ordered
async def publish_anonymised(fact: PostAnonymised) -> None:
    """Update; of what was taken away, or where its author may say nothing any more, without a word of it."""
    place = await place_of(fact.post_id)
    if place is None or not place.post.local or waits_here(place) or place.post.state == "refused":
        return
    telling = await telling_of(place)
    wordless = rules.is_gone(place.post) or await _is_banned(place.author, place.post)
    document = mapping.nameless(telling) if wordless else mapping.to_object(telling)
    activity = mapping.activity(
        "Update",
        fact.activity_id,
        place.author,
        object=document,
        to=place.to if wordless else document["to"],
        cc=[person.uri for person in telling.named] if wordless else document["cc"],
        group=place.group,
        published=place.post.anonymised_at,
    )
    form = relay.CHANGE if wordless else form_of(place.post)
    await publish(place, activity, actor=place.author, form=form, direct=telling.named)


async def is_all(inbound: Inbound) -> bool:
    """Take the name from a known post if an Update asks for nothing else, or by somebody who may say nothing else."""
    thing = inbound.object
    if not isinstance(thing, Object) or not reading.says_anonymous(thing):
        return False
    post = await queries.by_uri(thing.id or "")
    if post is None or post.local or post.author_id != inbound.actor.id or post.anonymised_at is not None:
        return False
    wordless = is_wordless(orjson.loads(inbound.body))
    if not wordless and not await _is_banned(inbound.actor, post):
        return False  # an Update like any other, which says this too
    await _take(inbound, post, passing_on=wordless)
    return True


async def _is_banned(author: Actor, post: Post) -> bool:
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    return community is not None and await communities.active_ban(community, author) is not None


@atomic
async def _take(inbound: Inbound, post: Post, *, passing_on: bool) -> None:
    changed = await service.record_anonymised(post, inbound.actor, wordless=True)
    if changed and passing_on:
        await placing.accept(inbound, post, relay.CHANGE)

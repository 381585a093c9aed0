"""Polls on the wire: votes given and taken, numbers told (decisions/0024-polls.md).

A vote goes to the author of the poll and nobody else, and is passed on by nobody. Numbers come with the author's own Question.
"""

from __future__ import annotations

from typing import Any

import orjson

from activitypub.vocab import PollVote, Vote
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, relay, tokens
from fedcop.communities import queries as communities
from fedcop.communities.activities import tokens as asking
from fedcop.communities.models import Community, ThreadActivity
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.errors import FedcopError, Unavailable
from fedcop.core.ids import new_id
from fedcop.core.jobs import ordered
from fedcop.discussions import queries, rules
from fedcop.discussions.activities import mapping
from fedcop.discussions.activities.outgoing import place_of, publish_document
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service
from fedcop.discussions.polls.facts import PollClosed, PollCounted, PollVoted
from fedcop.discussions.polls.models import Ballot, Poll
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox

MOST_VOTERS = 2_000


async def receive_vote(inbound: Inbound) -> Outcome:
    """Create of a Note that chooses in a poll of ours. It is never shown as an answer, nor passed on."""
    cast = inbound.object
    if not isinstance(cast, Vote) or cast.id is None:
        raise Ignore("the vote is no document")
    if inbound.via is not None:
        raise Refuse("votes are for the author of the poll; nobody announces them")
    if cast.author != inbound.actor.uri:
        raise Refuse("the vote is somebody else's")
    post = await queries.by_uri(cast.in_reply_to or "")
    if post is None or not post.local or not post.has_poll:
        raise Ignore("votes are for the server of the poll's author")
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    return await _count(inbound, community, post, cast.name or "", cast.id)


async def receive_choice(inbound: Inbound) -> Outcome:
    """PollVote, PieFed's own: it goes to the poll's community, which passes it on."""
    cast = inbound.activity
    post = await queries.by_uri(inbound.object_id or "")
    if not isinstance(cast, PollVote) or post is None or not post.has_poll:
        raise Ignore("the poll is not known here")
    community = await communities.by_id(post.community_id) if post.community_id is not None else None
    if inbound.via is not None and (community is None or community.actor_id != inbound.via.id):
        raise Ignore("only the poll's own community passes votes on")
    if post.local:
        return await _count(inbound, community, post, cast.choice_text or "", inbound.id)
    if community is None or not community.actor.local or inbound.via is not None:
        raise Ignore("votes are for the server of the poll's author")
    await _must_be_allowed(inbound.actor, community, post)
    return await _pass_on(inbound, community, post)


async def _pass_on(inbound: Inbound, community: Community, post: Post) -> Outcome:
    """Announce a vote to the server of the poll's author, which counts it, and to nobody else."""
    author = await actors.by_id(post.author_id)
    if author is None or await servers.manner_of(author.host) != "thread":
        raise Ignore("votes are for the server of the poll's author, which does not read those of PieFed")
    head = relay.announce_head(community.actor, new_id(), public=True, published=clock.now())
    announce = head | {"to": [author.uri], "cc": [], "object": orjson.loads(inbound.body)}
    inboxes = audience.inboxes_of([author])
    await outbox.publish(announce, actor=community.actor, inboxes=inboxes, about=f"a vote in {community.actor.name}")
    return Outcome.DONE


async def _count(inbound: Inbound, community: Community | None, post: Post, name: str, uri: str) -> Outcome:
    await _vouch(inbound.actor, community, post)
    await _must_be_allowed(inbound.actor, community, post)
    try:
        counted = await service.record_vote(inbound.actor, post, name, uri)
    except Unavailable:
        raise  # says nothing of what came: it is judged again
    except FedcopError as error:
        raise Ignore(f"the vote does not count: {error}") from error
    return Outcome.DONE if counted else Outcome.IGNORED


async def _must_be_allowed(voter: Actor, community: Community | None, post: Post) -> None:
    try:
        await rules.may_vote(voter, community, post)
    except Unavailable:
        raise
    except FedcopError as error:
        raise Ignore(f"the vote does not count: {error}") from error


async def _vouch(voter: Actor, community: Community | None, post: Post) -> None:
    """Who belongs to a private community elsewhere its own server knows: it is asked."""
    if community is None or community.actor.local or await access.may_see(voter, post):
        return
    await asking.check(community.id, voter.id)
    if await tokens.can_be_asked(community) and await tokens.holds(voter, community):
        voter.vouched_for = community.id


@ordered
async def publish_voted(fact: PollVoted) -> None:
    """Send what one of ours chose to the author of a poll elsewhere: one Create for each choice, as Mastodon does."""
    place, actor = await place_of(fact.post_id), await actors.by_id(fact.actor_id)
    poll = await Poll.get_or_none(id=fact.poll_id)
    if place is None or actor is None or poll is None or not actor.local or place.post.local:
        return
    for ballot in await Ballot.filter(id__in=list(fact.ballots), poll_id=poll.id).order_by("id"):
        if ballot.choice < len(poll.options):
            activity = vote(actor, place.author, place.post, ballot, poll.options[ballot.choice])
            await outbox.publish(activity, actor=actor, inboxes=audience.inboxes_of([place.author]), about="a vote")


def vote(actor: Actor, author: Actor, post: Post, ballot: Ballot, name: str) -> dict[str, Any]:
    """Write a vote: the name of the choice, to the author of the poll alone."""
    note = {
        "id": ballot.uri,
        "type": "Note",
        "name": name,
        "attributedTo": actor.uri,
        "to": [author.uri],
        "inReplyTo": post.uri,
    }  # without `published`, as Mastodon has it: PieFed shows a vote with one as an empty answer
    return mapping.activity("Create", ballot.id, actor, object=note, to=[author.uri])


@ordered
async def publish_counted(fact: PollCounted) -> None:
    """Update with the numbers of a poll of ours, to all who hold it."""
    await _tell(fact)


@ordered
async def publish_closed(fact: PollClosed) -> None:
    """Do so for the last time."""
    await _tell(fact)


async def _tell(fact: PollCounted | PollClosed) -> None:
    place, poll = await place_of(fact.post_id), await Poll.get_or_none(id=fact.poll_id)
    if place is None or poll is None or not place.post.local or rules.is_gone(place.post):
        return
    if place.post.state != "visible":
        return  # where it was refused, or waits, nobody holds it
    # Who voted without following the community or its author is told as well.
    voters = Actor.filter(ballots__poll_id=poll.id, local=False).distinct().order_by("id").limit(MOST_VOTERS)
    await publish_document(place, "Update", fact.activity_id, form=relay.CHANGE, counts=True, direct=await voters)
    await _forget_before(poll, fact.activity_id)


@atomic
async def _forget_before(poll: Poll, number: int) -> None:
    """Who catches up needs the last numbers only."""
    if poll.told_id is not None and poll.told_id != number:
        await ThreadActivity.filter(uri=addresses.activity_uri(poll.told_id)).delete()
    await Poll.filter(id=poll.id).update(told_id=number)

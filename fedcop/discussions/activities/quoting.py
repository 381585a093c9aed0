"""Quotes on the wire, as FEP-044f has them: asked for, answered, looked after, taken back (decisions/0027-quotes.md).

Only the author of what is quoted says yes: their server serves a stamp that names both posts, and everybody who shows the quote looks at it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from activitypub.client.fetch import Budget
from activitypub.errors import BadDocument, BadUri, FetchFailed, Gone, Missing
from activitypub.uris import PUBLIC, is_public, same_origin
from activitypub.vocab import Object, QuoteAuthorization, id_of
from fedcop.actors import known
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access, relay
from fedcop.communities import queries as communities
from fedcop.core import clock
from fedcop.core.errors import FedcopError, NotFound, Unavailable
from fedcop.core.ids import read_id
from fedcop.core.jobs import Retry, ordered
from fedcop.core.sanitise import excerpt
from fedcop.discussions import queries, rules
from fedcop.discussions.activities import mapping, placing, reading
from fedcop.discussions.activities.outgoing import (
    place_of,
    publish,
    publish_document,
    telling_of,
    waits_here,
)
from fedcop.discussions.activities.quoted import stamp_uri
from fedcop.discussions.facts import PostAppeared
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.quotes import rules as quote_rules
from fedcop.discussions.quotes import service
from fedcop.discussions.quotes.facts import (
    QuoteAccepted,
    QuoteDropped,
    QuoteFound,
    QuoteMade,
    QuotePolicyChanged,
    QuoteRefused,
    QuoteRevoked,
)
from fedcop.discussions.quotes.models import Quote
from fedcop.discussions.quotes.policy import DENIED
from fedcop.discussions.quotes.service import ACCEPTED, PENDING, REVOKED
from fedcop.federation.documents.serving import Asking
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Ignore, Inbound, Outcome, Refuse, Verdict
from fedcop.federation.sending import audience, outbox

SHOWN_FOR = timedelta(days=7)
AT_ONCE = 200


async def receive_request(inbound: Inbound) -> Outcome:
    """QuoteRequest: somebody elsewhere wants to quote a post of ours."""
    if inbound.via is not None:
        raise Refuse("who wants to quote asks for themselves")
    quoted = await queries.by_uri(inbound.object_id or "")
    if quoted is None or not quoted.local or not await access.may_see(inbound.actor, quoted):
        raise Ignore("the post is not known here")
    if rules.is_gone(quoted) or quoted.state != "visible":
        raise Ignore("the post is not there any more")
    claimed = await _instrument(inbound)
    if claimed.quote is None or claimed.quote.uri != quoted.uri:
        raise Refuse("what would quote the post quotes another one")
    if await known.is_buried(claimed.uri):
        raise Ignore("what would quote the post is deleted")
    may = await _may(inbound.actor, quoted, claimed)
    await service.record_asked(inbound.actor, quoted, claimed.uri, inbound.id, may=may, is_public=claimed.is_public)
    return Outcome.DONE


async def _instrument(inbound: Inbound) -> reading.Claimed:
    """The post that would quote: the actor's own, on their server."""
    thing = inbound.activity.instrument
    uri = id_of(thing) or ""
    if not same_origin(uri, inbound.actor.uri):
        raise Refuse("what would quote the post is on another server than who asks")
    if not isinstance(thing, Object) or not thing.attributed_to:
        thing = await resolver.object_(uri, budget=inbound.budget)
    claimed = reading.read(thing)
    if claimed is None or claimed.author_uri != inbound.actor.uri:
        raise Refuse("what would quote the post is by somebody else")
    return claimed


async def _may(actor: Actor, quoted: Post, claimed: reading.Claimed) -> bool:
    home = await communities.by_id(quoted.community_id) if quoted.community_id is not None else None
    try:
        await rules.may_react(actor, home, quoted)
    except Unavailable:
        raise  # says nothing of what came: it is judged again
    except FedcopError:
        return False
    if await quote_rules.standing(actor, quoted) == DENIED:
        return False
    if quoted.audience == access.PUBLIC:
        return True
    # What not everybody reads is quoted among those who do.
    there = home is not None and home.actor.uri in claimed.audience
    return there and not any(is_public(name) for name in (*claimed.thing.to, *claimed.thing.cc))


@ordered
async def answer_accepted(fact: QuoteAccepted) -> None:
    """Accept with the address of our stamp; or let a post of ours bear the stamp that it got."""
    quote = await quotes.by_id(fact.quote_id)
    quoted = await queries.by_id(quote.quoted_id) if quote is not None and quote.quoted_id is not None else None
    if quote is None or quote.state != ACCEPTED:
        return
    if fact.asked and quoted is not None and quoted.local:
        await _answer(
            fact, quoted, await actors.by_id(quote.author_id), "Accept", fact.asked, quote.uri, stamp_uri(quoted, quote)
        )
    place = await place_of(quote.post_id) if quote.post_id is not None else None
    if place is not None and place.post.local and not fact.asked and not waits_here(place):
        await publish_document(place, "Update", fact.activity_id, form=relay.CHANGE)


@ordered
async def answer_refused(fact: QuoteRefused) -> None:
    """Reject."""
    quoted = await queries.by_id(fact.post_id)
    if quoted is not None:
        await _answer(fact, quoted, await actors.by_uri(fact.by_uri), "Reject", fact.asked, fact.uri)


async def _answer(
    fact: QuoteAccepted | QuoteRefused,
    quoted: Post,
    asker: Actor | None,
    kind: str,
    asked: str,
    uri: str,
    stamp: str = "",
) -> None:
    author = await actors.by_id(quoted.author_id)
    if author is None or asker is None or not author.local or asker.local:
        return
    request = {"id": asked, "type": "QuoteRequest", "actor": asker.uri, "object": quoted.uri, "instrument": uri}
    more: dict[str, Any] = {"result": stamp} if stamp else {}
    activity = mapping.activity(kind, fact.activity_id, author, object=request, to=[asker.uri], **more)
    await outbox.publish(activity, actor=author, inboxes=audience.inboxes_of([asker]), about=f"{kind} of a quote")


@ordered
async def ask_when_made(fact: QuoteMade) -> None:
    """Ask the author of what a new post of ours quotes."""
    await _ask(fact)


@ordered
async def ask_when_appeared(fact: PostAppeared) -> None:
    """Ask once a post that waited for a moderator is out."""
    await _ask(fact)


async def _ask(fact: QuoteMade | PostAppeared) -> None:
    place = await place_of(fact.post_id)
    if place is None or not place.post.local or rules.is_gone(place.post) or place.post.state != "visible":
        return  # what waits for its community is asked for when it is there
    quote = await quotes.by_post(place.post)
    quoted = await queries.by_id(quote.quoted_id) if quote is not None and quote.quoted_id is not None else None
    author = await actors.by_id(quoted.author_id) if quoted is not None else None
    if quote is None or quoted is None or author is None or author.local or quote.state != PENDING:
        return
    document = mapping.to_object(await telling_of(place))
    activity = {
        **mapping.activity("QuoteRequest", quote.id, place.author, object=quoted.uri, to=[author.uri]),
        "instrument": document,
    }
    await known.remember(quote.request_uri, "quote_request", quote.id, place.author.uri)
    inboxes = audience.inboxes_of([author])
    # Of this post: what not everybody reads is judged once more when it leaves.
    await outbox.publish(activity, actor=place.author, inboxes=inboxes, post_id=place.post.id, about="a wish to quote")


async def receive_yes(inbound: Inbound) -> Outcome:
    """Accept of our QuoteRequest; `result` is the stamp."""
    quote = await _asked(inbound)
    stamp = id_of(inbound.activity.result) or ""
    if not stamp or not same_origin(stamp, inbound.actor.uri) or len(stamp) > 2048:
        raise Refuse("the stamp is not on the server of who is quoted")
    if await known.is_buried(stamp):
        raise Ignore("the stamp was taken back already")
    return Outcome.DONE if await service.record_answer(quote, stamp_uri=stamp) else Outcome.IGNORED


async def receive_no(inbound: Inbound) -> Outcome:
    """Reject of our QuoteRequest, also after a yes."""
    return Outcome.DONE if await service.record_answer(await _asked(inbound), stamp_uri="") else Outcome.IGNORED


async def _asked(inbound: Inbound) -> Quote:
    """Find the quote of ours; only the author of what is quoted answers."""
    if inbound.via is not None:
        raise Refuse("who is quoted answers themselves")
    uri = inbound.object_id or ""
    quote = await Quote.filter(request_uri=uri).first() if uri else None
    post = await queries.by_id(quote.post_id) if quote is not None and quote.post_id is not None else None
    if quote is None or post is None or not post.local:
        raise Ignore("nothing of the kind was asked here")
    if quote.quoted_author_id != inbound.actor.id:
        raise Refuse("only the one who is quoted can answer")
    return quote


async def verify(fact: QuoteFound) -> None:
    """Ask the servers of what is quoted elsewhere whether it may be."""
    quote = await quotes.by_id(fact.quote_id)
    if quote is not None and quote.state == PENDING:
        await _look(quote)


async def look_again() -> None:
    """Job: ask again of what was shown for a week, as a word that took a stamp back may not have reached us; and see what is kept here by now."""
    await service.adopt()
    before = clock.now() - SHOWN_FOR
    found = Quote.filter(state=ACCEPTED, checked_at__lt=before).order_by("checked_at", "id").limit(AT_ONCE)
    for quote in await found:
        with suppress(Retry):
            await _look(quote)
        # Who was silent today, or said nothing that can be read, is asked in a week: others have their turn.
        await Quote.filter(id=quote.id, checked_at=quote.checked_at).update(checked_at=clock.now())


async def _look(quote: Quote) -> None:
    """Fetch what is quoted where it is not kept here, and the stamp; note what they say."""
    budget = Budget(requests=10, seconds=20)
    try:
        quoted = await queries.by_id(quote.quoted_id) if quote.quoted_id is not None else None
        claimed = None if quoted is not None else await _claimed(quote.quoted_uri, budget)
        if quoted is None and claimed is None:
            return
        author = (
            await actors.by_id(quoted.author_id)
            if quoted is not None
            else await resolver.actor(claimed.author_uri if claimed else "", budget=budget)
        )
        if author is None:
            return
        agreed = author.id == quote.author_id or await _is_stamped(quote, author, budget)
    except (Gone, Missing):
        if quote.quoted_author_id is not None and (author := await actors.by_id(quote.quoted_author_id)) is not None:
            await service.record_verified(quote, author, None, agreed=False)
        return
    except FetchFailed as error:
        if not error.permanent:
            raise Retry(error.reason) from error
        return
    except (Verdict, BadDocument, BadUri):
        return
    said = _excerpt(claimed) if claimed is not None and claimed.is_public else None
    await service.record_verified(quote, author, said, agreed=agreed)


async def _claimed(uri: str, budget: Budget) -> reading.Claimed | None:
    return reading.read(await resolver.object_(uri, budget=budget))


async def _is_stamped(quote: Quote, author: Actor, budget: Budget) -> bool:
    """Whether the stamp that a post shows is its author's word, for this very quote."""
    uri = quote.stamp_uri
    if not uri or not same_origin(uri, author.uri) or await known.is_buried(uri):
        return False
    stamp = await resolver.object_(uri, budget=budget)
    return (
        isinstance(stamp, QuoteAuthorization)
        and stamp.id == uri
        and stamp.author == author.uri
        and stamp.interacting_object == quote.uri
        and stamp.interaction_target == quote.quoted_uri
    )


def _excerpt(claimed: reading.Claimed) -> dict[str, Any]:
    """What is kept of a post that is not: enough for its readers to know what is spoken of."""
    return {
        "title": "" if claimed.title_derived else claimed.title[:300],
        "text": "" if claimed.warning else excerpt(claimed.content),
        "warning": claimed.warning,
        "language": claimed.language,
        "url": claimed.url,
    }


async def receive_revoked(inbound: Inbound, uri: str) -> bool:
    """Delete of a stamp; tell whether it was one that we know."""
    ended = await service.record_revoked(uri, inbound.actor)
    for quote in ended:
        post = await queries.by_id(quote.post_id) if quote.post_id is not None else None
        if post is not None:
            await placing.accept(inbound, post, relay.CHANGE)
    if ended:
        await known.bury(uri, inbound.actor.uri)
    return bool(ended)


@ordered
async def publish_revoked(fact: QuoteRevoked) -> None:
    """Delete of our stamp, to all who may show the quote; and a post of ours without the stamp that it had."""
    quote = await quotes.by_id(fact.quote_id)
    quoted = await queries.by_id(quote.quoted_id) if quote is not None and quote.quoted_id is not None else None
    if quote is None or quote.state != REVOKED:
        return
    place = await place_of(quote.post_id) if quote.post_id is not None else None
    author = await actors.by_id(quoted.author_id) if quoted is not None else None
    if quoted is not None and author is not None and author.local:
        to = [PUBLIC] if quoted.audience == access.PUBLIC else place.to if place is not None else []
        stamp = stamp_uri(quoted, quote)
        activity = mapping.activity("Delete", fact.activity_id, author, object=stamp, to=to)
        quoting = await actors.by_id(quote.author_id)
        direct = [quoting] if quoting is not None and not quoting.local else []
        if place is not None:
            await publish(place, activity, actor=author, form=relay.CHANGE, direct=direct)
        else:
            await outbox.publish(
                activity, actor=author, inboxes=audience.inboxes_of(direct), about="a quote taken back"
            )
    if place is not None and place.post.local and not rules.is_gone(place.post) and not waits_here(place):
        await publish_document(place, "Update", fact.update_id, form=relay.CHANGE)


@ordered
async def publish_dropped(fact: QuoteDropped) -> None:
    """Tell the server of who was quoted that the post is gone, or quotes them no more: it may show that it does."""
    place, quoted_author = await place_of(fact.post_id), await actors.by_id(fact.quoted_author_id)
    if place is None or quoted_author is None or quoted_author.local or not place.author.local:
        return
    gone = place.post.deleted_at is not None
    telling = await telling_of(place)
    activity = mapping.activity(
        "Delete" if gone else "Update",
        fact.activity_id,
        place.author,
        object=mapping.to_object(telling),
        to=place.to,
        cc=[quoted_author.uri],
        group=place.group,
    )
    if await access.may_see(quoted_author, place.post):
        inboxes = audience.inboxes_of([quoted_author])
        await outbox.publish(activity, actor=place.author, inboxes=inboxes, post_id=place.post.id)


@ordered
async def publish_policy(fact: QuotePolicyChanged) -> None:
    """Update of a post of ours that others may, or may not, quote any more."""
    place = await place_of(fact.post_id)
    if place is not None and place.post.local and not rules.is_gone(place.post) and not waits_here(place):
        await publish_document(place, "Update", fact.activity_id, form=relay.CHANGE)


async def stamp(asking: Asking) -> dict[str, Any] | bytes | None:
    """/p/ID/quotes/ID: the word of the author of a post of ours that another one may quote it; for who may read the post."""
    number = read_id(asking.path["quote"])
    quote = await quotes.by_id(number) if number is not None else None
    quoted = await queries.by_id(quote.quoted_id) if quote is not None and quote.quoted_id is not None else None
    if quote is None or quoted is None or str(quoted.id) != asking.path["id"] or quote.state != ACCEPTED:
        raise NotFound()
    author = await actors.by_id(quoted.author_id)
    gone = rules.is_gone(quoted) or quoted.state != "visible" or author is None
    if (
        gone
        or not quoted.local
        or quote.author_id == quoted.author_id
        or not await access.may_see(asking.actor, quoted)
    ):
        raise NotFound()
    assert author is not None, "whoever is gone was left out"
    document = {
        "id": stamp_uri(quoted, quote),
        "type": "QuoteAuthorization",
        "attributedTo": author.uri,
        "interactingObject": quote.uri,
        "interactionTarget": quoted.uri,
    }
    return await outbox.seal(document, author)

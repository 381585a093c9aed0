"""Tells members who quotes them, and that what they quoted says something else now. Reactions to facts."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.core.database import atomic, rows
from fedcop.discussions.facts import NameWithdrawn, PostAnonymised, PostAppeared, PostEdited
from fedcop.discussions.finding import is_findable
from fedcop.discussions.models import Post
from fedcop.discussions.quotes.facts import QuoteAccepted, QuoteMade, QuoteRevoked
from fedcop.discussions.quotes.models import Quote
from fedcop.discussions.quotes.service import ACCEPTED
from fedcop.discussions.telling import NEWS, detail_of, reads_own
from fedcop.notifications import service as notifications

MOST = 200  # people who are told of one correction


async def tell_of_made(fact: QuoteMade) -> None:
    """Tell who is quoted in a new post."""
    await _tell(await Quote.get_or_none(id=fact.quote_id))


async def tell_of_appeared(fact: PostAppeared) -> None:
    """Do so when a post that waited is visible now."""
    await _tell(await Quote.get_or_none(post_id=fact.post_id))


async def tell_of_accepted(fact: QuoteAccepted) -> None:
    """Tell somebody of ours who is quoted elsewhere; a post that is kept nowhere here is told beside their own."""
    await _tell(await Quote.get_or_none(id=fact.quote_id))


@atomic
async def _tell(quote: Quote | None) -> None:
    if quote is None or quote.state != ACCEPTED or quote.quoted_id is None:
        return
    quoted = await Post.filter(id=quote.quoted_id).select_for_update().first()
    author = await Actor.get_or_none(id=quoted.author_id, local=True) if quoted is not None else None
    if quoted is None or author is None or not is_findable(quoted):
        return
    by = await Post.get_or_none(id=quote.post_id) if quote.post_id is not None else None
    if by is not None and (
        not is_findable(by) or by.created_at - by.published_at >= NEWS or not await access.may_see(author, by)
    ):
        return
    about = by or quoted
    root = about if about.depth == 0 else await Post.get_or_none(id=about.root_id)
    await notifications.notify(
        author.id,
        "quote",
        unique_key=f"quote:{quote.id}",
        from_actor_id=quote.author_id if by is None or by.anonymised_at is None else None,
        community_id=about.community_id,
        post_id=about.id,
        root_id=about.root_id,
        detail=detail_of(about, root),
    )


async def untell_revoked(fact: QuoteRevoked) -> None:
    """A quote that was taken back is not told any more."""
    await notifications.take_back(f"quote:{fact.quote_id}")


async def tell_of_edited(fact: PostEdited) -> None:
    """Tell members of ours that a post which they quote was corrected: each time, once."""
    post = await Post.get_or_none(id=fact.post_id)
    if post is None or not is_findable(post) or post.edited_at is None:
        return
    found = Quote.filter(quoted_id=post.id, state=ACCEPTED, author__local=True).exclude(author_id=post.author_id)
    for quote in await found.order_by("id").limit(MOST).select_related("post", "author"):
        mine = quote.post
        if mine is None or not is_findable(mine) or not await access.may_see(quote.author, post):
            continue
        if not await reads_own(mine):
            continue
        root = mine if mine.depth == 0 else await Post.get_or_none(id=mine.root_id)
        await notifications.notify(
            quote.author_id,
            "quoted_update",
            unique_key=f"quoted_update:{quote.id}:{post.edited_at.isoformat()}",
            from_actor_id=post.author_id if post.anonymised_at is None else None,
            community_id=mine.community_id,
            post_id=mine.id,
            root_id=mine.root_id,
            detail=detail_of(mine, root),
        )


async def untell_name(fact: NameWithdrawn) -> None:
    """Nobody is told any more who corrected a text from which they took their name, in whichever community it is quoted."""
    await _untell_name(fact.actor_id, fact.community_id)


async def untell_author(fact: PostAnonymised) -> None:
    """Do the same where it is somebody elsewhere."""
    post = await Post.get_or_none(id=fact.post_id, local=False)
    if post is not None and post.community_id is not None:
        await _untell_name(post.author_id, post.community_id)


async def _untell_name(author_id: int, community_id: int) -> None:
    quoting = await rows(
        "SELECT q.post_id FROM quote q JOIN post p ON p.id = q.quoted_id WHERE p.author_id = ? AND p.community_id = ?"
        " AND p.anonymised_at IS NOT NULL AND q.post_id IS NOT NULL",
        author_id,
        community_id,
    )
    if quoting:
        await notifications.forget_name_of_quoted(author_id, [row["post_id"] for row in quoting])

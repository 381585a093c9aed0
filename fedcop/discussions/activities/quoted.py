"""What a post of ours quotes, as its document says it, and where the word lies that ours may be quoted."""

from __future__ import annotations

from fedcop.core import addresses
from fedcop.discussions import queries
from fedcop.discussions.activities import mapping
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import queries as quotes
from fedcop.discussions.quotes.models import Quote
from fedcop.discussions.quotes.rules import is_room_for
from fedcop.discussions.quotes.service import ACCEPTED


async def told_of(post: Post) -> mapping.Quoted | None:
    """What a post of ours quotes, where all who read the one may read the other; who reads either may have changed."""
    found = await quotes.by_post(post)
    quoted = await queries.by_id(found.quoted_id) if found is not None and found.quoted_id is not None else None
    if found is None or quoted is None or not is_room_for(quoted, post.community_id, post.audience, post.organisation):
        return None
    stamp = ""
    if found.state == ACCEPTED and quoted.author_id != post.author_id:
        stamp = stamp_uri(quoted, found) if quoted.local else found.stamp_uri
    return mapping.Quoted(quoted.uri, quoted.url or quoted.uri, stamp)


def stamp_uri(quoted: Post, quote: Quote) -> str:
    """The address of the word that a post of ours may be quoted in another one."""
    return addresses.absolute(f"/p/{quoted.id}/quotes/{quote.id}")

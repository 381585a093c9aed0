"""Quotes in apps: who quotes a post, a quote taken back, and who may quote what one writes."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.discussions import queries as discussions
from fedcop.discussions import rules
from fedcop.discussions.models import Post
from fedcop.discussions.quotes import policy, queries, service
from fedcop.discussions.quotes.keeping import UNCHANGED, Unchanged
from web.keys import looker, member
from web.mastodon import loading
from web.mastodon.answers import answer, limit_of, paged
from web.mastodon.entities.status import turn
from web.mastodon.params import Params, read
from web.mastodon.statuses import again, visible
from web.shared.routing import Asks, api

QUOTED, POLICY = "quoted_status_id", "quote_approval_policy"
NO_SUCH = N_("Choose who may quote this.")


async def quoted_of(request: Request, given: Params) -> Post | None:
    """Load the post that an app wants to quote; of a boost the thread. What is not there for who asks is NotFound."""
    number = given.number(QUOTED)
    if number is None:
        return None
    found = await discussions.visible_ids(looker(request), [number, turn(number)])
    post = await discussions.by_id(number if number in found else turn(number)) if found else None
    if post is None or rules.is_gone(post):
        raise NotFound
    return post


def corrected(given: Params) -> int | None | Unchanged:
    """Give what a corrected text quotes: nothing any more where an app says so, and as before where it says nothing."""
    return given.number(QUOTED) if QUOTED in given else UNCHANGED


def policy_of(given: Params) -> str:
    """Give who may quote a text, "" where an app does not say."""
    said = given.text(POLICY)
    if said != policy.chosen(said):
        raise Invalid(errors={POLICY: NO_SUCH})
    return said


@api("GET", "/api/v1/statuses/{id}/quotes", asks=Asks.NOBODY, scope="read:statuses", takes="limit:number max_id:id", communities=True, gives="[Status]")  # fmt: skip
async def quoting(request: Request) -> StreamResponse:
    """List the posts that quote a post, the latest first, as far as one may read them and they are kept here."""
    post, given = await visible(request), await read(request)
    found = await queries.quoting(looker(request), post, limit=limit_of(given), below=given.number("max_id"), kept=True)
    written = await loading.posts(request, [one.post_id for one in found if one.post_id is not None])
    return paged(request, written, [one.id for one in found], before="since_id")


@api("POST", "/api/v1/statuses/{id}/quotes/{quoting}/revoke", asks=Asks.PERSON, scope="write:statuses", limit="write", gives="Status")  # fmt: skip
async def revoke(request: Request) -> StreamResponse:
    """Take back that a post quotes one's own, for good."""
    quoted, who = await visible(request), member(request).actor
    number = read_id(request.match_info["quoting"])
    post = await discussions.by_id(number) if number is not None else None
    quote = await queries.by_post(post) if post is not None else None
    if post is None or quote is None or quote.quoted_id != quoted.id:
        raise NotFound
    await service.revoke(who, quote)
    if not await discussions.visible_ids(who, [post.id]):
        raise NotFound
    return answer(await again(request, post))


@api("PUT", "/api/v1/statuses/{id}/interaction_policy", asks=Asks.PERSON, scope="write:statuses", limit="write", takes="quote_approval_policy:public|followers|nobody", gives="Status")  # fmt: skip
async def choose(request: Request) -> StreamResponse:
    """Choose who may quote a post of one's own from now on."""
    post = await visible(request)
    await service.change_policy(member(request).actor, post, policy_of(await read(request)))
    return answer(await again(request, post))

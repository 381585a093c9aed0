"""What apps offer and there is not here: refused with a word, so that nobody looks at an error page or believes that something was done."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from web.mastodon import loading
from web.mastodon.answers import answer
from web.mastodon.relating import standing
from web.mastodon.tags import tag
from web.shared.routing import Asks, api

NO_ENDORSEMENTS = N_("Nobody is recommended on profiles here.")
NO_HOSTS = N_(
    "A whole server is not blocked by one person here: block or mute a person, or report what happened to those in charge."
)
NO_FEATURED = N_("No tags are shown on profiles here.")
STILL_SUGGESTED = N_("Communities are suggested until you join or follow one: what you do not want is not kept.")


@api("POST", "/api/v1/accounts/{id}/{act:pin|endorse}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Relationship")  # fmt: skip
async def endorse(request: Request) -> StreamResponse:
    """Recommend nobody."""
    await loading.visible_account(request, request.match_info["id"])
    raise Invalid(NO_ENDORSEMENTS, code="no-endorsements")


@api("POST", "/api/v1/accounts/{id}/{act:unpin|unendorse}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Relationship")  # fmt: skip
async def endorse_not(request: Request) -> StreamResponse:
    """Recommend somebody no longer: nobody was."""
    return await standing(request, *await loading.visible_account(request, request.match_info["id"]))


@api("POST", "/api/v1/featured_tags", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Empty")
@api("POST", "/api/v1/tags/{tag}/feature", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Tag")
async def feature(request: Request) -> StreamResponse:
    """Show no tag on a profile."""
    raise Invalid(NO_FEATURED, code="no-featured-tags")


@api("POST", "/api/v1/tags/{tag}/unfeature", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Tag")
async def feature_not(request: Request) -> StreamResponse:
    """Show a tag no longer: none was."""
    return await tag(request)


@api("DELETE", "/api/v1/featured_tags/{id}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Empty")
async def feature_none(request: Request) -> StreamResponse:
    """Show a tag no longer: none was."""
    return answer({})


@api("POST", "/api/v1/domain_blocks", asks=Asks.PERSON, scope=("write:blocks", "follow"), limit="write", gives="Empty")
async def block_server(request: Request) -> StreamResponse:
    """Say what to do instead."""
    raise Invalid(NO_HOSTS, code="no-hosts")


@api("DELETE", "/api/v1/domain_blocks", asks=Asks.PERSON, scope=("write:blocks", "follow"), limit="write", gives="Empty")  # fmt: skip
async def unblock_server(request: Request) -> StreamResponse:
    """Block a server no longer: none was."""
    return answer({})


@api("DELETE", "/api/v1/suggestions/{id}", asks=Asks.PERSON, scope="write:accounts", limit="write", gives="Empty")
async def suggest_no_more(request: Request) -> StreamResponse:
    """Say when a suggestion goes."""
    raise Invalid(STILL_SUGGESTED, code="still-suggested")


@api("POST", "/api/v1/statuses/{id}/translate", asks=Asks.PERSON, scope="read:statuses", gives="Empty")
async def translate(request: Request) -> StreamResponse:
    """Translate nothing, as a Mastodon without a translator does; what a text says in several languages its author wrote."""
    raise NotFound

"""What apps offer and there is not here: refused with a word, so that nobody looks at an error page or believes that something was done."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from web.mastodon.answers import answer
from web.shared.routing import Asks, api

NO_HOSTS = N_(
    "A whole server is not blocked by one person here: block or mute a person, or report what happened to those in charge."
)


@api("POST", "/api/v1/domain_blocks", asks=Asks.PERSON, scope=("write:blocks", "follow"), limit="write", gives="Empty")
async def block_server(request: Request) -> StreamResponse:
    """Say what to do instead."""
    raise Invalid(NO_HOSTS, code="no-hosts")


@api("DELETE", "/api/v1/domain_blocks", asks=Asks.PERSON, scope=("write:blocks", "follow"), limit="write", gives="Empty")  # fmt: skip
async def unblock_server(request: Request) -> StreamResponse:
    """Block a server no longer: none was."""
    return answer({})


@api("POST", "/api/v1/statuses/{id}/translate", asks=Asks.PERSON, scope="read:statuses", gives="Empty")
async def translate(request: Request) -> StreamResponse:
    """Translate nothing, as a Mastodon without a translator does; what a text says in several languages its author wrote."""
    raise NotFound

"""Other servers: which are limited, blocked or allowed. The policy of the page, in the words of apps."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.federation.models import Server
from fedcop.federation.peers import overseeing
from web.mastodon.answers import answer, limit_of, paged
from web.mastodon.entities.admin import SEVERITIES, allowed_of, block_of
from web.mastodon.params import Params, read
from web.shared.routing import ADMIN, Asks, api

READ, WRITE = "admin:read:domain_blocks", "admin:write:domain_blocks"
READ_ALLOWED, WRITE_ALLOWED = "admin:read:domain_allows", "admin:write:domain_allows"
WHAT = "severity:silence|suspend|noop private_comment"
POLICIES = {severity: policy for policy, severity in SEVERITIES.items()}
ALLOWED = ("allowed",)
CHOOSE = N_("Choose what applies to this server.")


async def _page(request: Request, given: Params, policies: tuple[str, ...]) -> list[Server]:
    return await overseeing.decided(policies, below=given.number("max_id"), limit=limit_of(given, usual=100, most=200))


async def _one(request: Request, policies: tuple[str, ...]) -> Server:
    found = await overseeing.by_id(read_id(request.match_info["id"]) or 0)
    if found is None or found.policy not in policies:
        raise NotFound
    return found


def _policy(given: Params, usual: str) -> str:
    policy = POLICIES.get(given.text("severity"), "" if given.text("severity") else usual)
    if not policy:
        raise Invalid(errors={"severity": CHOOSE})
    return policy


@api("GET", "/api/v1/admin/domain_blocks", asks=Asks.PERSON, scope=READ, access=ADMIN, takes="max_id:id limit:number", gives="[DomainBlock]")  # fmt: skip
async def blocks(request: Request) -> StreamResponse:
    """List servers that are limited or blocked."""
    found = await _page(request, await read(request), tuple(SEVERITIES))
    return paged(request, [block_of(one) for one in found], [one.id for one in found])


@api("GET", "/api/v1/admin/domain_blocks/{id}", asks=Asks.PERSON, scope=READ, access=ADMIN, gives="DomainBlock")
async def block(request: Request) -> StreamResponse:
    """Give one of them."""
    return answer(block_of(await _one(request, tuple(SEVERITIES))))


@api("POST", "/api/v1/admin/domain_blocks", asks=Asks.PERSON, scope=WRITE, access=ADMIN, limit="write", takes=f"domain {WHAT}", gives="DomainBlock")  # fmt: skip
async def add(request: Request) -> StreamResponse:
    """Limit or block a server."""
    given = await read(request)
    return answer(
        block_of(
            await overseeing.decide(given.text("domain"), _policy(given, "limited"), given.text("private_comment"))
        )
    )


@api("PUT", "/api/v1/admin/domain_blocks/{id}", asks=Asks.PERSON, scope=WRITE, access=ADMIN, limit="write", takes=WHAT, gives="DomainBlock")  # fmt: skip
async def change(request: Request) -> StreamResponse:
    """Decide anew about a server; what is not sent stays."""
    given, found = await read(request), await _one(request, tuple(SEVERITIES))
    reason = given.text("private_comment") if "private_comment" in given else found.policy_reason
    return answer(block_of(await overseeing.decide(found.host, _policy(given, found.policy), reason)))


@api("DELETE", "/api/v1/admin/domain_blocks/{id}", asks=Asks.PERSON, scope=WRITE, access=ADMIN, limit="write", gives="Empty")  # fmt: skip
async def remove(request: Request) -> StreamResponse:
    """Exchange everything with a server again."""
    await overseeing.decide((await _one(request, tuple(SEVERITIES))).host, "open")
    return answer({})


@api("GET", "/api/v1/admin/domain_allows", asks=Asks.PERSON, scope=READ_ALLOWED, access=ADMIN, takes="max_id:id limit:number", gives="[DomainAllow]")  # fmt: skip
async def allows(request: Request) -> StreamResponse:
    """List the servers that are allowed."""
    found = await _page(request, await read(request), ALLOWED)
    return paged(request, [allowed_of(one) for one in found], [one.id for one in found])


@api("GET", "/api/v1/admin/domain_allows/{id}", asks=Asks.PERSON, scope=READ_ALLOWED, access=ADMIN, gives="DomainAllow")
async def allow(request: Request) -> StreamResponse:
    """Give one of them."""
    return answer(allowed_of(await _one(request, ALLOWED)))


@api("POST", "/api/v1/admin/domain_allows", asks=Asks.PERSON, scope=WRITE_ALLOWED, access=ADMIN, limit="write", takes="domain", gives="DomainAllow")  # fmt: skip
async def add_allowed(request: Request) -> StreamResponse:
    """Allow a server."""
    return answer(allowed_of(await overseeing.decide((await read(request)).text("domain"), "allowed")))


@api("DELETE", "/api/v1/admin/domain_allows/{id}", asks=Asks.PERSON, scope=WRITE_ALLOWED, access=ADMIN, limit="write", gives="Empty")  # fmt: skip
async def remove_allowed(request: Request) -> StreamResponse:
    """Take a server off that list."""
    await overseeing.decide((await _one(request, ALLOWED)).host, "open")
    return answer({})


@api("GET", "/api/v1/admin/ip_blocks", asks=Asks.PERSON, scope="admin:read:ip_blocks", access=ADMIN, gives="[]")
@api("GET", "/api/v1/admin/email_domain_blocks", asks=Asks.PERSON, scope="admin:read:email_domain_blocks", access=ADMIN, gives="[]")  # fmt: skip
@api("GET", "/api/v1/admin/canonical_email_blocks", asks=Asks.PERSON, scope="admin:read:canonical_email_blocks", access=ADMIN, gives="[]")  # fmt: skip
async def none(request: Request) -> StreamResponse:
    """Give an empty list: nothing is blocked by these here."""
    return answer([])

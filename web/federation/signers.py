"""Whose signature does a GET bear? None when it bears none, or one that is wrong: then a stranger asks."""

from __future__ import annotations

from aiohttp.web import Request

from activitypub.actor_tokens import in_header
from activitypub.errors import BadUri
from activitypub.uris import host_of
from activitypub.verify import Genuine, KeyNeeded, KnownKey, check_get
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import tokens
from fedcop.core import budgets, clock
from fedcop.federation import keyring, queries
from web.federation.requests import signed_request
from web.keys import SITE

# seconds that a signed GET waits for its key to be fetched; the other side gives up after ten
PATIENCE = budgets.KEY_WAIT_SECONDS


def is_signed(request: Request) -> bool:
    """Tell whether a request claims to be signed."""
    return "Signature" in request.headers


async def asking_actor(request: Request) -> Actor | None:
    """Give the actor that signed a GET; an unknown key is fetched by a job, and waited for a moment."""
    if not is_signed(request):
        return None
    outcome = await _check(request)
    if isinstance(outcome, KeyNeeded) and await _may_ask(outcome.key_id):
        job = await queries.ask_for_key(outcome.key_id)
        await request.app[SITE].runner.wait_for(job, PATIENCE)
        outcome = await _check(request)
    if not isinstance(outcome, Genuine):
        return None
    actor = await actors.by_uri(outcome.actor)
    usable = actor is not None and actor.gone_at is None and actor.suspended_at is None
    if not usable or actor is None or not await queries.may_talk(actor.host):
        return None
    if not await queries.is_believed(actor.host, outcome.key_id):
        return None
    await _vouch(request, actor)
    return actor


async def _vouch(request: Request, actor: Actor) -> None:
    """Let whoever shows a good token of a group elsewhere (FEP-db0e) read, for this request, what is said in that group."""
    shown = request.headers.getall("Authorization", [])
    text = in_header(shown[0]) if len(shown) == 1 else None
    community = await tokens.community_of(actor, text) if text else None
    if community is None:
        return
    job = await tokens.ask(actor, community)
    if job is not None:
        await request.app[SITE].runner.wait_for(job, PATIENCE)
    if await tokens.holds(actor, community):
        actor.vouched_for = community.id


async def _check(request: Request) -> Genuine | KeyNeeded | object:
    settings = request.app[SITE].settings
    signed = signed_request(request)

    def check(key: KnownKey | None) -> Genuine | KeyNeeded | object:
        hosts = {settings.netloc}
        return check_get(signed, lambda _key_id: key, now=clock.now(), hosts=hosts, allow_local=settings.development)

    first = check(None)
    key = await keyring.key_of(first.key_id) if isinstance(first, KeyNeeded) else None
    return check(key) if key is not None else first


async def _may_ask(key_id: str) -> bool:
    try:
        return await queries.may_talk(host_of(key_id))
    except BadUri:
        return False

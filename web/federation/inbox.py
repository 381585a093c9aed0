"""The inboxes: one for the whole server and one for each actor of ours. All of them do the same.

An inbox answers alike whether its community is hidden or never was: who may not know of it could tell by asking here.
"""

from __future__ import annotations

from aiohttp.web import HTTPGone, HTTPNotFound, Request, Response, json_response

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.core import metrics
from fedcop.federation.receiving import inbox
from web.federation.requests import read_body, signed_request
from web.shared.routing import machine

PEOPLE = ("Person", "Service", "Organization")


@machine("POST", "/inbox")
async def post_shared(request: Request) -> Response:
    """Take a delivery for anybody here."""
    return await _take(request)


@machine("POST", "/actor/inbox")
async def post_instance(request: Request) -> Response:
    """Take a delivery for the server itself."""
    return await _take(request)


@machine("POST", "/u/{name}/inbox")
async def post_person(request: Request) -> Response:
    """Take a delivery for a person."""
    actor = await actors.local_by_name(request.match_info["name"])
    if actor is None or actor.kind not in PEOPLE:
        raise HTTPNotFound
    _refuse_gone(actor)
    return await _take(request)


@machine("POST", "/c/{name}/inbox")
async def post_community(request: Request) -> Response:
    """Take a delivery for a community. For one that is hidden, or that never was, it is read as at the shared inbox."""
    actor = await actors.local_by_name(request.match_info["name"])
    if actor is not None and actor.kind != "Group":
        raise HTTPNotFound  # that it is somebody else's name is known to all
    if actor is not None and not await communities.is_hidden(actor):
        _refuse_gone(actor)
    return await _take(request)


def _refuse_gone(actor: Actor) -> None:
    if actor.gone_at is not None:
        raise HTTPGone


async def _take(request: Request) -> Response:
    body = await read_body(request)
    answer = await inbox.accept(signed_request(request, body))
    metrics.received.labels(str(answer.status)).inc()
    if answer.status == 202:
        return Response(status=202)
    return json_response({"error": answer.code}, status=answer.status, headers=dict(answer.headers))

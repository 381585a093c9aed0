"""The inboxes: one for the whole server and one for each actor of ours. All of them do the same."""

from __future__ import annotations

from aiohttp.web import HTTPGone, HTTPNotFound, Request, Response, json_response

from fedcop.actors import queries as actors
from fedcop.federation import inbox
from web.federation.requests import read_body, signed_request
from web.shared.routing import machine


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
    await _check_addressee(request, {"Person", "Service", "Organization"})
    return await _take(request)


@machine("POST", "/c/{name}/inbox")
async def post_community(request: Request) -> Response:
    """Take a delivery for a community."""
    await _check_addressee(request, {"Group"})
    return await _take(request)


async def _check_addressee(request: Request, kinds: set[str]) -> None:
    actor = await actors.local_by_name(request.match_info["name"])
    if actor is None or actor.kind not in kinds:
        raise HTTPNotFound
    if actor.gone_at is not None:
        raise HTTPGone


async def _take(request: Request) -> Response:
    body = await read_body(request)
    answer = await inbox.accept(signed_request(request, body))
    if answer.status == 202:
        return Response(status=202)
    return json_response({"error": answer.code}, status=answer.status, headers=dict(answer.headers))

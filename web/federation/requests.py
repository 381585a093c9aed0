"""Turns a request into the value that signatures are checked on: raw target, every header line, raw body within a limit."""

from __future__ import annotations

from aiohttp.http_exceptions import PayloadEncodingError
from aiohttp.web import HTTPBadRequest, HTTPRequestEntityTooLarge, Request

from activitypub.signatures import SignedRequest
from web.shared.negotiate import refuse_packed
from web.shared.routing import MACHINE_BYTES


async def read_body(request: Request, limit: int = MACHINE_BYTES) -> bytes:
    """Read a body; more than the limit is refused before it is read to the end."""
    if request.content_length is not None and request.content_length > limit:
        raise HTTPRequestEntityTooLarge(limit, request.content_length)
    refuse_packed(request)
    pieces, size = [], 0
    try:
        async for piece in request.content.iter_chunked(1 << 16):
            size += len(piece)
            if size > limit:
                raise HTTPRequestEntityTooLarge(limit, size)
            pieces.append(piece)
    except (
        ValueError,
        PayloadEncodingError,
        ConnectionResetError,
    ):  # a malformed chunked body, or a peer that went away
        raise HTTPBadRequest from None
    return b"".join(pieces)


def signed_request(request: Request, body: bytes = b"") -> SignedRequest:
    """Give the request as it came over the wire; header names and doubled lines are kept."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in request.raw_headers
    )
    return SignedRequest(request.method, request.raw_path, headers, body)

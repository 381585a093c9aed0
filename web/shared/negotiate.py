"""Decides whether a request wants the page or the ActivityPub document at the same address, and which bodies we read. For all routes."""

from __future__ import annotations

from functools import lru_cache

from aiohttp.web import HTTPUnsupportedMediaType, Request, StreamResponse

from activitypub.mime import prefers_activity

VARY = "Accept, Signature"
SHORT = 200  # characters of an Accept header: browsers and servers say few different things
_prefers = lru_cache(maxsize=1_000)(prefers_activity)


def wants_document(request: Request) -> bool:
    """Tell whether the Accept header asks for ActivityPub before HTML. Nothing said, or only `*/*`, means a page."""
    said = ",".join(request.headers.getall("Accept", []))
    return _prefers(said) if len(said) < SHORT else prefers_activity(said)


def vary(response: StreamResponse, names: str) -> None:
    """Add names to the Vary header of an answer, once each."""
    present = [name.strip() for name in response.headers.get("Vary", "").split(",") if name.strip()]
    for name in names.split(","):
        if name.strip().lower() not in {known.lower() for known in present}:
            present.append(name.strip())
    response.headers["Vary"] = ", ".join(present)


def refuse_packed(request: Request) -> None:
    """Refuse a compressed body: a few bytes could unpack to gigabytes, and neither browsers nor honest peers pack what they send."""
    packed = ",".join(request.headers.getall("Content-Encoding", []))
    if packed.strip().lower() not in ("", "identity"):
        raise HTTPUnsupportedMediaType

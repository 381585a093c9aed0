"""Ask other servers and deliver to them. The transport over aiohttp is imported from its own module."""

from activitypub.client.fetch import Budget, Fetched, RecentSchemes, SchemeMemory, fetch_bytes, fetch_object
from activitypub.client.transport import HttpRequest, HttpResponse, Transport
from activitypub.client.walk import walk

__all__ = [
    "Budget",
    "Fetched",
    "HttpRequest",
    "HttpResponse",
    "RecentSchemes",
    "SchemeMemory",
    "Transport",
    "fetch_bytes",
    "fetch_object",
    "walk",
]

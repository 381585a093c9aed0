"""Which addresses of push services we would send to: https, on the public internet. The transport judges again at each connection."""

from __future__ import annotations

from activitypub.errors import UnsafeAddress
from activitypub.safe_dns import check_url
from fedcop.core.site import site

LONGEST = 2000


def origin_of(endpoint: str) -> str:
    """Give the origin of a push service; raise UnsafeAddress for what is none that we would ask."""
    if not endpoint.isascii() or len(endpoint) > LONGEST:
        raise UnsafeAddress("the address is no plain text, or longer than allowed")
    development = site().settings.development
    return check_url(endpoint, allow_local=development, allow_http=development).origin


def is_endpoint(text: str) -> bool:
    """Tell whether a text is such an address."""
    try:
        origin_of(text)
    except UnsafeAddress:
        return False
    return True

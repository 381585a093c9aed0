"""All that the library asks of an HTTP client: send one request, give one answer, within limits of size and time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class HttpRequest:
    """One request; `headers` are sent as they are, a signature over them stays valid."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class HttpResponse:
    """One answer; names of headers are lower-case, several lines of one name are joined by commas."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Sends requests; never follows redirects, never keeps cookies, never connects to private addresses."""

    async def send(
        self,
        request: HttpRequest,
        *,
        max_bytes: int = 1 << 20,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> HttpResponse:
        """Send one request; raise FetchFailed or UnsafeAddress with a reason in plain words."""

    async def close(self) -> None:
        """Close the connections that are kept open."""

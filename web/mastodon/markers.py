"""How far one has read, the same in all of one's apps."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.apps import marks
from fedcop.apps.models import ReadingMark
from fedcop.notifications import service as notifications
from web.keys import member
from web.mastodon.answers import answer
from web.mastodon.entities.app import mark_json
from web.mastodon.entities.notification import KINDS
from web.mastodon.params import read
from web.shared.routing import Asks, api


@api("GET", "/api/v1/markers", asks=Asks.PERSON, scope="read:statuses", takes="timeline:texts", gives="Markers")
async def show(request: Request) -> StreamResponse:
    """Give the marks of the lists asked for; one at zero where there is none: some apps fall over a missing one."""
    wanted = (await read(request)).texts("timeline")
    return _answer(await marks.of(member(request).account, wanted))


@api(
    "POST",
    "/api/v1/markers",
    asks=Asks.PERSON,
    scope="write:statuses",
    takes="home[last_read_id]:id notifications[last_read_id]:id",
    gives="Markers",
)
async def move(request: Request) -> StreamResponse:
    """Set marks."""
    given = await read(request)
    numbers = {name: given.number(f"{name}[last_read_id]") for name in marks.TIMELINES}
    to = {name: number for name, number in numbers.items() if number is not None}
    if "notifications" in to:
        await notifications.saw_up_to(member(request).account, KINDS, to["notifications"])
    return _answer(await marks.move(member(request).account, to))


def _answer(found: list[ReadingMark]) -> StreamResponse:
    return answer({mark.timeline: mark_json(mark.last_read_id, mark.version, mark.updated_at) for mark in found})

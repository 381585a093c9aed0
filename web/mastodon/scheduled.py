"""Texts that are published later, made in an app or on the pages: one list. How one is made is in writing.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp.web import Request, StreamResponse

from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.discussions import scheduling
from fedcop.discussions.models import Draft
from fedcop.media import queries as media
from web.keys import HOLDER, SITE, member
from web.mastodon.answers import answer
from web.mastodon.entities.around import Around
from web.mastodon.entities.scheduled import scheduled_json
from web.mastodon.params import Params, read
from web.shared import passes
from web.shared.routing import Asks, api

NO_MOMENT = N_("Choose a moment that is still to come.")


def moment_of(given: Params) -> datetime:
    """Read when a text is to be published."""
    try:
        found = datetime.fromisoformat(given.text("scheduled_at").strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(errors={"scheduled_at": NO_MOMENT}) from None


async def planned(
    request: Request, community: Community, content: dict[str, object], due: datetime, *, kind: str = ""
) -> StreamResponse:
    """Keep a text for a moment; the same one for the same moment is there already."""
    who = member(request).actor
    for one in await scheduling.all_of(who):
        is_it = all((one.content.get(name) or None) == (value or None) for name, value in content.items())
        if is_it and one.due_at == due and one.community_id == community.id and scheduling.kind_of(one) == kind:
            return answer((await _written(request, [one]))[0])
    try:
        made = await scheduling.schedule(who, community, content, due, kind=kind)
    except Invalid as error:
        raise named(error) from None
    return answer((await _written(request, [made]))[0])


def named(error: Invalid) -> Invalid:
    """Call the field of the moment as apps do."""
    return Invalid(
        error.text,
        error.code,
        errors={"scheduled_at" if name == "on" else name: text for name, text in error.errors.items()},
    )


async def _written(request: Request, found: Sequence[Draft]) -> list[dict[str, Any]]:
    who = member(request).actor
    place = Around(request.app[SITE].settings.origin, passed=await passes.writer(request.get(HOLDER)))
    wanted = {one.id: scheduling.files_of(one.content) for one in found}
    files = await media.many({number for some in wanted.values() for number in some})
    mine = {one.id: one for one in await communities.mine(who)}
    return [
        scheduled_json(
            one,
            mine.get(one.community_id or 0),
            [files[number] for number in wanted[one.id] if number in files and files[number].owner_id == who.id],
            place,
        )
        for one in found
    ]


async def _one(request: Request) -> Draft:
    found = await scheduling.find(member(request).actor, read_id(request.match_info["id"]) or 0)
    if found is None or found.due_at is None:
        raise NotFound
    return found


@api("GET", "/api/v1/scheduled_statuses", asks=Asks.PERSON, scope="read:statuses", gives="[ScheduledStatus]")
async def every(request: Request) -> StreamResponse:
    """List what one has scheduled, the next first; there are few."""
    return answer(await _written(request, await scheduling.all_of(member(request).actor)))


@api("GET", "/api/v1/scheduled_statuses/{id}", asks=Asks.PERSON, scope="read:statuses", gives="ScheduledStatus")
async def show(request: Request) -> StreamResponse:
    """Give one of them."""
    return answer((await _written(request, [await _one(request)]))[0])


@api("PUT", "/api/v1/scheduled_statuses/{id}", asks=Asks.PERSON, scope="write:statuses", limit="write", takes="scheduled_at", gives="ScheduledStatus")  # fmt: skip
async def move(request: Request) -> StreamResponse:
    """Publish it at another moment."""
    draft, given, who = await _one(request), await read(request), member(request).actor
    community = await communities.by_id(draft.community_id) if draft.community_id is not None else None
    if community is None:
        raise NotFound
    try:
        moved = await scheduling.schedule(
            who, community, draft.content, moment_of(given), changing=draft.id, kind=scheduling.kind_of(draft)
        )
    except Invalid as error:
        raise named(error) from None
    return answer((await _written(request, [moved]))[0])


@api("DELETE", "/api/v1/scheduled_statuses/{id}", asks=Asks.PERSON, scope="write:statuses", limit="write", gives="Empty")  # fmt: skip
async def cancel(request: Request) -> StreamResponse:
    """Do not publish it: it is a draft again, on the pages."""
    await scheduling.cancel(member(request).actor, (await _one(request)).id)
    return answer({})

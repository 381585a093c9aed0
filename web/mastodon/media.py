"""Uploads from apps: taken in at once or, films, prepared by a job; described, given back until they hang on a post."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.communities import access
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.media import posters, queries, service
from fedcop.media.looks import read_focus
from fedcop.media.models import Media
from fedcop.media.preparing import Wait
from web.keys import HOLDER, SITE, member
from web.mastodon.answers import answer
from web.mastodon.entities.around import Around
from web.mastodon.entities.media import media_json
from web.mastodon.params import read
from web.shared import passes
from web.shared.routing import UPLOADS, Asks, api


async def _answer(request: Request, media: Media, *, waiting: int = 200) -> StreamResponse:
    place = Around(request.app[SITE].settings.origin, passed=await passes.writer(request.get(HOLDER)))
    return answer(media_json(media, place), status=200 if media.key else waiting)


TAKES = "file:file description focus thumbnail:file"


@api("POST", "/api/v1/media", asks=Asks.PERSON, scope="write:media", limit="upload", max_body=UPLOADS, takes=TAKES, gives="MediaAttachment")  # fmt: skip
async def upload(request: Request) -> StreamResponse:
    """Take a file, and answer when it is ready."""
    return await _answer(request, await _taken(request, Wait.TO_THE_END))


@api("POST", "/api/v2/media", asks=Asks.PERSON, scope="write:media", limit="upload", max_body=UPLOADS, takes=TAKES, gives="MediaAttachment", unready=202)  # fmt: skip
async def upload_and_go(request: Request) -> StreamResponse:
    """Take a file; a film is prepared afterwards."""
    return await _answer(request, await _taken(request, Wait.NOT_AT_ALL), waiting=202)


async def _taken(request: Request, wait: Wait) -> Media:
    given = await read(request)
    file = given.upload("file")
    if file is None:
        raise Invalid(errors={"file": N_("Choose a file.")})
    owner, poster = member(request).actor, given.upload("thumbnail")
    taken = await service.accept(
        owner,
        file.file_name,
        file.chunks(),
        description=given.text("description"),
        focus=read_focus(given.text("focus")),
        wait=wait,
    )
    if poster is None:
        return taken
    try:
        return await posters.choose(owner, taken, poster.chunks())
    except Invalid:
        await service.discard(owner, taken)  # all of it or nothing: who is refused sends it again
        raise


async def _own(request: Request) -> Media:
    number = read_id(request.match_info["id"])
    found = (await queries.many([number])).get(number) if number is not None else None
    if found is None or found.owner_id != member(request).actor.id or not (found.key or found.local):
        raise NotFound
    return found


@api("GET", "/api/v1/media/{id}", asks=Asks.PERSON, scope="write:media", gives="MediaAttachment", unready=206)
async def show(request: Request) -> StreamResponse:
    """Give one's own file, or say that it is not ready (206), or never will be."""
    media = await _own(request)
    if media.state == "failed" and media.local:
        raise Invalid(media.state_reason, code="not-prepared")
    return await _answer(request, media, waiting=206)


@api(
    "PUT",
    "/api/v1/media/{id}",
    asks=Asks.PERSON,
    scope="write:media",
    limit="write",
    max_body=UPLOADS,
    takes="description focus thumbnail:file",
    gives="MediaAttachment",
)
async def describe(request: Request) -> StreamResponse:
    """Say what a file shows, and which point of it matters."""
    media, given = await _own(request), await read(request)
    if media.post_id is not None:
        raise NotFound  # what it shows is a part of that text: it is corrected with it
    focus, owner = read_focus(given.text("focus")), member(request).actor
    if "description" in given:
        media = await service.describe(owner, media, given.text("description"))
    if focus is not None:
        media = await service.focus(owner, media, focus)
    if (poster := given.upload("thumbnail")) is not None:
        media = await posters.choose(owner, media, poster.chunks())
    return await _answer(request, media)


@api("DELETE", "/api/v1/media/{id}", asks=Asks.PERSON, scope="write:media", limit="write", gives="Empty")
async def forget(request: Request) -> StreamResponse:
    """Take a file back that hangs on nothing."""
    media = await _own(request)
    if media.post_id is not None or media.audience != access.ONLY_ME:
        raise NotFound  # a portrait hangs on no post either
    await service.discard(member(request).actor, media)
    return answer({})

"""Files: their bytes, previews and portraits, for people and for signed requests of other servers; and the form for one's own portrait.

Who may have a file is judged in discussions/files.py at each request; absent and forbidden are one answer.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from aiohttp.web import HTTPRequestRangeNotSatisfiable, Request, Response, StreamResponse

from fedcop.actors.models import Actor
from fedcop.communities import queries as communities
from fedcop.core.errors import FedcopError, NotFound, Unavailable
from fedcop.core.i18n import N_, _
from fedcop.core.site import site
from fedcop.discussions import files
from fedcop.media import initials, kinds, quota, service
from fedcop.media.captions import web_vtt
from fedcop.media.models import Media
from fedcop.people import portraits
from web.federation.signers import asking_actor, is_signed
from web.keys import looker, member
from web.shared import passes
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, read_form
from web.shared.routing import ANYONE, MEMBER, UPLOADS, page
from web.shared.templating import render

PREVIEW = "image/webp"
WORDS = "text/vtt; charset=utf-8"
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# Nothing that was uploaded acts in our name: no script, no style, no form, an origin of its own.
CAGE = "default-src 'none'; img-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
# A sandbox stops the browsers' PDF viewers, which run outside of our origin anyway, and their players, which then come without a cookie.
OPEN_CAGE = CAGE.removesuffix("; sandbox")
PUBLIC = "public, max-age=3600"
PRIVATE = "private, no-cache"
FOR_EVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
FRAMES = {"picture": portraits.PORTRAIT, "header": portraits.HEADER}
REMOVALS = {"remove": portraits.PORTRAIT, "remove-header": portraits.HEADER}


async def _asker(request: Request) -> Actor | None:
    """Who asks: the person of the session, whom a pass in the address was made for, or the actor whose signature the request bears."""
    found = looker(request) or await passes.bearer(request)
    if found is None and is_signed(request):
        return await asking_actor(request)
    return found


@page("GET", "/media/{token}", access=ANYONE, limit="static")
async def file_alone(request: Request) -> StreamResponse:
    """Give a file."""
    return await _file(request, await files.visible_file(await _asker(request), request.match_info["token"]))


@page("GET", "/media/{token}/{name}", access=ANYONE, limit="static")
async def file(request: Request) -> StreamResponse:
    """Give a file; the name is for people and decides nothing."""
    return await file_alone(request)


@page("GET", "/media/{token}/preview/{name}", access=ANYONE, limit="static")
async def preview(request: Request) -> StreamResponse:
    """Give the small picture of an image, of a PDF's first page or of a film."""
    found = await files.visible_file(await _asker(request), request.match_info["token"])
    if not found.preview_key:
        raise NotFound
    headers = _headers(found, PREVIEW, tag=f"p-{hashlib.sha256(found.preview_key.encode()).hexdigest()}")
    passes.open_to_apps(request, headers)
    return await _send(request, found.preview_key, headers)


@page("GET", "/media/{token}/captions/{name}", access=ANYONE, limit="static")
async def captions(request: Request) -> StreamResponse:
    """Give what is said in a film or sound, with its times."""
    found = await files.visible_file(await _asker(request), request.match_info["token"])
    said = web_vtt(found.captions)
    if not said:
        raise NotFound
    headers = _headers(found, WORDS, tag=f"c-{hashlib.sha256(said.encode()).hexdigest()}")
    del headers["Accept-Ranges"]
    passes.open_to_apps(request, headers)
    return Response(text=said, headers=headers)


@page("GET", "/media/actor/{actor}/{picture}", access=ANYONE, limit="static")
async def portrait(request: Request) -> StreamResponse:
    """Give the portrait of a person or of a community: who shows one shows it to everybody."""
    numbers = [request.match_info["actor"], request.match_info["picture"]]
    if not all(number.isascii() and number.isdecimal() and len(number) < 19 for number in numbers):
        raise NotFound
    found = await portraits.portrait_of(*(int(number) for number in numbers))
    return await _send(request, found.preview_key, _headers(found, PREVIEW, tag=f"p-{found.sha256}"))


@page("GET", "/media/initials/{tint:[0-8]}/{name}", access=ANYONE, limit="static")
async def letters(request: Request) -> StreamResponse:
    """Give a picture with initials, for apps: of nobody in particular, for whoever has these and no picture."""
    said = request.match_info["name"].removesuffix(".png")
    if not said or initials.drawable(said) != said or not request.path.endswith(".png"):
        raise NotFound
    made = await initials.picture(said, int(request.match_info["tint"]))
    return Response(body=made, headers=FOR_EVER | {"Content-Type": "image/png", "Content-Security-Policy": CAGE})


@page("GET", "/c/{name}/files/{digest}", access=ANYONE, limit="static")
async def copy(request: Request) -> StreamResponse:
    """Give a community's copy of a file by its SHA-256: for the servers of members whom the author's server does not know."""
    asker = await _asker(request)
    community = await communities.visible_community(asker, request.match_info["name"])
    return await _file(request, await files.copy_of(asker, community, request.match_info["digest"]))


async def _file(request: Request, found: Media) -> StreamResponse:
    if not found.key:
        await quota.bring_again(found)
        raise Unavailable(
            N_("This file was not opened for long; it is being fetched again. Please try again in a moment.")
        )
    await quota.note_use(found)
    shown = kinds.may_be_inline(found.media_type)
    kind = found.media_type if shown else kinds.UNKNOWN
    headers = _headers(found, kind, tag=found.sha256)
    name = found.file_name or "file"
    bare = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    manner = "inline" if shown else "attachment"
    passes.open_to_apps(request, headers)
    headers["Content-Disposition"] = f"{manner}; filename=\"{bare}\"; filename*=UTF-8''{quote(name, safe='')}"
    return await _send(request, found.key, headers)


def _headers(found: Media, kind: str, *, tag: str) -> dict[str, str]:
    public = found.audience == "public"
    return {
        "Content-Type": kind,
        "Content-Security-Policy": OPEN_CAGE if kind == kinds.PDF or kinds.is_played(kind) else CAGE,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin" if public else "same-origin",
        "Cache-Control": PUBLIC if public else PRIVATE,
        "Vary": "Range" if public else "Cookie, Signature",
        "Accept-Ranges": "bytes",
        "ETag": f'"{tag}"',
    }


async def _send(request: Request, key: str, headers: dict[str, str]) -> StreamResponse:
    """Answer with bytes from storage, or with the part of them that was asked for."""
    if headers["ETag"] in [
        part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")
    ]:
        headers.pop("Content-Type")
        return Response(status=304, headers=headers)
    size = await site().storage.size(key)
    part = _range(request, size, headers["ETag"])
    start, end = part or (0, size)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    body = site().storage.open(key, start, end - start) if request.method != "HEAD" and end > start else None
    return Response(status=206 if part is not None else 200, headers=headers, body=body)


def _range(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """Give the first byte and the one after the last; None for the whole file. Several parts at once are not worth it."""
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or found.group(0) == "bytes=-" or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    start, end = (int(first), int(last) + 1 if last else size) if first else (max(0, size - int(last)), size)
    if start >= size or end <= start:
        raise HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return start, min(end, size)


@page("GET", "/settings/picture", access=MEMBER)
async def picture_form(request: Request) -> StreamResponse:
    """Show one's pictures and the forms to change them."""
    return await render(request, "media/picture.html", person=member(request).actor)


@page("POST", "/settings/picture", access=MEMBER, limit="upload", max_body=UPLOADS)
async def change_picture(request: Request) -> StreamResponse:
    """Take another portrait, another wide picture or both, or remove one of them."""
    who, form, problems = member(request).actor, await read_form(request), Problems()
    step = form.text("step")
    if step in REMOVALS:
        await portraits.remove(who, REMOVALS[step])
    else:
        for name, frame in FRAMES.items():
            await _take(who, name, frame, form, problems)
        if not form.uploads() and not problems:
            problems.add("picture", _("Choose a picture."))
    if problems:
        return await render(request, "media/picture.html", status=422, person=who, form=form, problems=problems)
    flash(request, _("Your picture is removed.") if step in REMOVALS else _("Your picture is saved."))
    return see_other("/settings/picture")


async def _take(who: Actor, name: str, frame: portraits.Frame, form: FormData, problems: Problems) -> None:
    upload, refused = form.upload(name), Problems()
    if upload is None:
        return
    try:
        taken = await service.accept(who, upload.file_name, upload.chunks(), largest=frame.largest)
        await portraits.choose(who, taken, frame)
    except FedcopError as error:
        refused.take(error)
        problems.add(name, refused.items()[0][1])

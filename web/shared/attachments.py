"""The files of a composer that works without scripts: what was uploaded stays with the form, each picture is asked for its description."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiohttp.web import Request

from fedcop.actors.models import Actor
from fedcop.core.errors import FedcopError
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.media import posters, queries, service
from fedcop.media.models import Media
from web.shared.forms import FormData, Problems, read_form

MOST = 8


@dataclass(frozen=True)
class Attachments:
    """The files of one form."""

    files: Sequence[Media]
    taken: Sequence[Media] = ()  # those that came with this very request

    @property
    def ids(self) -> list[int]:
        """Their ids, in order."""
        return [media.id for media in self.files]


async def take_attachments(
    request: Request,
    author: Actor,
    problems: Problems,
    *,
    present: Sequence[Media] = (),
    described: bool = True,
    most: int = MOST,
) -> Attachments:
    """Take new files in, keep those of the form before, drop those ticked off, and note descriptions.

    `present` are files that already hang on the post; `described` asks that each picture has a description.
    """
    form = await read_form(request)
    kept, taken = await _kept(form, author, present), []
    for upload in form.uploads("files"):
        if len(kept) >= most:
            problems.add("files", _("At most %(count)s files. Remove one first.", count=most))
            break
        try:
            taken.append(await service.accept(author, upload.file_name, upload.chunks()))
            kept.append(taken[-1])
        except FedcopError as error:
            refused = Problems()
            refused.take(error)
            said = refused.items()[0][1]
            problems.add("files", _("%(field)s: %(value)s", field=upload.file_name, value=said))
    files = [await _illustrate(form, author, await _describe(form, author, media), problems) for media in kept]
    for media in files if described else ():
        if lacking := lacks_words(media, media.description, decorative=media.decorative):
            problems.add(f"description-{media.id}", lacking)
    return Attachments(files, taken)


def lacks_words(media: Media, said: str, *, decorative: bool) -> str:
    """Say what is missing where not everybody sees or hears a file; "" where nothing is."""
    if media.is_picture and not said and not decorative:
        return _("Describe this picture, or say that it is decorative.")
    if (media.is_film or media.is_sound) and not said:
        return _("Say in a sentence what this film shows, or what is heard.")
    return ""


async def let_go(author: Actor, files: Attachments) -> None:
    """Forget what came with a form that was sent already: the first one brought the same files."""
    for media in files.taken:
        await service.discard(author, media)


async def _kept(form: FormData, author: Actor, present: Sequence[Media]) -> list[Media]:
    wanted = list(_numbers(form.texts("media")))
    dropped = set(_numbers(form.texts("drop")))
    hanging = {media.id: media for media in present}
    waiting = {media.id: media for media in await queries.waiting_of(author.id, wanted)}
    found = {**waiting, **hanging}
    return [found[media_id] for media_id in dict.fromkeys(wanted) if media_id in found and media_id not in dropped]


def _numbers(texts: Iterable[str]) -> Iterable[int]:
    return (found for found in map(read_id, texts) if found is not None)


async def _describe(form: FormData, author: Actor, media: Media) -> Media:
    name = f"description-{media.id}"
    if name not in form and f"decorative-{media.id}" not in form:
        return media
    text, decorative, said = form.text(name), form.flag(f"decorative-{media.id}"), f"captions-{media.id}"
    captions = form.raw(said) if said in form else media.captions
    before = (media.description, media.decorative, media.captions)
    if media.owner_id != author.id or (text, decorative, captions) == before:
        return media
    return await service.describe(author, media, text, decorative=decorative, captions=captions)


async def _illustrate(form: FormData, author: Actor, media: Media, problems: Problems) -> Media:
    """Take the picture that somebody chose for a film or sound of theirs."""
    for upload in form.uploads(f"poster-{media.id}") if media.post_id is None else ():
        try:
            return await posters.choose(author, media, upload.chunks())
        except FedcopError as error:
            refused = Problems()
            refused.take(error)
            problems.add(f"poster-{media.id}", refused.items()[0][1])
    return media

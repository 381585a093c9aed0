"""Files that come with letters: taken in like uploads, kept for their author alone until they say what becomes of each.

They can be shown with what the letter became, be thrown away, or go into the library (which is the library's affair).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedcop.accounts import replying
from fedcop.accounts.letters import speaking
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_, _
from fedcop.discussions import rules, scheduling
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.letterbox.models import BroughtFile
from fedcop.letterbox.reading import File
from fedcop.media import kinds
from fedcop.media import queries as media_queries
from fedcop.media import service as media_service
from fedcop.media.models import Media

KEPT = timedelta(days=14)
MOST = media_service.MOST_FILES  # of one letter
MOST_WAITING = 60  # of one person
TOO_MANY = N_("Only the first %(count)s files of a letter are taken.")
TOO_MANY_WAIT = N_("Too many of your files wait already. Decide on those first.")


@dataclass(frozen=True)
class Brought:
    """What came of the files of a letter: those that were taken in, and sentences about the others."""

    files: Sequence[Media] = ()
    refused: Sequence[str] = ()


async def take_in(account: Account, files: Sequence[File]) -> Brought:
    """Take files in as the composer does: same sizes and types, without the place at which a picture was taken."""
    if not files:
        return Brought()
    taken, refused = list[Media](), list[str]()
    waiting = await BroughtFile.filter(media__owner_id=account.actor_id, media__post_id=None).count()
    with speaking(account.language):
        for file in files[:MOST]:
            if waiting + len(taken) >= MOST_WAITING:
                refused.append(_(TOO_MANY_WAIT))
                break
            try:
                taken.append(await media_service.accept(account.actor, file.name, _whole(file)))
            except Invalid as error:
                refused.append(f"{kinds.safe_name(file.name, kinds.UNKNOWN)} – {scheduling.in_words(error)}")
            except Exception:
                await let_go(account.actor, taken)
                raise
        if len(files) > MOST:
            refused.append(_(TOO_MANY, count=MOST))
    return Brought(taken, refused)


async def _whole(file: File) -> AsyncIterator[bytes]:
    yield file.content


async def let_go(owner: Actor, files: Sequence[Media]) -> None:
    """Throw files away that hang on nothing."""
    for media in files:
        await media_service.discard(owner, media)


async def keep_for(post: Post, author: Actor, files: Sequence[Media]) -> datetime:
    """Keep files beside what their letter became, inside the transaction that publishes it; give until when."""
    until = now() + KEPT
    await media_service.keep(author, [media.id for media in files], until)
    for media in files:
        await BroughtFile.create(post_id=post.id, media_id=media.id)
    return until


async def keep_for_draft(author: Actor, files: Sequence[Media]) -> list[str]:
    """Keep files for a draft; give what its form remembers of them."""
    await media_service.keep(author, [media.id for media in files], now() + KEPT)
    return [str(media.id) for media in files]


async def waiting(author: Actor, post: Post) -> list[Media]:
    """Give the files of a letter that wait for a decision of its author; nobody else is given any."""
    if post.author_id != author.id:
        return []
    ids = await BroughtFile.filter(post_id=post.id).order_by("id").values_list("media_id", flat=True)
    return await media_queries.waiting_of(author.id, [int(str(media_id)) for media_id in ids])


async def where_some_wait(author: Actor) -> list[tuple[Post, int]]:
    """Name one's posts that have files waiting, the newest first, and how many each."""
    if not replying.is_on():
        return []
    found = BroughtFile.filter(media__owner_id=author.id, media__post_id=None, post__deleted_at=None)
    posts = [one.post for one in await found.order_by("-post_id").select_related("post")]
    counts = Counter(post.id for post in posts)
    return [(post, counts[post.id]) for post in {post.id: post for post in posts}.values()]


@atomic
async def show(author: Actor, post: Post, files: Sequence[Media]) -> None:
    """Show files with what the letter became; its text stays as it is."""
    rules.may_edit(author, post)
    present = (await media_queries.of_posts([post.id]))[post.id]
    if len(present) + len(files) > MOST:
        raise Invalid(errors={"files": N_("At most %(count)s files. Remove one first.")}, count=MOST)
    ids = [media.id for media in (*present, *files)]
    await discussions.edit(author, post, source=post.source, tags=post.tags, media=ids)


async def forget_decided(post: Post) -> None:
    """Forget of which letter files came that are no longer waiting."""
    decided = await BroughtFile.filter(post_id=post.id).exclude(media__post_id=None).values_list("id", flat=True)
    await BroughtFile.filter(id__in=list(decided) or [0]).delete()

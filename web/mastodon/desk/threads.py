"""The discussions of a community from an application: its home, an announcement, pinning, removing. Each by the role of who does it."""

from __future__ import annotations

from aiohttp.web import Request, StreamResponse

from fedcop.core.errors import Conflict, Forbidden, Invalid
from fedcop.core.i18n import N_, _
from fedcop.discussions import announcing, sent, service
from fedcop.discussions.kinds import kind_of
from fedcop.discussions.models import Post
from fedcop.timelines import streams
from web.keys import desk
from web.mastodon import loading, quotes, wording, writing
from web.mastodon.answers import PAGE, answer, paged, span_of
from web.mastodon.desk.people import REASON, reason_of
from web.mastodon.entities.status import MARKDOWN, turn
from web.mastodon.keeping import NO_THREAD
from web.mastodon.params import Params, read
from web.mastodon.statuses import again, visible
from web.mastodon.timelines import WISH, turned, wish_of
from web.shared.routing import for_community

ELSEWHERE = N_("This is not a discussion of the community that this application is signed in as.")
NO_ANSWERS = N_("A community does not answer: sign in as yourself to answer under your own name.")
NOT_LATER = N_(
    "An announcement is published at once here. To have it published later, write it on the page of the community."
)
NO_FILES = N_("An announcement with files is written on the page of the community.")
NAMES = "status in_reply_to_id:id visibility:public|unlisted|private language spoiler_text media_ids:ids fedcop[title] scheduled_at"


@for_community("GET", "/api/v1/timelines/home", takes=f"{PAGE} {WISH}")
async def home(request: Request) -> StreamResponse:
    """Give the discussions of the community, each as something that it boosts."""
    given, at = await read(request), desk(request)
    ids = await streams.community(at.looker, at.community, turned(span_of(given)), wish_of(given))
    return paged(request, await loading.boosts(request, ids), [turn(number) for number in ids])


@for_community(
    "POST", "/api/v1/statuses", takes=f"{NAMES} {wording.SAID} {writing.POLL} {writing.QUOTE}", gives="Status"
)
async def announce(request: Request) -> StreamResponse:
    """Begin a discussion in the community as one of those in charge; its author is who writes it."""
    given, at = await read(request), desk(request)
    _check(given)
    try:
        quotes.policy_of(given)
        await wording.check_named(given, writing.said_of(given))
    except wording.Unexpected as error:
        told = {"error": error.for_people(), "unexpected_accounts": await loading.accounts(request, error.named)}
        return answer(told, status=422)
    form = writing.form_of(request)
    post = await sent.find(at.person, form)
    if post is None:
        try:
            post = await _announced(request, given, form)
        except Conflict as error:  # of two at the same moment, one wrote it
            post = await sent.find(at.person, form) if error.code == "sent-already" else None
            if post is None:
                raise
    return answer(await loading.post(request, post))


def _check(given: Params) -> None:
    """Refuse what would be said by the person alone, or could not be as it was meant."""
    writing.check(given)
    if given.text("in_reply_to_id"):
        raise Forbidden(NO_ANSWERS, "no-answers")
    for name, why in (("scheduled_at", NOT_LATER), ("media_ids", NO_FILES)):
        if name in given:
            raise Invalid(why, code="not-from-here")


@for_community("POST", "/api/v1/media")
@for_community("POST", "/api/v2/media")
async def no_files(request: Request) -> StreamResponse:
    """Say where an announcement with files is written."""
    raise Invalid(NO_FILES, code="not-from-here")


async def _announced(request: Request, given: Params, form: str) -> Post:
    at, parts = desk(request), writing.parted(given)
    quoted = await quotes.quoted_of(request, given)
    # Without a word of its own it takes none of what it quotes: that may be taken back, or closed.
    title = parts.title or (
        _("Quotes another post") if quoted is not None and not writing.said_of(given).strip() else ""
    )
    return await announcing.announce(
        at.person,
        at.community,
        kind=kind_of(title),
        title=title,
        title_derived=parts.derived or title != parts.title,
        source=parts.text,
        language=writing.language_of(given),
        audience=writing.audience_of(given, at.community),
        warning=given.text("spoiler_text"),
        poll=writing.poll_of(given),
        quoted=quoted,
        quote_policy=quotes.policy_of(given),
        form=form,
    )


async def _its_own(request: Request) -> Post:
    """Load a post that lives in the community; what lives elsewhere is not for it to judge."""
    post = await visible(request)
    if post.community_id != desk(request).community.id:
        raise Forbidden(ELSEWHERE, "elsewhere")
    return post


@for_community("POST", "/api/v1/statuses/{id}/{act:pin|unpin}")
async def pin(request: Request) -> StreamResponse:
    """Pin a thread at the top of the community, or let it move down again."""
    post, at = await _its_own(request), desk(request)
    if post.depth:
        raise Invalid(NO_THREAD, code="no-thread")
    try:
        await (service.pin if request.match_info["act"] == "pin" else service.unpin)(at.person, post)
    except (Forbidden, Conflict) as error:  # apps show the reason of a 422
        raise Invalid(error.text, error.code) from None
    return answer(await again(request, post))


@for_community("DELETE", "/api/v1/statuses/{id}", takes=f"delete_media:flag {REASON}")
async def remove(request: Request) -> StreamResponse:
    """Remove a post from the community as a moderator, with a reason that its author and the record read. What its author typed stays theirs."""
    post, at, given = await _its_own(request), desk(request), await read(request)
    written = await loading.post(request, post)
    await service.remove(at.person, post, reason_of(at, given.text(REASON)))
    return answer(written | {"text": "", "content_type": MARKDOWN})

"""Writing from apps: a new thread by naming a community, an answer, a correction, an end to it; thanks and shares."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from aiohttp.web import Request, StreamResponse

from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core.errors import Conflict, Invalid, NotFound
from fedcop.core.i18n import N_, _
from fedcop.discussions import queries as discussions
from fedcop.discussions import rules, sent, service, spoken
from fedcop.discussions import text as texts
from fedcop.discussions.answering import PARENT
from fedcop.discussions.kinds import REPLY, kind_of, plugged_kind
from fedcop.discussions.models import Post
from fedcop.discussions.polls.asking import Asked, asked, fields_of
from fedcop.discussions.quotes import keeping
from fedcop.media.looks import read_focus
from fedcop.people.rules import LANGUAGES
from web.keys import HOLDER, SITE, member
from web.mastodon import loading, quotes, retouching, wording
from web.mastodon.answers import answer
from web.mastodon.entities.account import account_json
from web.mastodon.entities.status import PLAIN, deleted_json, shared_json, source_of, type_of
from web.mastodon.params import Params, read
from web.mastodon.scheduled import moment_of, planned
from web.mastodon.statuses import again, visible
from web.shared.routing import Asks, api

QUOTE = "quoted_status_id:id quote_approval_policy:public|followers|nobody"
POLL = "poll[options]:texts poll[expires_in]:number poll[multiple]:flag poll[hide_totals]:flag"
MOST_SECONDS = 1_000_000_000
VISIBILITIES = ("public", "unlisted", "private")
NOWHERE = N_("Name the community in which you want to write, like @name.")
NO_LETTERS = N_(
    "There are no private messages here: write in a community that both of you belong to, or by an address that the profile names."
)
NOT_LATER = N_("Only what is said in a community can be published later.")
TITLE_FIRST = N_("Begin with a title: a short first line, then an empty one.")
WIDER = N_("Here an answer is read by all who read what it answers: it cannot have fewer readers.")
NOT_NARROWER = N_("In this community one cannot write for its members alone.")


@api(
    "POST",
    "/api/v1/statuses",
    asks=Asks.PERSON,
    scope="write:statuses",
    limit="write",
    takes="status in_reply_to_id:id visibility:public|unlisted|private language spoiler_text media_ids:ids group_id:id fedcop[title] scheduled_at"
    f" {wording.SAID} {POLL} {QUOTE}",
    gives="Status|ScheduledStatus",
)
async def write(request: Request) -> StreamResponse:
    """Answer a post, or begin a thread in the community that the text names, at once or later."""
    given = await read(request)
    check(given)
    try:
        quotes.policy_of(given)
        await wording.check_named(given, wording.worded(given.text("status"), plain=wording.is_plain(given)))
    except wording.Unexpected as error:
        told = {"error": error.for_people(), "unexpected_accounts": await loading.accounts(request, error.named)}
        return answer(told, status=422)
    if given.text("scheduled_at"):
        return await _later(request, given)
    author, form = member(request).actor, form_of(request)
    post = await sent.find(author, form)
    if post is None:
        try:
            post = await (_answer if given.text("in_reply_to_id") else _begin)(request, given, form)
        except Conflict as error:  # of two at the same moment, one wrote it
            post = await sent.find(author, form) if error.code == "sent-already" else None
            if post is None:
                raise
    return answer(await loading.post(request, post))


def check(given: Params) -> None:
    """Refuse what is written to nobody, or to whom one cannot write here."""
    visibility = given.text("visibility")
    if visibility == "direct":
        raise Invalid(NO_LETTERS, code="no-letters")
    if visibility and visibility not in VISIBILITIES:
        raise Invalid(errors={"visibility": N_("Choose who reads this.")})


def poll_of(given: Params) -> Asked | None:
    """Read the poll that a text brings."""
    seconds = given.number("poll[expires_in]")
    return asked(
        given.texts("poll[options]"),
        multiple=given.flag("poll[multiple]"),
        hides_totals=given.flag("poll[hide_totals]"),
        lasts=timedelta(seconds=min(seconds, MOST_SECONDS)) if seconds is not None else None,
    )


def form_of(request: Request) -> str:
    """Give what the same text bears when it is sent once more."""
    key = request.headers.get("Idempotency-Key", "")[:500]
    return hashlib.sha256(f"app:{request[HOLDER].token.id}:{key}".encode()).hexdigest() if key else ""


def language_of(given: Params) -> str:
    """Read the language of a text, "" where it is none that is written here."""
    code = given.text("language").strip().lower()[:2]
    return code if code in LANGUAGES else ""


async def _parent(request: Request, given: Params) -> Post:
    number = given.number("in_reply_to_id")
    parent = await discussions.visible_post(member(request).actor, number) if number is not None else None
    if parent is None or rules.is_gone(parent):
        raise NotFound
    if given.text("visibility") == "private" and parent.audience == access.PUBLIC:
        raise Invalid(WIDER, code="not-narrower")
    return parent


async def _answer(request: Request, given: Params, form: str) -> Post:
    return await service.reply(
        member(request).actor,
        await _parent(request, given),
        source=said_of(given),
        language=language_of(given),
        media=given.ids("media_ids"),
        warning=given.text("spoiler_text"),
        poll=poll_of(given),
        quoted=await quotes.quoted_of(request, given),
        quote_policy=quotes.policy_of(given),
        form=form,
    )


def said_of(given: Params) -> str:
    """Read a text, as Markdown."""
    return wording.worded(given.text("status"), plain=wording.is_plain(given))


def parted(given: Params) -> spoken.Spoken:
    """Read the title and the text of a thread."""
    title = given.text("fedcop[title]").strip()
    return spoken.parted(given.text("status"), title=title, plain=wording.is_plain(given))


async def _begin(request: Request, given: Params, form: str) -> Post:
    author = member(request).actor
    quoted = await quotes.quoted_of(request, given)
    community, parts = await _place(request, given, quoted), parted(given)
    # Without a word of its own it takes none of what it quotes: that may be taken back, or closed.
    title = parts.title or (_("Quotes another post") if quoted is not None and not said_of(given).strip() else "")
    return await service.write(
        author,
        community,
        kind=kind_of(title),
        title=title,
        title_derived=parts.derived or title != parts.title,
        source=parts.text,
        language=language_of(given),
        media=given.ids("media_ids"),
        audience=audience_of(given, community),
        warning=given.text("spoiler_text"),
        poll=poll_of(given),
        quoted=quoted,
        quote_policy=quotes.policy_of(given),
        form=form,
    )


async def _later(request: Request, given: Params) -> StreamResponse:
    """Keep an answer or a thread to be published at a moment; as on the pages a thread has a title of its own."""
    due, quoted = moment_of(given), await quotes.quoted_of(request, given)
    content: dict[str, object] = {
        "language": language_of(given),
        "warning": given.text("spoiler_text"),
        "media": [str(number) for number in given.ids("media_ids")],
        **fields_of(poll_of(given)),
        keeping.QUOTED: str(quoted.id) if quoted is not None else "",
        keeping.POLICY: quotes.policy_of(given),
    }
    if given.text("in_reply_to_id"):
        parent = await _parent(request, given)
        community = await communities.by_id(parent.community_id) if parent.community_id is not None else None
        if community is None:
            raise Invalid(NOT_LATER, code="not-later")
        return await planned(
            request, community, {**content, "source": said_of(given), PARENT: str(parent.id)}, due, kind=REPLY
        )
    community, parts = await _place(request, given, quoted), parted(given)
    if parts.derived:
        raise Invalid(errors={"status": TITLE_FIRST})
    written = {"kind": kind_of(parts.title), "title": parts.title, "source": parts.text}
    return await planned(request, community, {**content, **written, "audience": audience_of(given, community)}, due)


async def _place(request: Request, given: Params, quoted: Post | None) -> Community:
    """Where a thread begins: in the community that is named; where none is, what quotes a post of one stays there."""
    if given.text("group_id"):
        _actor, community = await loading.visible_account(request, given.text("group_id"))
    else:
        community = await spoken.place_named(member(request).actor, said_of(given))
    if community is None and quoted is not None and quoted.community_id is not None:
        community = await communities.by_id(quoted.community_id)
    if community is None:
        raise Invalid(errors={"status": NOWHERE})
    return community


def audience_of(given: Params, community: Community) -> str:
    """Narrower than the community's own only where it lets its authors choose that; wider never by an app."""
    if given.text("visibility") != "private" or community.visibility != access.PUBLIC:
        return ""
    if access.COMMUNITY not in rules.choices_of(community):
        raise Invalid(NOT_NARROWER, code="not-narrower")
    return access.COMMUNITY


async def _own(request: Request) -> Post:
    post = await visible(request)
    rules.may_edit(member(request).actor, post)
    kind = plugged_kind(post.kind)
    if kind is not None and not kind.is_text:
        raise NotFound  # a resource is corrected at its own page
    return post


@api(
    "PUT",
    "/api/v1/statuses/{id}",
    asks=Asks.PERSON,
    scope="write:statuses",
    limit="write",
    takes=f"status content_type language spoiler_text media_ids:ids media_attributes:rows(id description focus thumbnail) {POLL} {QUOTE}",
    gives="Status",
)
async def correct(request: Request) -> StreamResponse:
    """Correct one's own text; what it said before stays readable."""
    given, post, author = await read(request), await _own(request), member(request).actor
    plain = wording.is_plain(given, type_of(post)) if "status" in given else type_of(post) == PLAIN
    said = wording.unframed(given.text("status"), post) if "status" in given else source_of(post)
    before = spoken.source_title(post)
    first = said.strip().partition("\n")[0].strip()
    parts = spoken.parted(said, title=before if before and first == before else "", plain=plain)
    is_root, kept = post.depth == 0, parts.derived and not post.title_derived
    drawn = await retouching.drawn(author, post, given)
    async with retouching.kept_if_done(drawn):
        post = await service.correct(
            author,
            post,
            source=parts.text if is_root else wording.worded(said, plain=plain),
            title=parts.title if is_root and not kept else None,
            title_derived=parts.derived if is_root and not kept else None,
            tags=texts.chosen_tags(post.source, post.tags),
            language=language_of(given) or None,
            warning=given.text("spoiler_text") if "spoiler_text" in given else None,
            media=given.ids("media_ids") if "media_ids" in given else None,
            poll=poll_of(given),
            descriptions=dict(retouching.said_of_files(given, "description")),
            focuses={
                number: point
                for number, said in retouching.said_of_files(given, "focus")
                if (point := read_focus(said))
            },
            quoted_id=quotes.corrected(given),
            quote_policy=quotes.policy_of(given),
            posters=drawn,
        )
    return answer(await loading.post(request, post))


@api("DELETE", "/api/v1/statuses/{id}", asks=Asks.PERSON, scope="write:statuses", limit="write", takes="delete_media:flag", gives="DeletedStatus")  # fmt: skip
async def delete(request: Request) -> StreamResponse:
    """Delete one's own post, and give what was typed, so that it can be written anew, with its files unless one says otherwise."""
    post, author, given = await visible(request), member(request).actor, await read(request)
    rules.may_delete(author, post)
    written = deleted_json(await loading.post(request, post), post)
    await service.delete(author, post, to_rewrite=not given.flag("delete_media"))
    return answer(written)


@api(
    "POST", "/api/v1/statuses/{id}/favourite", asks=Asks.PERSON, scope="write:favourites", limit="write", gives="Status"
)
async def thank(request: Request) -> StreamResponse:
    """Thank for a post."""
    post = await visible(request)
    await service.react(member(request).actor, post, "thanks")
    return answer(await again(request, post))


@api(
    "POST",
    "/api/v1/statuses/{id}/unfavourite",
    asks=Asks.PERSON,
    scope="write:favourites",
    limit="write",
    gives="Status",
)
async def unthank(request: Request) -> StreamResponse:
    """Take one's thanks back."""
    post = await visible(request)
    await service.unreact(member(request).actor, post, "thanks")
    return answer(await again(request, post))


@api("POST", "/api/v1/statuses/{id}/reblog", asks=Asks.PERSON, scope="write:statuses", limit="write", gives="Status")
async def share(request: Request) -> StreamResponse:
    """Share a public post with those who follow one."""
    post, who = await visible(request), member(request).actor
    shared = await service.share(who, post)
    fresh = await discussions.by_id(post.id)
    assert fresh is not None
    account = account_json(who, request.app[SITE].settings.origin)
    return answer(shared_json(await loading.post(request, fresh), shared, account))


@api("POST", "/api/v1/statuses/{id}/unreblog", asks=Asks.PERSON, scope="write:statuses", limit="write", gives="Status")
async def unshare(request: Request) -> StreamResponse:
    """Take a share back."""
    post = await visible(request)
    await service.unshare(member(request).actor, post)
    return answer(await again(request, post))

"""Texts that are published later: kept as drafts with a moment, published then through the same service as any other text.

Nothing is promised to the author but the moment: rights, charter, audience and what waits for a moderator are judged when it
comes. Not for: what is kept while somebody types (drafts.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fedcop.accounts.letters import speaking
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.models import Community
from fedcop.core import facts
from fedcop.core.clock import now
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, FedcopError, Forbidden, Invalid, NotFound, Unavailable
from fedcop.core.i18n import N_, _
from fedcop.core.ids import new_id, read_id
from fedcop.core.jobs import enqueue
from fedcop.discussions import answering, drafts, queries, rules, seams, service
from fedcop.discussions.drafts import FIELDS, kept_of, place_of
from fedcop.discussions.facts import TextGivenBack
from fedcop.discussions.kinds import REPLY, Later, plugged_kind
from fedcop.discussions.models import Draft, Post
from fedcop.discussions.polls import asking
from fedcop.discussions.quotes import keeping
from fedcop.discussions.quotes.rules import may_quote
from fedcop.discussions.service import showing
from fedcop.discussions.service.checking import check_audience, check_text
from fedcop.discussions.text import clean_title
from fedcop.discussions.versions import SECOND, typed

FURTHEST = timedelta(days=365)
MOST = 50
FILES_AFTER = timedelta(days=3)  # as long as those of any draft, should it be given back
WITHOUT_MOMENT = tuple(name for name in FIELDS if name not in ("on", "at"))
KIND = "post_kind"  # in what is kept of a post that is more than a text
TOO_LATE = N_("This text was published or cancelled meanwhile. Look at your drafts.")
NOT_A_MEMBER = N_("You cannot read this community any more, or it is gone.")


@atomic
async def schedule(
    author: Actor,
    community: Community,
    content: Mapping[str, object],
    due: datetime,
    *,
    changing: int | None = None,
    kind: str = "",
) -> Draft:
    """Keep a whole text, to be published at a moment; `changing` is the text that this one replaces.

    `kind` is that of a post which is more than a text: a feature plugged it in, and says what of it is kept.
    """
    draft = await _locked(author, changing) if changing is not None else None
    later = _later(kind)
    await _check(author, community, content, due, later)
    if draft is None:
        if await Draft.filter(author_id=author.id).exclude(due_at=None).count() >= MOST:
            raise Conflict(N_("You have 50 scheduled texts already. Publish or cancel one first."), code="too-many")
        number = new_id()
        draft = Draft(id=number, author_id=author.id, place=place_of("later", number), community_id=community.id)
    kept = kept_of(content, later.fields if later is not None else WITHOUT_MOMENT)
    draft.content = {**kept, "promised": content.get("promised", ""), **({KIND: kind} if later is not None else {})}
    if kind == REPLY:
        draft.content[answering.READERS] = await answering.readers_of(author, content)
    draft.saved_at, draft.due_at, draft.trouble = now(), due, ""
    await draft.save(force_create=changing is None, force_update=changing is not None)
    await Draft.filter(author_id=author.id, place=place_of("change", draft.id)).delete()
    await seams.keep_media(author, files_of(draft.content), due + FILES_AFTER)
    await enqueue(publish_due, {"draft_id": draft.id}, due=due)
    return draft


def kind_of(draft: Draft) -> str:
    """Name the kind of post that a scheduled text becomes where it is more than a text; "" where it is not."""
    return str(draft.content.get(KIND) or "")


def _later(kind: str) -> Later | None:
    if not kind:
        return None
    if kind == REPLY:
        return answering.ANSWER
    plugged = plugged_kind(kind)
    if plugged is None or plugged.later is None:
        raise NotFound()
    return plugged.later


async def _check(
    author: Actor, community: Community, content: Mapping[str, object], due: datetime, later: Later | None
) -> None:
    """Refuse now what could not be published now either: nobody should learn of a missing title a week later."""
    if later is None or later.begins:
        await rules.may_write(author, community)
    errors: dict[str, str] = {}
    if due <= now():
        errors["on"] = N_("Choose a moment that is still to come.")
    elif due > now() + FURTHEST:
        errors["on"] = N_("Choose a moment within a year.")
    try:
        await (later.check if later is not None else _check_text)(author, community, content)
        check_audience(community, str(content.get("audience") or ""), str(content.get("promised") or ""))
    except Invalid as error:
        errors = {**error.errors, **errors}
    if errors:
        raise Invalid(errors=errors)


async def _check_text(author: Actor, community: Community, content: Mapping[str, object]) -> None:
    text = _fields(content)
    asking.check(text["poll"])
    quoted = await keeping.quoted_of(author, content)
    if quoted is not None:
        await may_quote(author, quoted, community.id, text["audience"] or access.default_of(community))
    check_text(
        clean_title(text["title"]),
        text["source"].strip(),
        is_root=True,
        has_more=bool(text["media"] or text["links"] or text["poll"] or quoted),
        links=text["links"],
        language=text["language"] or community.language,
        others=text["versions"],
    )
    await showing.check(author, community, text["audience"], text["also"])


async def find(author: Actor, number: int) -> Draft | None:
    """A text of somebody that is scheduled, or was and came back."""
    return await Draft.get_or_none(id=number, author_id=author.id, place=place_of("later", number))


async def many(author: Actor, numbers: Iterable[int]) -> dict[int, Draft]:
    """Find several of them at once."""
    places = [place_of("later", number) for number in numbers]
    found = await Draft.filter(author_id=author.id, place__in=places) if places else []
    return {draft.id: draft for draft in found}


async def all_of(author: Actor) -> list[Draft]:
    """What somebody has scheduled, the next first."""
    return await Draft.filter(author_id=author.id).exclude(due_at=None).order_by("due_at", "id").limit(MOST)


@atomic
async def cancel(author: Actor, number: int) -> None:
    """Do not publish a text; it is a draft again."""
    await _let_back(await _locked(author, number))


@atomic
async def publish(author: Actor, number: int, content: Mapping[str, object] | None = None) -> Post:
    """Publish a text that was scheduled, now, perhaps as it was just changed; whoever is first publishes, nobody else.

    All in one transaction: a process that is killed has published it and forgotten the draft, or neither.
    """
    draft = await _locked(author, number)
    community = await communities.by_id(draft.community_id) if draft.community_id is not None else None
    if community is None:
        raise NotFound()
    said, later = draft.content if content is None else content, _later(kind_of(draft))
    if later is not None:
        post = await later.publish(author, community, said)
    else:
        quoted = await keeping.quoted_of(author, said)
        post = await service.write(author, community, quoted=quoted, **_fields(said))
    # A change that was begun and not saved goes on as a correction.
    changed = Draft.filter(author_id=author.id, place=place_of("change", draft.id))
    if content is None:
        await changed.update(place=place_of("edit", post.id))
    else:
        await changed.delete()
    await draft.delete()
    return post


async def publish_due(draft_id: int) -> None:
    """Job: publish a text whose moment has come, or give it back to its author with the reason."""
    draft = await Draft.get_or_none(id=draft_id).select_related("author")
    if draft is None or draft.due_at is None:
        return  # published or cancelled
    if draft.due_at > now():  # put off, or the clock was set back
        await enqueue(publish_due, {"draft_id": draft.id}, due=draft.due_at, unique=f"publish:{draft.id}")
        return
    account = await Account.get_or_none(actor_id=draft.author_id)
    if account is None or account.deleting_at is not None:
        return
    try:
        if account.suspended_at is not None:
            raise Forbidden(N_("Your account was suspended."), code="suspended")
        await publish(draft.author, draft.id)
    except Unavailable:
        raise  # nothing is wrong with the text: the job is tried again
    except FedcopError as error:
        with speaking(account.language):
            reason = in_words(error)
        await _give_back(draft.id, draft.due_at, reason)


@atomic
async def _give_back(number: int, due: datetime, reason: str) -> None:
    draft = await Draft.filter(id=number, due_at=due).select_for_update().first()
    if draft is None:
        return  # somebody changed it, or was faster
    draft.trouble = reason
    await _let_back(draft)
    await facts.record(TextGivenBack(draft_id=draft.id, due_at=due))


async def _let_back(draft: Draft) -> None:
    """Make a draft of it again: of an answer, one in the reply box; where that is taken, or there is nothing to answer any more, of a new discussion."""
    draft.due_at, draft.saved_at = None, now()
    if kind_of(draft) == REPLY:
        number = answering.parent_id(draft.content) or 0
        place = place_of("reply", number)
        author = await Actor.get(id=draft.author_id)
        answered = await Post.filter(id__in=list(await queries.visible_ids(author, [number]))).first()
        draft.content = kept_of(draft.content, WITHOUT_MOMENT)
        if answered is not None and not rules.is_gone(answered) and not await drafts.find(author, place):
            draft.place = place
    await draft.save(update_fields=["due_at", "saved_at", "trouble", "place", "content"])


def in_words(error: FedcopError) -> str:
    """Say in one text why something could not be published, where there are no fields to say it at."""
    if isinstance(error, NotFound):
        return NotFound(NOT_A_MEMBER).for_people()
    if isinstance(error, Invalid) and error.errors:
        return " ".join(_(text, **error.params) if "%(" in text else _(text) for text in error.errors.values())
    return error.for_people()


async def _locked(author: Actor, number: int) -> Draft:
    found = (
        await Draft.filter(id=number, author_id=author.id, place=place_of("later", number)).select_for_update().first()
    )
    if found is None:
        raise Conflict(TOO_LATE, code="too-late")
    return found


def files_of(content: Mapping[str, Any]) -> list[int]:
    """Name the files of a form as it was kept."""
    return numbers_in(content, "media")


def numbers_in(content: Mapping[str, Any], name: str) -> list[int]:
    """Read the ids that a field of a form as it was kept holds."""
    return [number for number in (read_id(str(one)) for one in content.get(name, ())) if number is not None]


def _fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """What service.write asks for, of the fields of a form as they were kept."""
    said = {name: str(content.get(name) or "") for name in ("kind", "title", "source", "language", "warning", "link")}
    link = said.pop("link").strip()
    return {
        **said,
        "tags": str(content.get("tags") or "").replace(",", " ").split(),
        "links": [{"href": link}] if link else [],
        "also": numbers_in(content, "also"),
        "versions": typed(*(str(content.get(name) or "").strip() for name in SECOND)),
        "media": files_of(content),
        "audience": str(content.get("audience") or ""),
        "promised": str(content.get("promised") or ""),
        "poll": asking.kept(content),
        "quote_policy": keeping.policy_of(content),
    }

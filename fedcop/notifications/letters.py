"""Writes the letters about what a member has not read yet, in their language. A job does it, so that nobody waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from fedcop.accounts import replying
from fedcop.accounts.letters import Letter, address, speaking
from fedcop.accounts.models import Account
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core import addresses, clock
from fedcop.core.database import atomic
from fedcop.core.i18n import _, ngettext
from fedcop.core.jobs import enqueue
from fedcop.core.mail import Mail, hand_over
from fedcop.notifications import outgoing, queries, topics, unsubscribing, wording
from fedcop.notifications.models import Notification

ANSWERED = ("mention", "reply")  # what one can answer by mail
MOST = 20  # replies that one letter tells
PATIENCE = timedelta(hours=2)  # for those who would rather see it here first
RECENT = timedelta(days=8)  # what waited longer was not to be mailed when it was told


@atomic
async def write(account_id: int, kind: str, root_id: int | None = None, only: int | None = None) -> None:
    """Job: write to a member about what they have not read, and neither were written about; maybe that is nothing by now."""
    account = await Account.get_or_none(id=account_id).select_related("actor")
    if account is None or account.suspended_at is not None or account.deleting_at is not None:
        return
    if topics.way_of(kind, account.preferences) != topics.NOW:
        return
    unread = Notification.filter(account_id=account_id, kind=kind, read_at=None, filtered=False, mailed_at=None)
    about = (
        await (unread.filter(id=only) if only is not None else unread.filter(root_id=root_id))
        .order_by("id")
        .limit(MOST)
    )
    if not about:
        return
    await Notification.filter(id__in=[one.id for one in about]).update(mailed_at=clock.now())
    # Ids only: what a letter says stands in no job, and is judged by what is so when it leaves.
    await enqueue(send, {"account_id": account_id, "ids": [one.id for one in about]})


@atomic
async def write_thread(account_id: int, root_id: int, way: str) -> None:
    """Job: write one letter about all that a member has not seen of a thread and that goes by a way."""
    account = await Account.get_or_none(id=account_id)
    if account is None or account.suspended_at is not None or account.deleting_at is not None:
        return
    waiting = [one for one in await queries.waiting(account, way, clock.now() - RECENT) if one.root_id == root_id]
    ids = [one.id for one in waiting[:MOST]]
    if ids:
        await Notification.filter(id__in=ids).update(mailed_at=clock.now())
        await enqueue(send, {"account_id": account_id, "ids": ids})


async def send(account_id: int, ids: list[int]) -> None:
    """Job: hand a letter over, about what the member may still read; each attempt, however late, judges anew."""
    account = await Account.get_or_none(id=account_id).select_related("actor")
    if account is None or account.suspended_at is not None or account.deleting_at is not None:
        return
    found = await Notification.filter(id__in=ids, account_id=account_id).order_by("id")
    about = await outgoing.tellable(account, found)
    if about:
        people = await actors.many(one.from_actor_id for one in about if one.from_actor_id is not None)
        await hand_over(await compose(account, about, people))


async def compose(account: Account, about: Sequence[Notification], people: dict[int, Actor]) -> Mail:
    """Make the letter of notifications about one thing."""
    keys = list(dict.fromkeys(topics.BY_KIND[one.kind].key for one in about))
    stop = await unsubscribing.address_for(account, *keys)
    with speaking(account.language):
        written = _letter(about, people) if len(keys) == 1 else _letter_of_thread(about, people)
        more = (
            (_("Choose what you receive"), addresses.absolute("/settings/notifications")),
            (_("No more letters of this kind"), stop),
        )
        answered = about[-1].post_id if about[-1].kind in ANSWERED else None
        written = replying.marked(replace(written, small=more), answered)
        mail = await address(written, to=account.email, code=account.language)
    leaving = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return replace(mail, headers=leaving | await replying.headers(account, answered))


def _letter(about: Sequence[Notification], people: dict[int, Actor]) -> Letter:
    first, kind = about[0], about[0].kind
    known = {actor.id: actor.display_name or actor.name for actor in people.values()}
    names = wording.names(kind, [one.from_actor_id for one in about], known)
    said = wording.sentence(kind, names, [one.detail for one in about])
    title = outgoing.title_of(first)
    if kind == "reply" and len(about) > 1:
        subject = ngettext("%(count)s new reply", "%(count)s new replies", len(about))
    else:
        subject = said
    # A title belongs into a subject; where nobody else may read, it is all that leaves the house.
    subject = f"{subject} – {title}" if title else subject
    parts = [_("Hello,"), f"{said}."]
    if title:
        parts.append(_("In “%(title)s”", title=title))
    for one in about:
        parts.extend(_passage(one, known, alone=len(about) == 1))
    if any(one.detail.get("poll") for one in about):
        parts.append(_("There is a poll in it: you can vote on its page."))
    if why := wording.reason(first.detail):
        parts.append(why)
    return Letter(subject, tuple(parts), _link(first))


def _letter_of_thread(about: Sequence[Notification], people: dict[int, Actor]) -> Letter:
    """Tell several kinds of things about one thread, in the order in which they happened."""
    title = outgoing.title_of(about[0])
    known = {actor.id: actor.display_name or actor.name for actor in people.values()}
    subject = ngettext("%(count)s thing about you", "%(count)s things about you", len(about))
    parts = [_("Hello,"), _("In “%(title)s”", title=title)] if title else [_("Hello,")]
    for one in about:
        said = wording.sentence(one.kind, [wording.name_of(one.kind, one.from_actor_id, known)], [one.detail])
        text = str(one.detail.get("text") or "")
        parts.append(_("%(who)s: “%(text)s”", who=said, text=text) if text else f"{said}.")
    return Letter(f"{subject} – {title}" if title else subject, tuple(parts), _link(about[0]))


def _passage(one: Notification, known: dict[int, str], *, alone: bool) -> list[str]:
    text = str(one.detail.get("text") or "")
    if not text:
        return []
    if alone:
        return [_("“%(text)s”", text=text)]
    return [_("%(who)s: “%(text)s”", who=wording.name_of(one.kind, one.from_actor_id, known), text=text)]


def _link(about: Notification) -> tuple[str, str]:
    return _words_of_link(about), addresses.absolute(outgoing.path_of(about))


def _words_of_link(about: Notification) -> str:
    if about.detail.get("appeal_until"):
        return _("Read it, and appeal if you wish")
    if about.post_id is not None and about.kind != "held":
        return _("Read and reply") if about.kind in ("mention", "reply") else _("See the post")
    if about.kind == "given_back":
        return _("See my drafts")
    if not about.detail.get("path"):
        return _("See my notifications")
    if about.detail.get("host"):
        return _("See the agreement")
    if about.kind == "participation":
        return _("See what is asked for, or say “not now”")
    waits = about.kind in (
        "join_asked",
        "answered_back",
        "members_held",
        "asked_back",
        "held",
        "report",
        "appeal",
        "merge_asked",
    )
    about_reports = about.kind in ("report_resolved", "report_dismissed")
    words = _("See my reports") if about_reports else _("See the community")
    words = _("See my appeals") if about.kind.startswith("appeal_") else words
    words = _("Read the invitation") if about.kind == "invited" else words
    words = _("See my request") if about.kind in ("waiting", "turn") else words
    return _("Read and answer") if waits else words

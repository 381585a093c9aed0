"""What we write back to who wrote to us by mail: what became of it, never to a machine."""

from __future__ import annotations

from datetime import datetime

from fedcop.accounts.letters import Letter, address, speaking
from fedcop.accounts.models import Account
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core import addresses
from fedcop.core.errors import FedcopError
from fedcop.core.i18n import _, format_date, ngettext
from fedcop.core.mail import post_mail
from fedcop.discussions.models import Draft, Post
from fedcop.letterbox.bringing import Brought


async def refused(account: Account, post_id: int, error: FedcopError, text: str, lost: bool) -> None:
    """Say that an answer was not published, and why, with what it said."""
    with speaking(account.language):
        why = " ".join(_(text, **error.params) for text in getattr(error, "errors", {}).values()) or error.for_people()
        letter = Letter(
            _("Your answer was not published"),
            (
                _("Hello,"),
                _("The answer that you sent by e-mail was not published."),
                why,
                *((_("Files that came with it were not kept."),) if lost else ()),
            ),
            (_("Answer on the page"), addresses.absolute(f"/p/{post_id}")),
            (_("This is what you wrote:"),) if text else (),
            quoted=text,
        )
        await _send(account, letter)


async def about_files(account: Account, post: Post, brought: Brought, until: datetime) -> None:
    """Say that an answer is published, and what becomes of the files that came with it."""
    with speaking(account.language):
        said = (
            _("Hello,"),
            _("Your answer is published."),
            *_of_files(brought, until, named=post.audience == access.PUBLIC),
        )
        if brought.files:
            subject, link = _("Your answer is published; its files wait for you"), _files_of(post)
        else:
            subject, link = _("Your answer is published, without its files"), _see(post, _("See my answer"))
        await _send(account, Letter(subject, said, link))


def _of_files(brought: Brought, until: datetime, *, named: bool) -> tuple[str, ...]:
    """What became of the files; of what not all may read, no names of files leave the house."""
    parts = list[str]()
    if brought.files:
        parts.append(
            ngettext(
                "%(count)s file came with it. Nobody but you sees it until you have said whether it is shown there, goes into the library or is thrown away.",
                "%(count)s files came with it. Nobody but you sees them until you have said which are shown there, go into the library or are thrown away.",
                len(brought.files),
            )
        )
        parts.append(_("What you do not decide on is deleted %(date)s.", date=format_date(until, "full")))
    if brought.refused and not named:
        count = len(brought.refused)
        parts.append(ngettext("%(count)s file could not be taken.", "%(count)s files could not be taken.", count))
    elif brought.refused:
        parts += [_("What could not be taken:"), *brought.refused]
    return tuple(parts)


def _files_of(post: Post) -> tuple[str, str]:
    return _("Decide on the files"), addresses.absolute(f"/p/{post.id}/files")


def _see(post: Post, label: str) -> tuple[str, str]:
    return label, addresses.absolute(f"/p/{post.id}")


async def begun(account: Account, community: Community, post: Post, brought: Brought, until: datetime) -> None:
    """Say that a letter is a discussion now, or what it waits for: also to whom it was not, should somebody else have written it."""
    name, renewing = _name(community), addresses.absolute(f"{_path(community)}/mail")
    with speaking(account.language):
        if post.state == "visible":
            said = _("Your letter is published in %(community)s, for all to read.", community=name)
        elif post.state == "held":
            said = _(
                "Your letter is in %(community)s. A moderator reads it before others do; you see it already.",
                community=name,
            )
        else:
            said = _(
                "Your letter is on its way to %(community)s. It will appear to all once the community's organisation has received it.",
                community=name,
            )
        seen = _("See it, correct it")
        letter = Letter(
            _("Published: %(title)s", title=post.title)
            if post.state == "visible"
            else _("Received: %(title)s", title=post.title),
            (_("Hello,"), said, *_of_files(brought, until, named=True)),
            _files_of(post) if brought.files else _see(post, seen),
            small=(
                *((_see(post, seen),) if brought.files else ()),
                (_("It was not you? Delete it, and take a new address"), renewing),
            ),
        )
        await _send(account, letter)


async def given_back(
    account: Account, community: Community, why: str, *, title: str, text: str, draft: Draft | None, lost: bool
) -> None:
    """Say that a letter was not published, and why, with what it said; `draft` is where it can be finished."""
    name, path = _name(community), _path(community)
    with speaking(account.language):
        said = _("What you wrote to %(community)s was not published.", community=name)
        parts = [_("Hello,"), said, why]
        if draft is not None:
            parts.append(_("It is kept among your drafts: look at it, and publish it there."))
            link = (_("Finish it"), addresses.absolute(f"{path}/new?later={draft.id}"))
        else:
            link = (_("See the community"), addresses.absolute(path))
        if lost:
            parts.append(_("Files that came with it were not kept."))
        after = (_("This is what you wrote:"),) if text else ()
        quoted = f"{title}\n\n{text}".strip() if text else ""
        await _send(
            account,
            Letter(_("Not published: %(title)s", title=title or name), tuple(parts), link, after, quoted=quoted),
        )


def _name(community: Community) -> str:
    return community.actor.display_name or community.actor.name


def _path(community: Community) -> str:
    group = community.actor
    return f"/c/{group.name}" if group.local else f"/c/{group.name}@{group.host}"


async def trial(account: Account) -> None:
    """Let somebody in charge see that mail arrives."""
    with speaking(account.language):
        said = _("If you read this, mail of this instance arrives. Look whether it was taken for unwanted mail.")
        await _send(account, Letter(_("A trial"), (_("Hello,"), said)))


async def _send(account: Account, letter: Letter) -> None:
    await post_mail(await address(letter, to=account.email, code=account.language))

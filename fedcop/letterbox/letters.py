"""What we write back to who wrote to us by mail: what became of it, never to a machine."""

from __future__ import annotations

from fedcop.accounts.letters import Letter, address, speaking
from fedcop.accounts.models import Account
from fedcop.communities.models import Community
from fedcop.core import addresses
from fedcop.core.errors import FedcopError
from fedcop.core.i18n import _, ngettext
from fedcop.core.mail import post_mail
from fedcop.discussions.models import Draft, Post


async def refused(account: Account, post_id: int, error: FedcopError, text: str) -> None:
    """Say that an answer was not published, and why, with what it said."""
    with speaking(account.language):
        why = " ".join(_(text, **error.params) for text in getattr(error, "errors", {}).values()) or error.for_people()
        letter = Letter(
            _("Your answer was not published"),
            (_("Hello,"), _("The answer that you sent by e-mail was not published."), why),
            (_("Answer on the page"), addresses.absolute(f"/p/{post_id}")),
            (_("This is what you wrote:"),) if text else (),
            quoted=text,
        )
        await _send(account, letter)


async def without_files(account: Account, post_id: int, count: int) -> None:
    """Say that an answer is published without the files that came with it."""
    with speaking(account.language):
        letter = Letter(
            _("Your answer is published, without its files"),
            (
                _("Hello,"),
                ngettext(
                    "Your answer is published. The file that came with it was not kept: add it on the page if it is needed.",
                    "Your answer is published. The %(count)s files that came with it were not kept: add them on the page if they are needed.",
                    count,
                ),
            ),
            (_("See my answer"), addresses.absolute(f"/p/{post_id}")),
        )
        await _send(account, letter)


async def begun(account: Account, community: Community, post: Post, files: int) -> None:
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
        letter = Letter(
            _("Published: %(title)s", title=post.title)
            if post.state == "visible"
            else _("Received: %(title)s", title=post.title),
            (
                _("Hello,"),
                said,
                *((_("The files that came with it were not kept: add them on the page."),) if files else ()),
            ),
            (_("See it, correct it"), addresses.absolute(f"/p/{post.id}")),
            small=((_("It was not you? Delete it, and take a new address"), renewing),),
        )
        await _send(account, letter)


async def given_back(
    account: Account, community: Community, why: str, *, title: str, text: str, draft: Draft | None
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

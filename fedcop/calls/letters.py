"""Writes the letter of a call, in the member's language. Sends nothing, judges no rights.

What not everybody may read leaves the house as a title only (decisions/0014-letters-of-communities.md).
"""

from __future__ import annotations

from dataclasses import replace

from fedcop.accounts import replying
from fedcop.accounts.letters import Letter, address, speaking
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core import addresses, signing
from fedcop.core.errors import NotFound
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.core.mail import Mail
from fedcop.core.sanitise import to_text
from fedcop.core.site import site
from fedcop.discussions.models import Post

PURPOSE = "refuse-calls"


async def compose(account: Account, community: Community, post: Post, author: Actor, *, trial: bool = False) -> Mail:
    """Make the letter of a call; `trial`: of one that is not made yet, for who writes it alone."""
    stop = await _stop(account, community)
    with speaking(account.language):
        name = _name(community.actor)
        public = post.audience == access.PUBLIC
        said = _("Call to all members of %(community)s", community=name)
        if public:
            said = _("%(who)s writes to all members of %(community)s", who=_name(author), community=name)
        parts = [_("Hello,"), f"{said}.", _("“%(text)s”", text=post.title)]
        if trial:
            parts.insert(0, _("This is a trial, sent to you alone."))
        if public and not post.warning:
            parts += [part for part in to_text(post.content).split("\n\n") if part.strip()]
        where = f"/c/{community.actor.name}" if trial else f"/p/{post.id}"
        letter = Letter(
            _("Call to all: %(title)s", title=post.title),
            tuple(parts),
            (_("Read and reply"), addresses.absolute(where)),
            small=(
                (_("No more calls from this community"), stop),
                (_("Choose what you receive"), addresses.absolute("/settings/notifications")),
            ),
        )
        mail = await address(
            letter if trial else replying.marked(letter, post.id), to=account.email, code=account.language
        )
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if not trial:
        # Should it come twice all the same, a mail program shows it once.
        domain = site().settings.mail_from.rpartition("@")[2]
        headers |= await replying.headers(account, post.id)
        headers["Message-ID"] = f"<call.{account.id}.{post.id}@{domain}>"
    return replace(mail, headers=headers)


async def _stop(account: Account, community: Community) -> str:
    said = f"{account.id}.{community.id}"
    return addresses.absolute(f"/calls/refuse/{said}.{await signing.sign(PURPOSE, said)}")


async def whose(token: str) -> tuple[Account, int]:
    """Tell who wants no calls of which community, by the link in a letter; raise the NotFound of absent things for any other text."""
    said, _dot, signature = token.rpartition(".")
    if not await signing.is_signed(PURPOSE, said, signature):
        raise NotFound
    numbers = [read_id(part) for part in said.split(".")]
    account = await Account.get_or_none(id=numbers[0]) if len(numbers) == 2 else None
    if account is None or numbers[1] is None:
        raise NotFound
    return account, numbers[1]


def _name(actor: Actor) -> str:
    return actor.display_name or actor.name

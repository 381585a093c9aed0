"""What we write back to who answered by mail: one sentence, never to a machine."""

from __future__ import annotations

from fedcop.accounts.letters import Letter, address, speaking
from fedcop.accounts.models import Account
from fedcop.core import addresses
from fedcop.core.errors import FedcopError
from fedcop.core.i18n import _, ngettext
from fedcop.core.mail import post_mail


async def refused(account: Account, post_id: int, error: FedcopError) -> None:
    """Say that an answer was not published, and why."""
    with speaking(account.language):
        why = " ".join(_(text, **error.params) for text in getattr(error, "errors", {}).values()) or error.for_people()
        letter = Letter(
            _("Your answer was not published"),
            (_("Hello,"), _("The answer that you sent by e-mail was not published."), why),
            (_("Answer on the page"), addresses.absolute(f"/p/{post_id}")),
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


async def trial(account: Account) -> None:
    """Let somebody in charge see that mail arrives."""
    with speaking(account.language):
        said = _("If you read this, mail of this instance arrives. Look whether it was taken for unwanted mail.")
        await _send(account, Letter(_("A trial"), (_("Hello,"), said)))


async def _send(account: Account, letter: Letter) -> None:
    await post_mail(await address(letter, to=account.email, code=account.language))

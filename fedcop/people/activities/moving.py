"""Moves one of our people away once the other server confirms that both accounts are one person. A job: it asks the network."""

from __future__ import annotations

from activitypub.errors import ActivityPubError
from fedcop.accounts import letters
from fedcop.accounts import queries as accounts
from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.core.errors import FedcopError
from fedcop.core.i18n import _
from fedcop.core.mail import post_mail
from fedcop.federation.fetching import resolver
from fedcop.federation.inbound import Verdict
from fedcop.people import service
from fedcop.people.facts import MoveAsked


async def try_move(fact: MoveAsked) -> None:
    """Look at the other account as it is now; move if it names this one, and write to the person either way (reaction)."""
    actor = await actors.by_id(fact.actor_id)
    account = await accounts.by_actor(actor) if actor is not None else None
    if actor is None or account is None or actor.moved_to_uri:
        return
    target = await _find(fact.target)
    if (
        target is not None
        and target.kind == actor.kind
        and actor.uri in target.also_known_as
        and not target.moved_to_uri
    ):
        await service.leave_for(actor, target)
        letter = "moved"
    else:
        letter = "not-found" if target is None else "no-alias"
    with letters.speaking(account.language):
        mail = await letters.address(_letter(letter, fact.target), to=account.email, code=account.language)
    await post_mail(mail)


async def _find(text: str) -> Actor | None:
    try:
        found = await resolver.anything(text)
        if not isinstance(found, Actor):
            return None
        return found if found.local else await resolver.actor(found.uri, refresh=True)
    except (ActivityPubError, FedcopError, Verdict):
        return None


def _letter(outcome: str, target: str) -> letters.Letter:
    said = {
        "moved": _("Your account lives at %(target)s now. Your followers are being told.", target=target),
        "not-found": _("We could not find the account %(target)s. Nothing has changed.", target=target),
        "no-alias": _(
            "The account %(target)s does not name this one as yours. Add this account to its other accounts, then try again.",
            target=target,
        ),
    }[outcome]
    return letters.Letter(_("Moving your account"), (_("Hello,"), said))

"""Makes a discussion of a letter: its subject the title, its text without the signature the text, by the composer's own service.

What cannot be published so is given back in a letter, and kept as a draft where its author can finish it.
"""

from __future__ import annotations

import re

from fedcop.accounts.letters import speaking
from fedcop.communities import access
from fedcop.communities import rules as community_rules
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Conflict, FedcopError, Invalid
from fedcop.core.i18n import N_
from fedcop.discussions import drafts, scheduling
from fedcop.discussions import service as discussions
from fedcop.discussions.kinds import kind_of
from fedcop.discussions.models import Draft
from fedcop.letterbox import bringing, letters, rules
from fedcop.letterbox.bringing import Brought
from fedcop.letterbox.cutting import has_letter, unsigned
from fedcop.letterbox.models import ReceivedLetter
from fedcop.letterbox.posting import Place
from fedcop.letterbox.reading import Received

PREFIX = re.compile(r"^(?:\s*(?:re|fwd?|tr|réf|ref|rép)\s*:)+\s*", re.IGNORECASE)
REPLACED = N_("You have another address for this community now; nothing that comes to the one before is published.")
NO_TITLE = N_("Your letter had no subject, and a discussion needs a title.")
PASSED_ON = N_("Your letter quotes or passes on another one: see first whether all may read that.")


def title_of(received: Received) -> str:
    """Give the title of a letter: its subject, without what mail programs put before it."""
    return PREFIX.sub("", received.subject).strip()


@atomic
async def publish(place: Place, received: Received, brought: Brought, key: str, marks: list[str]) -> None:
    """Publish a letter; raises what keeps it from being published."""
    actor, community, title = place.account.actor, place.community, title_of(received)
    await ReceivedLetter.create(key=key, account=place.account, received_at=clock.now())
    if place.replaced:
        raise Conflict(REPLACED, "replaced")
    await rules.may_begin(actor, community)
    if has_letter(received.text, marks):
        raise Conflict(PASSED_ON, "passed-on")
    if not title:
        raise Invalid(errors={"title": NO_TITLE})
    post = await discussions.write(actor, community, kind=kind_of(title), title=title, source=unsigned(received.text))
    until = await bringing.keep_for(post, actor, brought.files)
    await letters.begun(place.account, community, post, brought, until)


@atomic
async def give_back(place: Place, received: Received, brought: Brought, error: FedcopError, key: str) -> None:
    """Give a letter back with the reason, once; as a draft too where its author may write."""
    account, community = place.account, place.community
    await ReceivedLetter.create(key=key, account=account, received_at=clock.now())
    with speaking(account.language):
        why = scheduling.in_words(error)
    draft = None if place.replaced else await _kept(place, received, brought, why)
    if draft is None:
        await bringing.let_go(account.actor, brought.files)
    # What only members read leaves as a title only: where a community became so, its texts do not go through the mail again.
    whole = "" if community.visibility != access.PUBLIC else received.text.strip()
    await letters.given_back(
        account, community, why, title=title_of(received), text=whole, draft=draft, lost=_lost(received, brought, draft)
    )


async def _kept(place: Place, received: Received, brought: Brought, why: str) -> Draft | None:
    """Keep it as a draft, whole, where the composer opens for its author."""
    title, text = title_of(received), unsigned(received.text)
    if not title and not text and not brought.files:
        return None
    try:
        await community_rules.may_publish(place.account.actor, place.community, accepting=True)
    except FedcopError:
        return None
    content: dict[str, object] = {
        "title": title,
        "source": text,
        "kind": kind_of(title),
        "language": place.community.language,
    }
    content["media"] = await bringing.keep_for_draft(place.account.actor, brought.files)
    return await drafts.keep_apart(place.account.actor, place.community.id, content, why)


def _lost(received: Received, brought: Brought, draft: Draft | None) -> bool:
    """Whether files of a letter are kept nowhere."""
    return bool(brought.refused) if draft is not None else bool(received.files)

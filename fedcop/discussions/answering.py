"""Answers that are published later: what of them is kept, and how one becomes a post. When, and what becomes of it otherwise: scheduling.py.

The reply box makes them, and apps. One that is taken back is a draft of the reply box again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities.models import Community
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.core.ids import read_id
from fedcop.discussions import queries, rules, service
from fedcop.discussions.kinds import Later
from fedcop.discussions.models import Post
from fedcop.discussions.polls import asking
from fedcop.discussions.quotes import keeping
from fedcop.discussions.quotes.rules import may_quote
from fedcop.discussions.service.checking import check_text

PARENT = "parent"
READERS = "readers"  # who read the discussion when the answer was scheduled
MORE_READ = N_("More people than before read this discussion now. Check it, then publish again.")
FIELDS = (PARENT, "source", "language", "warning", "media", *asking.KEPT, *keeping.FIELDS)


def parent_id(content: Mapping[str, Any]) -> int | None:
    """Name the post that an answer is kept for."""
    return read_id(str(content.get(PARENT) or ""))


async def parent_of(author: Actor, content: Mapping[str, Any]) -> Post:
    """Load the post that is answered; NotFound where its author cannot read it (any more), or it is gone."""
    number = parent_id(content)
    parent = await queries.visible_post(author, number) if number is not None else None
    if parent is None or rules.is_gone(parent):
        raise NotFound
    return parent


async def readers_of(author: Actor, content: Mapping[str, Any]) -> list[str]:
    """Name who reads what is answered now: its author saw that, and nobody else is promised the answer."""
    parent = await parent_of(author, content)
    return [parent.audience, parent.organisation]


def _has_more(parent: Post, readers: object) -> bool:
    if not isinstance(readers, list) or len(readers) != 2:
        return False  # of what is published by hand its author sees who reads it
    audience, organisation = readers
    other = (
        parent.audience in access.OF_SERVERS and audience in access.OF_SERVERS and parent.organisation != organisation
    )
    return other or access.reach(parent.audience) > access.reach(audience)


async def check(author: Actor, community: Community, content: Mapping[str, Any]) -> None:
    """Refuse what could not be published now either."""
    parent = await parent_of(author, content)
    await rules.may_reply(author, community, await queries.root_of(parent), parent)
    poll = asking.kept(content)
    asking.check(poll)
    quoted = await keeping.quoted_of(author, content)
    source = str(content.get("source") or "").strip()
    check_text("", source, is_root=False, has_more=bool(content.get("media") or poll or quoted))
    if quoted is not None:
        await may_quote(author, quoted, community.id, parent.audience, parent.organisation)


async def publish(author: Actor, community: Community, content: Mapping[str, Any]) -> Post:
    """Answer with what was kept; Invalid where more people would read it than when it was."""
    parent = await parent_of(author, content)
    if _has_more(parent, content.get(READERS)):
        raise Invalid(errors={"source": MORE_READ})
    said = {name: str(content.get(name) or "") for name in ("source", "language", "warning")}
    files = [number for one in content.get("media", ()) if (number := read_id(str(one))) is not None]
    return await service.reply(
        author,
        parent,
        media=files,
        poll=asking.kept(content),
        quoted=await keeping.quoted_of(author, content),
        quote_policy=keeping.policy_of(content),
        source=said["source"],
        language=said["language"],
        warning=said["warning"],
    )


ANSWER = Later(FIELDS, check, publish, begins=False)

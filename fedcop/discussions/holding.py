"""Whether a post waits for a moderator because its author is new here: the community chooses; one that was let through is enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.communities.roles import Act, may
from fedcop.core.i18n import N_
from fedcop.discussions.models import Post

FIRST = N_("It is your first post here: a moderator reads it before others do. Once one is published, the next ones do not wait.")  # fmt: skip
LINKS = N_("It is your first post here and it has a link: a moderator reads it before others do. Once one is published, the next ones do not wait.")  # fmt: skip
_ANCHOR = re.compile(r"<a\s[^>]*>")
_OWN_KINDS = re.compile(r'class="[^"]*\b(?:mention|hashtag)\b')


def has_link(content: str, links: Sequence[dict[str, Any]]) -> bool:
    """Tell whether a text leads elsewhere; the names of people and tags are no links."""
    return bool(links) or any(not _OWN_KINDS.search(anchor) for anchor in _ANCHOR.findall(content))


async def reason_to_wait(author: Actor, community: Community, content: str, links: Sequence[dict[str, Any]]) -> str:
    """Say why a post waits (a msgid), or give "" if it does not; only the community's own server decides that."""
    if community.holds == "none" or not community.actor.local:
        return ""
    if community.holds == "links" and not has_link(content, links):
        return ""
    if may((await community_rules.standing(author, community)).seats, Act.PUBLISH_WHERE_FEW_DO):
        return ""
    accepted = Post.filter(author_id=author.id, community_id=community.id, state="visible", removed_at=None)
    if await accepted.exists():
        return ""
    return LINKS if community.holds == "links" else FIRST

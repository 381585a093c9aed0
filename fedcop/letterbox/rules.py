"""Where one may begin discussions by mail. Whether a letter is its author's is service.py's affair."""

from __future__ import annotations

from fedcop.accounts import replying
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import rules as community_rules
from fedcop.communities.models import Community
from fedcop.core.errors import Forbidden, NotFound
from fedcop.core.i18n import N_

CONFIDENTIAL = N_("What only members read does not travel by e-mail: write it on the pages of the community.")


def is_offered(community: Community) -> bool:
    """Tell whether a community has addresses at all: where mail comes in, and all may read what is written (decisions/0019)."""
    return replying.is_on() and community.visibility == access.PUBLIC


async def may_begin(actor: Actor, community: Community) -> None:
    """Let those through who may publish there; a charter that they have to accept first is what they are asked next."""
    if not replying.is_on():
        raise NotFound
    await community_rules.may_publish(actor, community, accepting=True)
    if not is_offered(community):
        raise Forbidden(CONFIDENTIAL, "confidential")

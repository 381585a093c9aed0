"""Announcements: what somebody in charge says in a community as one of those in charge. A discussion like others, and a line in its record."""

from __future__ import annotations

from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import rules
from fedcop.communities.models import Community
from fedcop.communities.records import log_act
from fedcop.communities.roles import Act
from fedcop.core.database import atomic
from fedcop.discussions import service
from fedcop.discussions.models import Post


@atomic
async def announce(by: Actor, community: Community, **written: Any) -> Post:
    """Begin a discussion in the name of a community: its author, here and elsewhere, is who writes it, and the record names them."""
    await rules.may_act(by, community, Act.SPEAK_FOR)
    post = await service.write(by, community, **written)
    await log_act(community, by, "announce", post_id=post.id)
    return post

"""Found and change a community; the one door to what people do in communities (admission and moderation have the rest).

The first argument is who acts. Activities from elsewhere that were checked already come in through records.py. Knows nothing of the network.
"""

from __future__ import annotations

from typing import Any

from fedcop.actors import service as actors
from fedcop.actors.keys import make_pairs
from fedcop.actors.models import Actor
from fedcop.communities import card, founding, rules
from fedcop.communities.admission.accepting import accept_charter
from fedcop.communities.admission.deciding import admit, decline
from fedcop.communities.admission.inviting import accept_invitation, decline_invitation, invite
from fedcop.communities.admission.joining import join, leave
from fedcop.communities.charter.changing import change_charter
from fedcop.communities.charter.words import NONE, Charter
from fedcop.communities.facts import CommunityChanged
from fedcop.communities.life import change_stage
from fedcop.communities.mandates import appoint
from fedcop.communities.models import Community
from fedcop.communities.moderation import ban, remove_member, unban
from fedcop.communities.rules import Act
from fedcop.communities.sanctions import suspend, warn
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.facts import record
from fedcop.core.i18n import N_

__all__ = [
    "accept_charter",
    "accept_invitation",
    "admit",
    "appoint",
    "ban",
    "change",
    "change_charter",
    "change_stage",
    "decline",
    "decline_invitation",
    "found",
    "invite",
    "join",
    "leave",
    "remove_member",
    "suspend",
    "unban",
    "warn",
]


async def found(founder: Actor, *, title: str, name: str = "", charter: Charter = NONE, **fields: str) -> Community:
    """Begin a community; its founder is its first responsible person. `fields` are those of card.py; the name comes from the title."""
    await rules.may_found(founder)
    checked = await founding.check(title, name, charter, **fields)
    # Keys are made before the transaction: an RSA key takes a tenth of a second, and nobody else could write meanwhile.
    return await founding.found(founder, checked, await make_pairs())


@atomic
async def change(by: Actor, community: Community, **fields: Any) -> Community:
    """Change a community of ours: title, purpose, kind, language, who may join, read, publish."""
    await rules.may_act(by, community, Act.CHANGE)
    rules.must_be_ours(community)
    checked = card.check(**card.of(community) | fields)
    if community.visibility == "private" and checked["visibility"] == "public":
        # What members wrote in confidence does not become public by a setting.
        raise Invalid(
            errors={"visibility": N_("A private community cannot become public: its members wrote in confidence.")}
        )
    private = checked["visibility"] == "private"
    community.update_from_dict(card.community_columns(checked))
    await community.save()
    community.actor = await actors.change_local(
        community.actor,
        **card.actor_columns(checked),
        approves_followers=private,
        discoverable=not private,
        indexable=not private,
    )
    await record(CommunityChanged(community_id=community.id, by_id=by.id))
    return community

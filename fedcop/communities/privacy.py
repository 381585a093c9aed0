"""Which servers can keep what a private community says to its members. Asks them; for jobs, and for pages by what is known already."""

from __future__ import annotations

import re

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.i18n import N_
from fedcop.federation import servers
from fedcop.federation.models import Server

# Others show to everybody, or to nobody, what is addressed to a group's members only (federation.md 1.7).
_CAPABLE = {"fedcop": 0, "lemmy": 1}

CANNOT_KEEP = N_("Your server's software cannot keep a private community private, so we cannot let you in from there.")


def keeps_private(software: str, version: str) -> bool:
    """Tell whether a software can keep a private community private: fedcop, and Lemmy from 1.0."""
    wanted = _CAPABLE.get(software)
    if wanted is None:
        return False
    major = re.match(r"v?(\d+)", version)
    return wanted == 0 or (major is not None and int(major[1]) >= wanted)


async def refusal(actor: Actor, community: Community) -> str | None:
    """Say why somebody's server cannot take part in a private community, None if it can; asks the server if need be."""
    if actor.local or community.visibility == "public" or actor.host == community.actor.host:
        return None
    await servers.manner_of(actor.host)
    return await known_refusal(actor, community)


async def known_refusal(actor: Actor, community: Community) -> str | None:
    """Say the same from what is known; a server that was never asked gets the benefit of the doubt until it is."""
    if actor.local or community.visibility == "public":
        return None
    row = await Server.get_or_none(host=actor.host)
    if row is None or row.asked_at is None:
        return None
    return None if keeps_private(row.software, row.version) else CANNOT_KEEP

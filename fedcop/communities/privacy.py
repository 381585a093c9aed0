"""Which servers can keep what a private community says to its members. Judges by what is known; asking a server is for remote.py."""

from __future__ import annotations

import re

from fedcop.actors.models import Actor
from fedcop.communities.models import Community
from fedcop.core.i18n import N_
from fedcop.federation.models import Server

# The first major version that keeps private what is addressed to a group's members only. Why not Mobilizon: decisions/0009.
_CAPABLE = {"fedcop": 0, "lemmy": 1}

CANNOT_KEEP = N_(
    "Your server's software cannot keep a private community private, so we cannot let you in from there. You can come in with an "
    "account on this server, on another fedcop, or on a Lemmy from version 1.0; public communities are open to you from where you are."
)


def keeps_private(software: str, version: str) -> bool:
    """Tell whether a software can keep a private community private: fedcop, and Lemmy from 1.0."""
    since = _CAPABLE.get(software)
    if since is None:
        return False
    major = re.match(r"v?(\d+)", version)
    return since == 0 or (major is not None and int(major[1]) >= since)


async def known_refusal(actor: Actor, community: Community) -> str | None:
    """Say why somebody's server cannot take part in a private community; None if it can, or was never asked what it is."""
    if actor.local or community.visibility == "public" or actor.host == community.actor.host:
        return None
    row = await Server.get_or_none(host=actor.host)
    if row is None or row.asked_at is None:
        return None
    return None if keeps_private(row.software, row.version) else CANNOT_KEEP

"""How a member reads a community: whether its threads come home or are told, and what its list shows in apps. Their own business, told to nobody.

That it stays out of home is one fact, wherever it is said: on the pages, as `exclusive` of its list, or by following without boosts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities.models import Community, Membership
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid, NotFound
from fedcop.core.i18n import N_
from fedcop.people.models import Follow
from fedcop.people.rules import clean_languages

REPLIES = ("none", "followed", "list")  # which answers stand in a list: none, those of whom one follows, all
MAX_TITLE = 100
TOO_LONG = N_("A name has 100 characters at most.")
NO_SUCH_REPLIES = N_("Say which replies a list has: none, followed or list.")


@atomic
async def bring_home(actor: Actor, community: Community, *, wanted: bool) -> None:
    """Let the threads of a community that somebody belongs to or follows come to their home, or no longer."""
    await _say(actor, community, in_home=wanted)


@atomic
async def ring(actor: Actor, community: Community, *, wanted: bool) -> None:
    """Tell somebody who belongs to a community or follows it of each new thread, or no longer."""
    await _say(actor, community, bell=wanted)


@atomic
async def choose_languages(actor: Actor, community: Community, codes: Iterable[str]) -> None:
    """Let threads of a community come home, and be told, only in these languages, and in none that is said; no code is all."""
    await _say(actor, community, languages=clean_languages(codes))


async def _say(actor: Actor, community: Community, **said: Any) -> None:
    where = {"actor_id": actor.id, "community_id": community.id}
    changed = await Membership.filter(**where, state="active").update(**said)
    changed += await Follow.filter(follower_id=actor.id, target_id=community.actor_id).update(**said)
    if not changed:
        raise NotFound


@atomic
async def change_list(
    actor: Actor,
    community: Community,
    *,
    title: str | None = None,
    replies: str | None = None,
    hidden: bool | None = None,
) -> None:
    """Change what the list of a community is called and shows for a member; what is None stays."""
    membership = await queries.membership(community, actor)
    if membership is None or membership.state != "active":
        raise NotFound
    if replies is not None and replies not in REPLIES:
        raise Invalid(NO_SUCH_REPLIES, errors={"replies_policy": NO_SUCH_REPLIES})
    if title is not None and len(title) > MAX_TITLE:
        raise Invalid(TOO_LONG, errors={"title": TOO_LONG})
    said = {"list_title": title, "list_replies": replies, "list_hidden": hidden}
    changed = {name: value for name, value in said.items() if value is not None}
    if changed:
        await Membership.filter(id=membership.id).update(**changed)

"""Begin communities: what is said of one is checked first, then it is founded in one transaction, alone or with others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fedcop.actors import service as actors
from fedcop.actors.keys import KeyPairs
from fedcop.actors.models import Actor
from fedcop.actors.rules import clean_name
from fedcop.communities import card, naming, roles
from fedcop.communities.charter.changing import write_first_or_next
from fedcop.communities.charter.words import Charter
from fedcop.communities.charter.words import check as check_charter
from fedcop.communities.facts import CommunityFounded
from fedcop.communities.models import Community, Membership
from fedcop.communities.records import count_again
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.facts import record


@dataclass(frozen=True)
class Checked:
    """A community that can be founded, unless its name is taken."""

    name: str
    fields: dict[str, Any]
    charter: Charter


async def check(title: str, name: str, charter: Charter, **fields: Any) -> Checked:
    """Check all that is said of a new community; without a name it is made of the title. `fields` are those of card.py."""
    errors: dict[str, str] = {}
    wished, checked = "", dict[str, Any]()
    try:
        checked = card.check(
            **card.defaults(fields.get("visibility", "public"), fields.get("kind", "practice"))
            | fields
            | {"title": title}
        )
    except Invalid as error:
        errors |= error.errors
    try:
        wished = clean_name(name or naming.suggest(title))
    except Invalid as error:
        # Without a title nothing is wrong with a name that would have been made of it.
        errors |= error.errors if name or "title" not in errors else {}
    try:
        check_charter(charter)
    except Invalid as error:
        errors |= error.errors
    if errors:
        raise Invalid(errors=errors)
    return Checked(wished, checked, charter)


@atomic
async def found(founder: Actor, checked: Checked, pairs: KeyPairs) -> Community:
    """Found it, with its founder as first responsible person; Conflict if the name is taken. `pairs`: see actors/keys.py."""
    fields, private = checked.fields, checked.fields["visibility"] == "private"
    group = await actors.create_local(
        "Group",
        checked.name,
        pairs=pairs,
        **card.actor_columns(fields),
        approves_followers=private,
        discoverable=not private,
        indexable=not private,
    )
    now = clock.now()
    community = await Community.create(
        actor=group, created_at=now, last_activity_at=now, **card.community_columns(fields)
    )
    if not checked.charter.is_empty:
        await write_first_or_next(community, checked.charter, changed="", binding=True, by=founder)
    await Membership.create(
        community=community,
        actor=founder,
        role=roles.PRESIDENT,
        state="active",
        charter_accepted=community.charter_version,
        created_at=now,
        decided_at=now,
    )
    await count_again(community)
    await record(CommunityFounded(community_id=community.id))
    return community

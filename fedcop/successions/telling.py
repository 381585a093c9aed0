"""Tells people what becomes of their communities: a merge is proposed, answered, called off; a community goes on in others. Reactions."""

from __future__ import annotations

from collections.abc import Iterable

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import access
from fedcop.communities import queries as communities
from fedcop.communities.facts import CommunityChanged
from fedcop.communities.models import Community, Membership
from fedcop.communities.roles import Act
from fedcop.notifications.service import notify
from fedcop.successions import queries
from fedcop.successions.facts import CalledOff, MergeAnswered, MergeProposed


async def tell_proposed(fact: MergeProposed) -> None:
    """Tell who presides over the heir."""
    succession = await queries.by_id(fact.succession_id)
    if succession is None or succession.state != "proposed":
        return
    for heir in await queries.heirs(succession):
        for president in await communities.who_may(heir.community, Act.CHANGE):
            detail = {"text": _title(succession.mother)}
            key = f"merge_asked:{succession.id}"
            await _tell(
                president, "merge_asked", heir.community, key, page="/succession", by_id=succession.by_id, **detail
            )


async def tell_answered(fact: MergeAnswered) -> None:
    """Tell who proposed a merge what became of it."""
    succession = await queries.by_id(fact.succession_id)
    by = await actors.by_id(succession.by_id) if succession is not None else None
    if succession is None or by is None:
        return
    kind = "merge_agreed" if fact.agreed else "merge_refused"
    for heir in await queries.heirs(succession):
        await _tell(by, kind, heir.community, f"{kind}:{succession.id}", by_id=succession.agreed_by_id)


async def tell_called_off(fact: CalledOff) -> None:
    """Tell the members here that all stays as it was."""
    succession = await queries.by_id(fact.succession_id)
    if succession is not None and succession.ends_at is not None:
        for person in await _members_here(succession.mother):
            await _tell(person, "called_off", succession.mother, f"called_off:{succession.id}")


async def tell_succeeded(fact: CommunityChanged) -> None:
    """Tell the members here, once, that their community is archived and where it goes on; its server may be another one."""
    community = await communities.by_id(fact.community_id)
    if community is None or not community.heirs or community.closed_at is None:
        return
    heirs = [one for uri in community.heirs if (one := await communities.by_uri(str(uri))) is not None]
    key = f"succeeded:{community.id}:{int(community.closed_at.timestamp())}"
    for person in await _members_here(community):
        names = [_title(one) for one in heirs if await access.may_find(person, one)]
        await _tell(person, "succeeded", community, key, text=", ".join(names))


async def _members_here(community: Community) -> Iterable[Actor]:
    found = Membership.filter(community_id=community.id, state="active", actor__local=True).select_related("actor")
    return [one.actor for one in await found.order_by("id")]


def _title(community: Community) -> str:
    return community.actor.display_name or community.actor.name


async def _tell(
    person: Actor, kind: str, community: Community, key: str, *, page: str = "", by_id: int | None = None, **detail: str
) -> None:
    group = community.actor
    place = group.name if group.local else f"{group.name}@{group.host}"
    said = {"community": _title(community), "path": f"/c/{place}{page}", **detail}
    await notify(
        person.id,
        kind,
        unique_key=f"{key}:{person.id}",
        from_actor_id=by_id,
        community_id=community.id,
        detail=said,
    )

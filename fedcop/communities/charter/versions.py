"""Reads the versions of a community's charter. Changes nothing."""

from __future__ import annotations

from fedcop.accounts.letters import speaking
from fedcop.communities.charter.models import CharterVersion
from fedcop.communities.charter.words import NONE, Charter, as_markdown
from fedcop.communities.models import Community, Membership


def words_of(version: CharterVersion) -> Charter:
    """Give what a version says."""
    return Charter(tuple(version.may), tuple(version.may_not), version.expected, version.text)


async def find(community: Community, number: int) -> CharterVersion | None:
    """Find one version by its number."""
    return await CharterVersion.get_or_none(community_id=community.id, number=number)


async def current(community: Community) -> CharterVersion | None:
    """Find the version that holds now; None if there is no charter."""
    return await find(community, community.charter_version) if community.charter_version else None


async def current_words(community: Community) -> Charter:
    """Give what the charter says now."""
    version = await current(community)
    return words_of(version) if version is not None else NONE


async def history(community: Community) -> list[CharterVersion]:
    """List all versions, the newest first."""
    return await CharterVersion.filter(community_id=community.id).order_by("-number")


async def consent_to(community: Community, number: int) -> dict[str, object]:
    """Give what a step of the consent record keeps of an accepted version: its number, and its words as they were."""
    version = await find(community, number) if number else None
    if version is None:
        return {}
    with speaking(community.language):
        return {"charter": as_markdown(words_of(version)), "version": number}


async def count_owing(community: Community) -> int:
    """Count the members who have not accepted what holds now."""
    owing = Membership.filter(community_id=community.id, state="active", charter_accepted__lt=community.charter_binding)
    return await owing.count()
